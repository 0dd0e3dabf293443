"""Doubtful readings: numbers of viewers out of all proportion that come straight back. Pure.

Platforms do tell such values: a false zero, 1 viewer for minutes, a single leap. A reading is doubtful
where the audience fell to a tenth, or leapt to ten times, within one step and came back to about what
it was; of a single reading a fifth, or five times, is enough. It is kept as told, and marked. What
does not come back is an audience that left or came, and small ones may do anything.
"""

import statistics
from datetime import timedelta
from enum import StrEnum

import polars as pl


class Doubt(StrEnum):
    """Why a reading is doubtful."""

    FELL = "fell_and_came_back"
    LEAPT = "leapt_and_came_back"


#: What a doubtful reading is marked with: why, and what was told before and after it and its like.
MARKS = pl.Schema({"reason": pl.String(), "before": pl.Int64(), "after": pl.Int64()})

#: How many times smaller or larger: one reading alone, and several in a row.
ALONE, IN_A_ROW = 5, 10
#: More readings in a row are taken for true, and so is what comes later than this after another.
MOST, LONGEST_STEP = 30, timedelta(hours=1)
#: What came back is at least this share of what was, and at most as many times it.
BACK = 0.5
#: Smaller audiences may double or leave from one reading to the next.
LEAST_VIEWERS = 20


def doubtful_readings(held: pl.DataFrame) -> pl.DataFrame:
    """Return those of ``held`` that are doubtful, with :data:`MARKS`.

    ``held`` are values held by broadcast (``broadcast``, ``started_at``, ``viewers``, ``largest``), in
    the order of broadcast and time.
    """
    name, before = pl.col("broadcast"), pl.col("viewers").shift(1)
    same = (name == name.shift(1)) & (before >= LEAST_VIEWERS)
    marks: list[tuple[int, str, int, int]] = []
    for reason, leaps in (
        (Doubt.FELL, ALONE * pl.col("viewers") <= before),
        (Doubt.LEAPT, pl.col("largest") >= ALONE * before),
    ):
        for start in held.select((same & leaps).arg_true()).to_series():
            since = max(0, start - 1 - MOST)
            near = held.slice(since, start + 1 + 2 * MOST - since)
            marks += _marks(near, start - since, since, reason)
    marked = pl.DataFrame(marks, schema={"row": pl.UInt32(), **MARKS}, orient="row")
    marked = marked.unique("row", keep="first").sort("row")
    return held[marked["row"]].hstack(marked.drop("row"))


def _marks(
    near: pl.DataFrame, start: int, since: int, reason: Doubt
) -> list[tuple[int, str, int, int]]:
    """Mark the readings from ``start`` until it comes back; none where it does not, or is usual around.

    A mark is a row of all, counted from ``since``, the reason, and what was told before and after.
    """
    name, at = near["broadcast"], near["started_at"]
    viewers, largest = near["viewers"].to_list(), near["largest"].to_list()
    before = viewers[start - 1]

    def is_out(place: int, times: int, level: float) -> bool:
        if reason is Doubt.FELL:
            return times * viewers[place] <= level
        return largest[place] >= times * level

    for end in range(start, min(near.height, start + MOST + 1)):
        if name[end] != name[start] or at[end] - at[end - 1] > LONGEST_STEP:
            return []
        if end > start and not is_out(end, IN_A_ROW, before):
            out, times = range(start, end), ALONE if end == start + 1 else IN_A_ROW
            others = [
                viewers[each]
                for each in range(near.height)
                if each not in out and name[each] == name[start]
            ]
            usual = statistics.median(others)
            proportion = is_out(start, times, before) and all(
                is_out(each, 2, usual) for each in out
            )
            back = BACK * before <= viewers[end] <= before / BACK
            if not proportion or not back:
                return []
            return [(since + each, str(reason), before, viewers[end]) for each in out]
    return []
