"""A published edition whose titles were written by someone who means harm."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace

from storage.model import GapReason, Status
from storage.read_model.publisher import Publisher
from tests.support.builders import NOON, account, broadcast, edition, programme
from tests.support.ticks import at, miss, opened, poll, seen, tick, told

#: By native id. One even begins like one: YouTube's do.
HOSTILE = {
    "A": '=HYPERLINK("http://127.0.0.1/","x")',
    "-B": "+1+1",
    "C": "@SUM(A1:A9)",
    "D": "\tlate tab",
    "E": "\u202egpj.exe \u200fعنوان\u200e",
    "F": "<script>alert('x')</script> **bold** $x^2$ [link](javascript:alert(1))",
    "G": 'comma, "quotes"\r\nand a second line',
    "H": "é" * 1_000,
    "I": "nul\0inside",
    "J": "<r><t>markup of a workbook</t></r>",
    "K": "-1",
    "L": "'already marked",
    "M": "_x0041_ \x07 bell",
}  # fmt: skip
MINUTES = 12


#: As a configuration has it.
EVENT = SimpleNamespace(
    programme=programme(),
    editions=[edition(target_views=1_000)],
    accounts=[account()],
    simulated=True,
)


@dataclass
class Place:
    database: Path
    read_model: Path
    backups: Path | None = None
    event: SimpleNamespace = field(default_factory=lambda: EVENT)

    @property
    def tokens(self) -> Path:
        return self.database.with_name("tokens")


def published(tmp_path: Path) -> Place:
    """Each broadcast is seen twelve minutes; in minute 5 the first fell, in 7 it was not seen."""
    store = opened(tmp_path / "livetally.duckdb", at=at(-60))
    store.event.save_programme(EVENT.programme, EVENT.editions)
    store.event.save_accounts(EVENT.accounts)
    store.record(
        told(
            *(
                broadcast(name, platform="x" if name == "C" else "youtube", title=title)
                for name, title in HOSTILE.items()
            )
        )
    )
    keys = [f"{'x' if name == 'C' else 'youtube'}:{name}" for name in HOSTILE]
    for minute in range(MINUTES):
        views = 25 if minute == 5 else 10 * minute
        gone = minute == 7
        over = minute == MINUTES - 1
        facts = {"status": Status.ENDED if over else Status.LIVE}
        watching = None if over else 100 + minute
        first = [] if gone else [seen(keys[0], minute, views, concurrent_viewers=watching, **facts)]
        nobody = None if over else 0
        others = [seen(key, minute, minute, concurrent_viewers=nobody, **facts) for key in keys[1:]]
        of_poll = tick(
            *first,
            *others,
            polls=[poll(minute + 1, minute)],
            misses=[miss(keys[0], minute, GapReason.TIMEOUT)] if gone else [],
        )
        snapshots = tuple((minute + 1, snapshot) for _, snapshot in of_poll.snapshots)
        store.record(replace(of_poll, at=at(minute), snapshots=snapshots))
    folder = tmp_path / "published"
    Publisher(store, folder, now=lambda: at(MINUTES + 1), version="test").publish([])
    store.close()
    assert at(0) == NOON
    place = Place(tmp_path / "livetally.duckdb", folder)
    place.backups = tmp_path / "backups"
    return place
