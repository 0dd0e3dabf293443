"""Describes one generation of the read model: which files belong together, and what they hold."""

from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from storage.chain.links import Head
from storage.model import Annotation, Loss, Names, Programme, PublishedState
from storage.read_model.file_sums import FileSum
from storage.schema import READ_MODEL_VERSION
from storage.system.summed_json import DamagedText, with_sum, without_sum

NAME = "manifest.json"
HEARTBEAT = "heartbeat.json"
GENERATIONS = "generations"

#: Tables kept as one file a stretch (:mod:`storage.read_model.partitions`); all others, one a generation.
DAILY = ("broadcast_minutes", "edition_minutes")

#: Versions of before there were sums that are still read, and the keys of their manifests.
_UNSUMMED_VERSIONS = (5,)
_UNSUMMED_KEYS = (
    "schema_version", "generation", "published_at", "version", "simulated", "programme", "store_id",
    "tick", "loss", "tables", "days", "annotations",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptSnapshots:
    """How many snapshots the database keeps, and how many more a day brings.

    ``a_day`` is the mean of the last week, or of the time since the first: ``None`` within a day of it.
    """

    total: int
    a_day: float | None


class UnreadableManifest(Exception):
    """The manifest is not one that this version can read.

    ``found`` is the version of the read model that it names; ``None`` when it names none.
    """

    def __init__(self, text: str, *, version: int | None = None) -> None:
        super().__init__(text)
        self.version = version


@dataclass(frozen=True, kw_only=True, slots=True)
class Manifest:
    """One published generation. Paths are relative to the read model's folder.

    ``store_id`` and ``tick`` say of which database, and of which of its transactions, it is a
    picture; ``loss`` is what was lost when it was last restored; ``days`` names the files of each
    stretch; ``sums`` are those of every file, and of none where an earlier release published it;
    ``heads`` are those of the chain at the end of the last UTC days, the newest last: that of ``tick``;
    ``snapshots`` is ``None`` where an earlier release published;
    ``schema_version`` is :data:`storage.schema.READ_MODEL_VERSION` when it was written.
    """

    generation: int
    published_at: datetime
    version: str
    simulated: bool
    programme: Programme
    store_id: str
    tick: int
    loss: Loss | None = None
    schema_version: int = READ_MODEL_VERSION
    tables: dict[str, str] = field(default_factory=dict[str, str])
    days: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    sums: dict[str, FileSum] = field(default_factory=dict[str, FileSum])
    annotations: tuple[Annotation, ...] = ()
    heads: tuple[Head, ...] = ()
    snapshots: KeptSnapshots | None = None

    def files(self) -> set[str]:
        """Every file of the generation."""
        return set(self.tables.values()).union(*(files.values() for files in self.days.values()))

    def to_json(self) -> str:
        """Write it as JSON that :func:`parse` reads."""
        names = self.programme.names
        return with_sum(
            {
                "schema_version": self.schema_version,
                "generation": self.generation,
                "published_at": self.published_at.isoformat(),
                "version": self.version,
                "simulated": self.simulated,
                "programme": {
                    "key": self.programme.key,
                    "names": {"ar": names.ar, "fr": names.fr, "en": names.en},
                    "time_zone": self.programme.time_zone,
                },
                "store_id": self.store_id,
                "tick": self.tick,
                "loss": self.loss.fields() if self.loss else None,
                "tables": self.tables,
                "days": {table: dict(sorted(files.items())) for table, files in self.days.items()},
                "sums": {file: asdict(expected) for file, expected in sorted(self.sums.items())},
                "annotations": [
                    {"at": annotation.at.isoformat(), "names": asdict(annotation.names)}
                    for annotation in self.annotations
                ],
                "heads": [head.fields() for head in self.heads],
                "snapshots": asdict(self.snapshots) if self.snapshots else None,
            },
            indent=1,
        )


def parse(text: bytes) -> Manifest:
    """Read :meth:`Manifest.to_json`'s text.

    Raises:
        UnreadableManifest: it is not a manifest, or one of another schema version.
    """
    try:
        fields = without_sum(text, of_before=_UNSUMMED_KEYS)
        version = int(fields["schema_version"])
        if version not in (READ_MODEL_VERSION, *_UNSUMMED_VERSIONS):
            raise UnreadableManifest(
                f"the read model has version {version}, this program reads"
                f" {READ_MODEL_VERSION}: run `livetally storage republish`",
                version=version,
            )
        return _manifest(fields)
    except DamagedText as error:
        raise UnreadableManifest(str(error)) from error
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UnreadableManifest(f"not a manifest ({error!r})") from error


def numbers(folder: Path) -> list[int]:
    """Return the generations whose manifests lie in ``folder`` beside the newest one."""
    names = (path.stem for path in (folder / GENERATIONS).glob("*.json"))
    return sorted(int(name) for name in names if name.isdecimal())


def path_of(folder: Path, number: int) -> Path:
    """Return where the manifest of a generation lies beside the newest one."""
    return folder / GENERATIONS / f"{number:08d}.json"


def load(path: Path) -> Manifest:
    """Read a manifest file.

    Raises:
        FileNotFoundError: there is none.
        UnreadableManifest: see :func:`parse`.
    """
    return parse(path.read_bytes())


def identify(folder: Path) -> PublishedState | None:
    """Say of what a published folder is a picture, whichever version wrote it; ``None``: nobody knows."""
    generations = sorted((folder / GENERATIONS).glob("*.json"), reverse=True)
    for path in (folder / NAME, *generations):
        try:
            fields = without_sum(path.read_bytes(), of_before=_UNSUMMED_KEYS)
            return PublishedState(
                store_id=str(fields["store_id"]),
                tick=int(fields["tick"]),
                published_at=datetime.fromisoformat(fields["published_at"]),
            )
        except (OSError, KeyError, TypeError, ValueError):
            continue
    return None


def _manifest(fields: dict[str, Any]) -> Manifest:
    programme, version = fields["programme"], int(fields["schema_version"])
    sums: dict[str, Any] = {} if version in _UNSUMMED_VERSIONS else fields["sums"]
    return Manifest(
        generation=int(fields["generation"]),
        published_at=datetime.fromisoformat(fields["published_at"]),
        version=str(fields["version"]),
        simulated=bool(fields["simulated"]),
        programme=Programme(
            key=programme["key"],
            names=Names(**programme["names"]),
            time_zone=programme["time_zone"],
        ),
        store_id=fields["store_id"],
        tick=int(fields["tick"]),
        schema_version=version,
        loss=Loss.from_fields(fields["loss"]) if fields.get("loss") else None,
        tables=dict(fields["tables"]),
        days={table: dict(files) for table, files in fields["days"].items()},
        sums={file: FileSum(**expected) for file, expected in sums.items()},
        annotations=tuple(
            Annotation(
                at=datetime.fromisoformat(annotation["at"]), names=Names(**annotation["names"])
            )
            for annotation in fields.get("annotations", ())  # an earlier program published none
        ),
        heads=tuple(Head.from_fields(head) for head in fields.get("heads", ())),  # as above
        snapshots=KeptSnapshots(**counts) if (counts := fields.get("snapshots")) else None,
    )
