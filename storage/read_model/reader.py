"""Opens what was published: the only part of storage that a dashboard, or a notebook, needs.

Nothing here opens the database, so it works while the collector writes and when it is dead.
"""

from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import polars as pl

from storage import schema
from storage.errors import LiveTallyError
from storage.model import Loss
from storage.read_model import manifest as manifests
from storage.read_model.file_sums import FileChecker
from storage.read_model.heartbeat import Heartbeat, WriteFailure
from storage.read_model.history import mark_measured
from storage.read_model.manifest import Manifest, UnreadableManifest
from storage.read_model.partitions import day_of
from storage.schema import READ_MODEL_VERSION

__all__ = [
    "DEAD_AFTER_SECONDS",
    "READ_MODEL_VERSION",
    "DamagedFile",
    "Loss",
    "Manifest",
    "NotPublished",
    "NotYetPublished",
    "OtherVersion",
    "Published",
    "ReadModel",
    "WriteFailure",
]

#: The collector beats every few seconds; silent for longer than this, it is dead.
DEAD_AFTER_SECONDS = 90.0
_ATTEMPTS = 5


class NotPublished(LiveTallyError):
    """There is no read model here yet, or the generation asked for is gone."""

    remedy = "start the collector: livetally up"


class NotYetPublished(NotPublished):
    """A collector runs, and has published nothing so far."""

    remedy = "ask again in a minute; `livetally doctor` says whether the platforms can be reached"


class OtherVersion(NotPublished):
    """Something is published here, in version ``found`` of the read model, which we do not read."""

    remedy = ""  # the text has it

    def __init__(self, text: str, version: int) -> None:
        super().__init__(text)
        self.version = version


class DamagedFile(NotPublished):
    """A published file is not the one that was written: nothing is read from it."""

    remedy = (
        "the collector writes it anew when it starts and every hour; without it run"
        " `livetally storage republish`"
    )

    def __init__(self, path: Path, what: str) -> None:
        super().__init__(f"{path} is damaged: {what}")
        self.path = path


class NotReadNow(NotPublished):
    """A published file cannot be read at this moment, which says nothing of what it holds."""

    remedy = "try again; if it stays, look at the disk and at who may read the file"

    def __init__(self, path: Path, error: OSError) -> None:
        super().__init__(f"{path} cannot be read just now: {error.strerror or error}")


class Published:
    """One generation: tables that belong together, exactly as :mod:`storage.schema` says.

    A generation stays for two minutes after the next was published; a table asked for later than
    that raises :class:`NotPublished`, and :meth:`ReadModel.open` gives the newest. One that is not
    as it was written raises :class:`DamagedFile`.
    """

    def __init__(
        self,
        folder: Path,
        manifest: Manifest,
        checker: FileChecker,
        frames: dict[str, pl.DataFrame] | None = None,
    ) -> None:
        self.manifest = manifest
        self._folder = folder
        self._checker = checker
        self._frames = {} if frames is None else frames  # what was read of files, by their names

    def editions(self) -> pl.DataFrame:
        """Return the editions of the programme."""
        return self._table("editions")

    def accounts(self) -> pl.DataFrame:
        """Return the official accounts."""
        return self._table("accounts")

    def state(self) -> pl.DataFrame:
        """Every broadcast with its newest counts."""
        return self._table("state")

    def gaps(self) -> pl.DataFrame:
        """Stretches that were not seen, oldest first; ``ended_at`` is null while one lasts."""
        return self._table("gaps")

    def corrections(self) -> pl.DataFrame:
        """Counters that fell, oldest first."""
        return self._table("corrections")

    def polls(self) -> pl.DataFrame:
        """Return the attempts of the last 24 hours, newest last."""
        return self._table("polls")

    def health(self) -> pl.DataFrame:
        """How each platform and quota bucket fares."""
        return self._table("health")

    def looks(self) -> pl.DataFrame:
        """How looking for the broadcasts of each followed account goes."""
        return self._table("looks")

    def segments(self) -> pl.DataFrame:
        """Stretches seen on the air, by airing, oldest first; ``ended_at`` is null while one lasts."""
        return self._table("segments")

    def sessions(self) -> pl.DataFrame:
        """Moments of the programme with the broadcasts that carried them, oldest first."""
        return self._table("sessions")

    def reported(self) -> pl.DataFrame:
        """Figures that accounts' owners brought in, told by the platform; never added to measured."""
        return self._table("reported")

    def imports(self) -> pl.DataFrame:
        """Return the files that they came in, the first taken first."""
        return self._table("imports")

    def reconciliation(self) -> pl.DataFrame:
        """Return what was measured against what was reported: broadcasts, then accounts, then editions."""
        return self._table("reconciliation")

    def history(self) -> pl.DataFrame:
        """Return what was imported of another program's series, each with whether it counts."""
        observed = self._table("state").filter(pl.col("observed_at").is_not_null())
        return mark_measured(self._table("history"), set(observed["edition"].drop_nulls()))

    def edition_minutes(self, edition: str) -> pl.DataFrame:
        """All minutes of ``edition``, by platform, oldest first; empty when it has none.

        ``views_delta`` is null until the platform told views for the first time, and never after.
        """
        files = list(self.manifest.days["edition_minutes"].values())
        rows = self._days("edition_minutes", files, pl.col("edition") == edition)
        return in_order(rows)

    def broadcast_minutes(
        self, broadcasts: Sequence[str] | None = None, since: datetime | None = None
    ) -> pl.DataFrame:
        """Minutes of some broadcasts (``None``: all) from ``since`` on, oldest first."""
        rows = self.scan_minutes(broadcasts, since)
        return self._collected(rows).sort("minute", "broadcast")

    def scan_minutes(
        self,
        broadcasts: Sequence[str] | None = None,
        since: datetime | None = None,
        days: Collection[str] | None = None,
    ) -> pl.LazyFrame:
        """Return the same rows in no order, read when they are collected; of some UTC ``days`` alone.

        Collecting raises ``OSError`` when the generation is gone by then.
        """
        is_any = broadcasts is None or len(broadcasts) > 0
        paths = self.minute_files(since, None, days) if is_any else []
        wanted = pl.lit(value=True)
        if broadcasts is not None:
            wanted &= pl.col("broadcast").is_in(list(broadcasts))
        if since is not None:
            wanted &= pl.col("minute") >= since
        return self._scanned("broadcast_minutes", paths).filter(wanted)

    def minute_files(
        self, since: datetime | None, until: datetime | None, days: Collection[str] | None = None
    ) -> list[Path]:
        """Return the files that hold the broadcasts' minutes of some days, oldest first."""
        first = str(since.date()) if since else ""
        last = str(until.date()) if until else "~"
        return self._checked(
            file
            for name, file in sorted(self.manifest.days["broadcast_minutes"].items())
            if first <= day_of(name) <= last and (days is None or day_of(name) in days)
        )

    def _table(self, table: str) -> pl.DataFrame:
        return self._days(table, self._files(table), pl.lit(value=True))

    def _files(self, table: str) -> list[str]:
        """Return the file of a table; none where the program that published knew none of it."""
        return [self.manifest.tables[table]] if table in self.manifest.tables else []

    def _days(self, table: str, files: list[str], wanted: pl.Expr) -> pl.DataFrame:
        """Return rows of ``files``, each of which is read once as long as it is published."""
        rows: list[pl.DataFrame] = []
        for file, path in zip(files, self._checked(files), strict=True):
            # Another thread may open a newer generation meanwhile, and drop what that has not.
            if (read := self._frames.get(file)) is None:
                read = self._frames[file] = self._collected(self._scanned(table, [path]))
            rows.append(read)
        return pl.concat([schema.TABLES[table].to_frame(), *rows]).filter(wanted)

    def _checked(self, files: Iterable[str]) -> list[Path]:
        """Return where ``files`` are, each compared with its sum when it is first opened."""
        paths: list[Path] = []
        for file in files:
            paths.append(self._folder / file)
            if expected := self.manifest.sums.get(file):
                try:
                    what = self._checker.difference(file, expected)
                except FileNotFoundError as error:
                    raise self._gone() from error
                except OSError as error:
                    raise NotReadNow(paths[-1], error) from error
                if what is not None:
                    raise DamagedFile(paths[-1], what)
        return paths

    def _scanned(self, table: str, paths: list[Path]) -> pl.LazyFrame:
        columns = schema.TABLES[table]
        if not paths:
            return pl.LazyFrame(schema=columns)
        # What an earlier release did not publish was not told.
        older = self.manifest.schema_version < READ_MODEL_VERSION
        missing = "insert" if older else "raise"
        return pl.scan_parquet(paths, schema=columns, glob=False, missing_columns=missing)

    def _collected(self, rows: pl.LazyFrame) -> pl.DataFrame:
        try:
            return rows.collect()
        except FileNotFoundError as error:
            raise self._gone() from error
        except OSError as error:
            raise NotReadNow(self._folder, error) from error

    def _gone(self) -> NotPublished:
        return NotPublished(f"generation {self.manifest.generation} is gone")


Kind = TypeVar("Kind", bound=Published)


def in_order(edition_minutes: pl.DataFrame) -> pl.DataFrame:
    """Sort an edition's minutes; once a platform has told views, what was not told did not move them."""
    growth = pl.col("views_delta")
    told_by_then = growth.is_not_null().cum_max().over("platform")
    return edition_minutes.sort("minute", "platform").with_columns(
        pl.when(told_by_then).then(growth.fill_null(0))
    )


class ReadModel:
    """The folder a collector publishes to."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._checker = FileChecker(folder)
        self._frames: dict[str, pl.DataFrame] = {}
        self._heartbeat: Heartbeat | None = None  # the newest that could be read

    def exists(self) -> bool:
        """Tell whether anything was published here, sound or not."""
        return (self._folder / manifests.NAME).exists()

    def manifest(self) -> Manifest:
        """Return the newest generation's description.

        Raises:
            NotPublished: there is none.
            NotReadNow: it cannot be read at this moment.
            DamagedFile: it is not the one that was written.
            OtherVersion: it is of another version of the read model.
        """
        path = self._folder / manifests.NAME
        for _ in range(_ATTEMPTS):  # the next one may be published while we look
            try:
                manifest = manifests.load(path)
            except FileNotFoundError as error:
                raise NotPublished(f"{self._folder} holds no read model yet") from error
            except OSError as error:
                raise NotReadNow(path, error) from error
            except UnreadableManifest as error:
                if error.version is None:
                    raise DamagedFile(path, str(error)) from error
                raise OtherVersion(f"{self._folder}: {error}", error.version) from error
            newest = max(manifests.numbers(self._folder), default=0)
            if manifest.generation >= newest or not manifest.sums:
                return manifest
        raise DamagedFile(path, "it is that of an earlier generation")

    def heartbeat(self) -> Heartbeat | None:
        """Return the collector's last sign of life; ``None`` when it never gave one.

        Where that cannot be read, the newest that could be, or the newest publication, is the last sign.
        """
        try:
            content = (self._folder / manifests.HEARTBEAT).read_bytes()
            self._heartbeat = Heartbeat.from_json(content)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError):
            signs = [self._heartbeat] if self._heartbeat else []
            with suppress(NotPublished):
                signs.append(Heartbeat(at=self.manifest().published_at))
            return max(signs, key=lambda beat: beat.at, default=None)
        return self._heartbeat

    def heartbeat_at(self) -> datetime | None:
        """Return when the collector last said that it runs; ``None`` when it never did."""
        beat = self.heartbeat()
        return beat.at if beat else None

    def open(self) -> Published:
        """Return the newest generation whose files are all there.

        Raises:
            NotPublished: see :meth:`manifest`.
            DamagedFile: a file is missing.
        """
        return self.open_as(Published)

    def open_as(self, kind: type[Kind]) -> Kind:
        """Return the same, as another class reads it.

        Raises:
            NotPublished: see :meth:`manifest`.
            DamagedFile: a file is missing.
        """
        missing = None
        for _ in range(_ATTEMPTS):  # the folder may change faster than it can be read
            manifest = self.manifest()
            files = manifest.files()
            missing = next((file for file in files if not (self._folder / file).exists()), None)
            if missing is None:
                self._checker.forget(but=files)
                for file in set(self._frames) - set(files):
                    self._frames.pop(file, None)
                return kind(self._folder, manifest, self._checker, self._frames)
        raise DamagedFile(self._folder / str(missing), "it is missing")

    def findings(self) -> list[str]:
        """Say which published files are not as they were written; reads all of them."""
        damages: list[NotPublished] = []
        try:
            sums = self.manifest().sums
        except NotPublished as error:
            damages.append(error)
        else:
            differing = self._checker.differences(sums).items()
            damages += [DamagedFile(self._folder / file, what) for file, what in differing]
        for number in manifests.numbers(self._folder):
            path = manifests.path_of(self._folder, number)
            try:
                if manifests.load(path).generation != number:
                    damages.append(DamagedFile(path, "it is that of another generation"))
            except (OSError, UnreadableManifest) as error:
                damages.append(DamagedFile(path, str(error)))
        path = self._folder / manifests.HEARTBEAT
        try:
            Heartbeat.from_json(path.read_bytes())
        except FileNotFoundError:
            pass
        except (OSError, ValueError, KeyError, TypeError) as error:
            damages.append(DamagedFile(path, f"it is no sign of life ({error!r})"))
        return [str(damage) for damage in damages]
