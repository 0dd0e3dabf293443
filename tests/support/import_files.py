"""Exports of the three languages, and what a store knows when they are brought in."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from zoneinfo import ZoneInfo

from storage.imports.formats.registry import recognise
from storage.imports.parse.csv_table import CsvTable, parse_csv
from storage.imports.read_rows import ImportOptions, RowsReading
from storage.model import Edition
from storage.store import Store
from tests.support.builders import account, broadcast, edition, programme
from tests.support.ticks import opened

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures" / "imports"
OPENED = datetime(2025, 5, 1, tzinfo=UTC)
AS_OF = datetime(2025, 5, 24, 10, tzinfo=UTC)
EDITION = "test-2025"
#: What Studio calls its archive: the days counted stand in it.
ARCHIVE = "Content 2025-05-17_2025-05-21 DGSN.zip"


def given(**said) -> ImportOptions:
    return ImportOptions(
        **{"as_of": AS_OF, "zone": ZoneInfo("Africa/Casablanca"), "path": ARCHIVE, **said}
    )


def counts(reading: RowsReading, at: int = 0) -> dict[str, float | None]:
    """Return the counts of a reading's figure, by name."""
    return {str(metric): value for metric, value in reading.figures[at].counts.items()}


def broken(name: str, before: str, after: str, **said) -> RowsReading:
    """Read an export in which ``before`` stands as ``after`` once."""
    text = (FIXTURES / name).read_text("utf-8-sig")
    assert before in text
    [one], _ = recognise([parse_csv(text.replace(before, after, 1), name=name)])
    return one.read(given(**said))


def table(name: str) -> CsvTable:
    return parse_csv((FIXTURES / name).read_text("utf-8-sig"), name=name)


def read(name: str, **said) -> RowsReading:
    [one], aside = recognise([table(name)])
    assert not aside
    return one.read(given(**said))


def earlier_edition(**facts) -> Edition:
    days = {
        "key": EDITION,
        "starts_at": datetime(2025, 5, 16, 23, tzinfo=UTC),
        "ends_at": datetime(2025, 5, 21, 23, tzinfo=UTC),
    }
    return edition(**{**days, **facts})


def configured(**facts) -> SimpleNamespace:
    """The event as a configuration has it."""
    return SimpleNamespace(
        **{
            "programme": programme(),
            "editions": [earlier_edition(), edition()],
            "accounts": [
                account(native_id=None, resolved_at=None),
                account(
                    key="x:@dgsn_maroc", platform="x", handle="@dgsn_maroc",
                    native_id=None, resolved_at=None,
                ),
            ],
            "simulated": True,
            **facts,
        }
    )  # fmt: skip


@dataclass
class Place:
    database: Path
    read_model: Path
    backups: Path | None = None
    event: SimpleNamespace = field(default_factory=configured)

    @property
    def tokens(self) -> Path:
        return self.database.with_name("tokens")


def store_in(folder: Path) -> Store:
    """A store that knows the edition, an account, and one of the exports' broadcasts."""
    store = opened(folder / "livetally.duckdb", at=OPENED)
    event = configured()
    store.event.save_programme(event.programme, event.editions)
    store.event.save_accounts(
        [
            account(),
            account(key="x:@dgsn_maroc", platform="x", handle="@dgsn_maroc", native_id="77"),
        ]
    )
    return store


def opening(native_id="opening2025", **facts):
    """The broadcast that the exports call opening2025, as discovery told of it."""
    started = datetime(2025, 5, 17, 9, 30, tzinfo=UTC)
    return broadcast(
        native_id,
        **{
            "title": "Opening",
            "published_at": started,
            "started_at": started,
            "discovered_at": OPENED,
            "edition": EDITION,
            **facts,
        },
    )
