"""Curves thinned to what a screen can show, without closing a gap and without losing a peak.

MinMaxLTTB knows no nulls, so each run between two gaps is thinned alone and an explicit null is
put between the runs.
"""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from tsdownsample import MinMaxLTTBDownsampler

from storage.analysis.epoch import Instants, Span

Numbers: TypeAlias = NDArray[np.float64]
Point: TypeAlias = tuple[int, float | None]

_SHORTEST_RUN = 8
_MINUTE_MS = 60_000


def breaks(times: Instants, gaps: Sequence[Span]) -> list[int]:
    """Tell after which samples the line is interrupted: those whose step a gap mostly covers.

    Samples carry the start of their minute, so gaps are cut to whole minutes first. A brief gap
    within the long step of a rarely polled broadcast does not count.
    """
    interrupted: set[int] = set()
    for started, ended in gaps:
        start, end = started // _MINUTE_MS * _MINUTE_MS, ended // _MINUTE_MS * _MINUTE_MS
        first = max(0, int(np.searchsorted(times, start, side="right")) - 1)
        last = min(len(times) - 1, int(np.searchsorted(times, end, side="left")))
        for index in range(first, last):
            step = int(times[index + 1] - times[index])
            covered = min(end, int(times[index + 1])) - max(start, int(times[index]))
            if step > _MINUTE_MS and covered * 2 >= step:
                interrupted.add(index)
    return sorted(interrupted)


def outside(times: Instants, spans: Sequence[Span]) -> NDArray[np.bool_]:
    """Tell which samples do not lie within a span; those at its start and end do not."""
    clear = np.ones(len(times), dtype=np.bool_)
    for start, end in spans:
        first, last = np.searchsorted(times, start, "right"), np.searchsorted(times, end, "left")
        clear[first:last] = False
    return clear


def thin(
    times: Instants,
    values: Numbers,
    *,
    gaps: Sequence[Span] = (),
    corrections: Sequence[int] = (),
    points: int,
) -> list[Point]:
    """Return the curve in about ``points`` points, a null between runs, the ends of each run kept.

    Times are UTC milliseconds. At ``corrections`` the fall itself is kept, sample before and sample after.
    NaN is a sample that did not tell: it interrupts the line. Samples within a gap are left out.
    """
    clear = outside(times, gaps)
    times, values = times[clear], values[clear]
    if not len(times):
        return []
    cuts = dict.fromkeys(breaks(times, gaps), True)
    for moment in corrections:
        before = int(np.searchsorted(times, moment // _MINUTE_MS * _MINUTE_MS, side="left")) - 1
        if 0 <= before < len(times) - 1:
            cuts.setdefault(before, False)
    thinned: list[Point] = []
    start = 0
    for cut in [*sorted(cuts), len(times) - 1]:
        part = slice(start, cut + 1)
        thinned += _runs(times[part], values[part], points, len(times))
        if cuts.get(cut) and cut + 1 < len(times):
            thinned.append((int(times[cut] + times[cut + 1]) // 2, None))
        start = cut + 1
    return thinned


def _runs(times: Instants, values: Numbers, points: int, total: int) -> list[Point]:
    """Thin what may hold NaN: each stretch of numbers alone, one null for each stretch without."""
    known = ~np.isnan(values)
    edges = np.flatnonzero(np.diff(known.astype(np.int8))) + 1
    thinned: list[Point] = []
    for part in np.split(np.arange(len(times)), edges):
        if not len(part):
            continue
        if not known[part[0]]:
            thinned.append((int(times[part[0]]), None))
            continue
        share = max(_SHORTEST_RUN, points * len(part) // total)
        thinned += _one_run(times[part], values[part], share)
    return thinned


def _one_run(times: Instants, values: Numbers, points: int) -> list[Point]:
    if len(times) > points:
        chosen = MinMaxLTTBDownsampler().downsample(
            np.ascontiguousarray(times), np.ascontiguousarray(values), n_out=points
        )
        times, values = times[chosen], values[chosen]
    return [(int(at), float(value)) for at, value in zip(times, values, strict=True)]
