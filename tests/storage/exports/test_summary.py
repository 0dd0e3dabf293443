"""The summary of many broadcasts in one pass says of each what is said of it alone."""

import random

import polars as pl
import pyarrow.parquet as pq
import pytest

from storage.analysis import dataset as datasets
from storage.analysis.intervals import coverage
from storage.analysis.viewers.audience import audience
from storage.exports import summary_table
from storage.exports.summary_table import SUMMARY, summary
from storage.exports.writers import write_parquet
from tests.support.published_rows import gap, minutes, on_air, shown
from tests.support.ticks import at

UNTIL = at(401.5)
VIEWERS = ("average", "average_at_least", "hours_watched", "seen_hours")
NAMES = ("average_viewers", "average_viewers_at_least", "hours_watched", "seen_hours")


def edition(broadcasts: int, seed: int):
    """Broadcasts of all kinds: steady, noisy, silent, doubtful, with gaps, on the air or never."""
    chance = random.Random(seed)
    rows, gaps, segments, state = [], [], [], []
    for number in range(broadcasts):
        name = f"{'xyz'[number % 3]}:{number:05}"
        state.append({"broadcast": name, "account": f"account {number % 5}"})
        level = chance.choice([None, 3, 400, 90_000])
        told = {
            minute: None
            if level is None or chance.random() < 0.1
            else int(level * chance.uniform(0.5, 1.5))
            for minute in range(chance.randint(0, 9), chance.choice([1, 12, 390]), chance.choice([1, 3, 7]))
        }  # fmt: skip
        if number % 7 == 0:
            told = {minute: 0 if minute == 42 else 400 for minute in range(90)}
        rows += minutes(name, told)
        if chance.random() < 0.8:
            segments.append(on_air(name, 0.5, chance.choice([None, 200, 391.25])))
        if chance.random() < 0.4:
            gaps.append(gap(name, 20.5, chance.choice([None, 33, 60.2])))
    return shown(rows, gaps=gaps, segments=segments, state=state)


def batches_of(dataset, progress=lambda *_: None):
    table = summary(dataset, UNTIL, looked_until=UNTIL, definition=DEFINITION, progress=progress)
    return list(table.batches)


DEFINITION = pl.lit("x@1").alias("definition")


@pytest.mark.parametrize("rows_a_part", [50, 250_000])
@pytest.mark.parametrize("seed", range(3))
def test_each_row_says_what_is_said_of_its_broadcasts_alone(seed, rows_a_part, monkeypatch):
    monkeypatch.setattr(datasets, "_ROWS_A_PART", rows_a_part)
    dataset = edition(60, seed)
    doubted = 0
    for row in pl.concat(batches_of(dataset)).iter_rows(named=True):
        level = row["level"]
        is_mine = pl.lit(value=True) if level == "edition" else pl.col(level) == row[level]
        mine = dataset.of_broadcasts(dataset.state.filter(is_mine)["broadcast"])
        alone = audience(mine, until=UNTIL)
        peak = alone.peak
        assert [row[name] for name in NAMES] == [getattr(alone, name) for name in VIEWERS]
        shown_peak = row["peak_viewers"], row["peak_at"], row["peak_hardly_above"]
        assert shown_peak == ((peak.viewers, peak.at, peak.hardly_above) if peak else (None,) * 3)
        assert (row["airtime_hours"], row["viewers_coverage"]) == (alone.airtime_hours, alone.coverage)  # fmt: skip
        assert row["coverage"] == coverage(mine.segments, mine.gaps, UNTIL)
        assert row["doubtful_minutes"] == (alone.doubtful.minutes if alone.doubtful else 0)
        doubted += bool(row["doubtful_minutes"])
    assert doubted, "one of them has a doubtful reading"


def test_minutes_are_held_once_however_many_broadcasts_there_are(monkeypatch):
    calls: list[int] = []

    def counted(part, *, until):
        calls.append(part.minutes.height)
        return hold_part(part, until=until)

    hold_part = summary_table.hold_part
    monkeypatch.setattr(summary_table, "hold_part", counted)
    monkeypatch.setattr(datasets, "_ROWS_A_PART", 500)
    done: list[tuple[int, int]] = []
    dataset = edition(80, 1)
    batches = batches_of(dataset, lambda *each: done.append(each))
    assert sum(calls) == dataset.minutes.height, "each minute once"
    assert len(done) > 3
    assert done[0][0] < done[-1][0] <= done[-1][1] == 80, "progress is seen before the end"
    assert len(batches) == 1, "rows are written together"


def test_a_row_group_holds_many_rows(tmp_path):
    dataset = edition(1_500, 2)
    table = summary(dataset, UNTIL, looked_until=UNTIL, definition=DEFINITION, progress=lambda *_: None)  # fmt: skip
    count = write_parquet(table, {}, tmp_path / "summary.parquet")
    written = pq.ParquetFile(tmp_path / "summary.parquet").metadata
    assert (written.num_rows, written.num_row_groups) == (count, 1)
    assert pl.read_parquet(tmp_path / "summary.parquet").schema == SUMMARY
