"""`livetally storage report`, on what a real store published."""

import json
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from storage.model import Reported, Status
from storage.read_model.publisher import Publisher
from storage.store import Store
from tests.support.builders import NOON, broadcast, edition, programme
from tests.support.commands import run_storage
from tests.support.ticks import at, opened, seen, tick, told

YEAR = 365 * 24 * 60


@dataclass
class Place:
    database: Path
    read_model: Path


def publish(store: Store, folder: Path, minute: float) -> None:
    Publisher(store, folder, now=lambda: at(minute), version="test").publish([])


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Two editions of one broadcast each, ten minutes long; the later one also on X, and on air."""
    store = opened(tmp_path / "livetally.duckdb", at=at(-YEAR - 60))
    earlier = edition(key="test-2025", starts_at=at(-YEAR), ends_at=at(-YEAR + 600))
    later = edition(
        key="test-2026",
        starts_at=NOON,
        ends_at=at(610),
        target_views=1_500,
        reported_views=Reported(value=3_000, wording="more than 3,000", sources=("paper",)),
        reported_visitors=Reported(value=100, wording="about 100", sources=("paper",)),
    )
    never = edition(key="test-2027", starts_at=at(YEAR), ends_at=at(YEAR + 60))
    store.event.save_programme(programme(), [earlier, later, never])
    store.record(
        told(
            broadcast("A", discovered_at=at(-YEAR), edition="test-2025"),
            broadcast("B", title="Opening"),
            broadcast("C", platform="x", title="Opening"),
        )
    )
    for minute in range(11):
        end = Status.ENDED if minute == 10 else Status.LIVE
        watching = None if minute == 10 else 60
        store.record(
            tick(
                seen(
                    "youtube:A", minute - YEAR, 50 * minute, concurrent_viewers=watching, status=end
                ),
            )
        )
    for minute in range(11):
        views = 900 if minute == 9 else 100 * minute
        store.record(
            tick(
                seen("youtube:B", minute, views, concurrent_viewers=120, likes=views // 10),
                seen("x:C", minute, 70, source="tweets"),
            )
        )
    publish(store, tmp_path / "published", 10.5)
    store.close()
    return Place(tmp_path / "livetally.duckdb", tmp_path / "published")


def run(place: Place, *words: str):
    return run_storage(place, "report", *words)


def test_everything_of_an_edition_in_json(place):
    done = run(place, "--edition", "test-2026", "--json")
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["totals"]["views"] == 1070
    assert [(one["platform"], one["views"]) for one in found["totals"]["platforms"]] == [("youtube", 1000), ("x", 70)]  # fmt: skip
    assert found["audience"]["peak"]["viewers"] == 120
    assert found["audience"]["peak"]["hardly_above"] == 120
    assert found["audience"]["average"] == pytest.approx(120)
    assert found["target"]["missing"] == 430
    target = next(one for one in found["milestones"] if one["milestone"] == 1_500)
    assert (target["before"], target["stands"]) == (None, False)
    assert found["comparison"]["before"] == "test-2025"
    assert found["comparison"]["everything"]["before"] == 500
    assert found["comparison"]["attribution"]["platforms"] == 70
    assert (found["forecast"]["reason"], found["forecast"]["available_at"]) == ("too_early", None)
    assert found["reported"]["views"]["value"] == 3_000
    assert found["reported"]["per_visitor"] == {"visitors": 100, "reported": 30.0, "measured": 10.7}
    (session,) = found["totals"]["sessions"]
    assert (session["views"], session["broadcasts"]) == (1070, 2)


def test_as_of_an_instant_on_the_way(place):
    then = (NOON + timedelta(minutes=4)).isoformat()
    found = json.loads(run(place, "--edition", "test-2026", "--at", then, "--json").stdout)
    assert found["totals"]["views"] == 470
    assert found["as_of"] == then


def test_a_person_reads_tables(place):
    done = run(place, "--edition", "test-2026")
    assert done.exit_code == 0, done.stderr
    for word in (
        "SIMULATED",
        "1,070",
        "test-2025",
        "more than 3,000",
        "430 missing",
        "not yet",
        "no forecast: less than 24 hours were seen",
    ):
        assert word in done.stdout


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (
            ("--edition", "none"),
            "there is no edition none; known are: test-2025, test-2026, test-2027",
        ),
        (("--edition", "test-2027"), "test-2027: nothing was measured by"),
        (
            ("--edition", "test-2026", "--at", "2026-05-01T00:00Z"),
            "test-2026: nothing was measured by 2026-05-01",
        ),
    ],
)
def test_nothing_to_report_is_said_in_a_line(place, words, text):
    done = run(place, *words)
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith(text)
    assert done.stderr.count("\n") == 1


def test_nothing_published_is_said_in_a_line(place, tmp_path):
    done = run(Place(place.database, tmp_path / "nowhere"), "--edition", "test-2026")
    assert done.exit_code == 1
    assert "holds no read model yet" in done.stderr


@pytest.mark.parametrize("time", ["yesterday", "2026-05-17T12:00"])
def test_a_time_without_an_offset_is_refused(place, time):
    assert run(place, "--edition", "test-2026", "--at", time).exit_code == 2
