"""Keeps the files of the read model: writes them durably, swaps the manifest, deletes the old.

A file's name carries the generation that wrote it and is never written again once a manifest names
it, so whoever opened a generation reads it undisturbed.
"""

import errno
import io
import os
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import polars as pl

from storage.errors import writing
from storage.read_model import manifest as manifests
from storage.read_model.file_sums import FileChecker, FileSum
from storage.read_model.heartbeat import Heartbeat
from storage.read_model.manifest import Manifest, UnreadableManifest
from storage.system.durable_files import sync
from storage.system.ordinary_files import make_folder

#: A replaced generation stays for readers that opened it, this long and while among the newest.
LINGER = timedelta(seconds=120)
KEPT_GENERATIONS = 3
#: Longer than any sign of life: each takes the room of the one before.
_HEARTBEAT_LENGTH = 384


class GenerationFiles:
    """The published folder, as its one writer sees it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        make_folder(folder / manifests.GENERATIONS)
        self._checker = FileChecker(folder)
        with writing(folder):
            self._manifests = self._read_manifests()
        newest = self.newest()
        self._sums = dict(newest.sums) if newest else {}
        if newest:
            self._manifests[newest.generation] = newest
        self._swept = False

    def newest(self) -> Manifest | None:
        """Return the generation now published; ``None`` when none can be read.

        Where its manifest is damaged, the same stands among the last generations'.
        """
        known = list(self._manifests.values())
        with suppress(OSError, UnreadableManifest):
            known.append(manifests.load(self.folder / manifests.NAME))
        return max(known, key=lambda manifest: manifest.generation, default=None)

    def next_number(self) -> int:
        """Return a generation number larger than any that a reader may have met."""
        newest = self.newest()
        return newest.generation + 1 if newest else 1

    def differences(self, manifest: Manifest, *, in_full: bool) -> dict[str, str]:
        """Return the files of ``manifest`` that are not as they were written, with what is wrong.

        ``in_full`` reads all of them; else those that were written over since they were read last.
        """
        self._checker.forget(but=() if in_full else manifest.sums)
        differing = self._checker.differences(manifest.sums)
        try:
            if manifests.load(self.folder / manifests.NAME) != manifest:
                differing[manifests.NAME] = "it is that of another generation"
        except (OSError, UnreadableManifest) as error:
            differing[manifests.NAME] = str(error)
        return differing

    def sums(self, files: Iterable[str]) -> dict[str, FileSum]:
        """Return the sums of ``files``, which were all written here or stand in the last manifest."""
        return {file: self._sums[file] for file in files}

    def write(self, table: str, name: str, rows: pl.DataFrame) -> str:
        """Write ``rows`` durably to ``table/name.parquet``; give the path within the folder."""
        file = f"{table}/{name}.parquet"
        path = self.folder / file
        path.parent.mkdir(exist_ok=True)
        # Through memory: polars has an error of its own for a disk that is full.
        buffer = io.BytesIO()
        rows.write_parquet(buffer, compression="zstd", compression_level=1)
        content = buffer.getvalue()
        with path.open("wb") as target:
            target.write(content)
            target.flush()
            os.fsync(target.fileno())
        self._sums[file] = FileSum.of_content(content)
        self._checker.mark_sound(file, self._sums[file])
        return file

    def swap(self, manifest: Manifest) -> None:
        """Make ``manifest`` the published generation, then delete what no reader needs."""
        for table in (*manifest.tables, *manifest.days):
            if (self.folder / table).exists():
                sync(self.folder / table)
        text = manifest.to_json()
        # In this order: a reader takes a manifest for an old one where a later generation lies beside.
        self._replace(self.folder / manifests.NAME, text, durable=True)
        self._replace(manifests.path_of(self.folder, manifest.generation), text)
        self._manifests[manifest.generation] = manifest
        self._sums = dict(manifest.sums)
        self._delete_old(manifest.published_at)

    def heartbeat(self, beat: Heartbeat) -> None:
        """Say that the collector runs.

        A full disk has no room for another file, but lets one of equal length be written over.
        """
        text = beat.to_json(os.getpid()).ljust(_HEARTBEAT_LENGTH)
        try:
            self._replace(self.folder / manifests.HEARTBEAT, text)
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            with (self.folder / manifests.HEARTBEAT).open("r+b", buffering=0) as file:
                file.write(text.encode())

    def _replace(self, target: Path, text: str, *, durable: bool = False) -> None:
        temporary = target.with_name(target.name + ".new")
        with temporary.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            if durable:
                os.fsync(file.fileno())
        temporary.replace(target)
        if durable:
            sync(target.parent)

    def _read_manifests(self) -> dict[int, Manifest]:
        by_number: dict[int, Manifest] = {}
        for path in sorted((self.folder / manifests.GENERATIONS).glob("*.json")):
            with suppress(OSError, UnreadableManifest):
                manifest = manifests.load(path)
                if path == manifests.path_of(self.folder, manifest.generation):
                    by_number[manifest.generation] = manifest
                    continue
            path.unlink()
        return by_number

    def _delete_old(self, now: datetime) -> None:
        numbers = sorted(self._manifests)
        gone: set[str] = set()
        for number, successor in pairwise(numbers[: 1 - KEPT_GENERATIONS]):
            # Its readers may have come until the moment the next one replaced it.
            if self._manifests[successor].published_at > now - LINGER:
                continue
            gone |= self._manifests.pop(number).files()
            manifests.path_of(self.folder, number).unlink(missing_ok=True)
        needed = set[str]().union(*(manifest.files() for manifest in self._manifests.values()))
        if not self._swept:
            gone |= self._strays()
            self._swept = True
        for file in gone - needed:
            (self.folder / file).unlink(missing_ok=True)

    def _strays(self) -> set[str]:
        """Files that a crash left before a manifest named them."""
        return {
            path.relative_to(self.folder).as_posix() for path in self.folder.glob("*/*.parquet")
        }
