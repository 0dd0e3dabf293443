"""Unseen intervals: when each platform was not seen, or only in part, from its broadcasts' gaps.

A platform's curve is a sum of the last known values of its broadcasts. While one of them is in a
gap its part of the sum stands still, and what it gained arrives in one step when it is seen again.
How far that falsifies the sum depends on what the broadcast was doing:

- Nothing of what should have been seen was seen: the platform is *silent*. That is so while every
  broadcast on air is in a gap (an archived one that answers moves little, and must not pass for
  them); while nothing is on air, when all of the archived ones are; and in any gap in which the
  platform gave no answer at all, since whatever was not in a gap was then not due.
- Some of the broadcasts on air are in a gap, others are seen: the sum moves, but its growth is too
  small, and then too large. It is seen *in part*.
- One archived broadcast is in a gap, others are seen: its part moves by little. That is a gap of
  that broadcast, listed on the health page and drawn when it is chosen; not one of the platform.

A broadcast that was on air when its gap began counts as on air until the gap ends: until then
nobody had said that it was over.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum, auto
from typing import NamedTuple

import numpy as np
import polars as pl

from storage.analysis.epoch import Instants, Span, instants, milliseconds
from storage.model import Status

MINUTE_MS = 60_000

#: What :func:`unseen_intervals` needs of the published state.
WATCHED = ("broadcast", "platform", "status", "discovered_at", "started_at", "ended_at", "observed_at")  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class UnseenInterval:
    """From ``started`` to ``ended`` (UTC milliseconds) ``unseen`` of ``count`` broadcasts were unseen.

    Both are whole minutes, as samples are: that of the last sight, and that of the next one.
    ``silent``: nothing was seen that should have been; otherwise ``count`` are those on air.
    ``ongoing``: it lasts up to now.
    """

    platform: str
    started: int
    ended: int
    unseen: int
    count: int
    silent: bool
    reason: str
    ongoing: bool

    @property
    def span(self) -> Span:
        """When it was."""
        return self.started, self.ended


class _Gap(NamedTuple):
    broadcast: str
    started: int
    ended: int
    reason: str


class _Kind(Enum):
    KNOWN = auto()
    ON_AIR = auto()
    UNSEEN = auto()
    MUTE = auto()  # a gap in which the whole platform gave no answer


class _Event(NamedTuple):
    at: int
    kind: _Kind
    key: str
    step: int


def unseen_intervals(
    watched: pl.DataFrame, gaps: pl.DataFrame, samples: Mapping[str, Instants], until: datetime
) -> tuple[UnseenInterval, ...]:
    """Return the unseen intervals of every platform up to ``until``, oldest first.

    ``watched`` has the columns :data:`WATCHED`, ``gaps`` those of the read model, and ``samples`` the
    minutes in which any broadcast of the platform was observed.
    """
    end = _minute(until) + MINUTE_MS  # so that a sample of this very minute is within
    intervals: list[UnseenInterval] = []
    for platform, times in samples.items():
        mine = pl.col("platform") == platform
        listed = [
            _Gap(broadcast, _minute(started), min(_minute(ended), end) if ended else end, reason)
            for broadcast, started, ended, reason in gaps.filter(mine & (pl.col("started_at") < until))
            .select("broadcast", "started_at", "ended_at", "reason")
            .iter_rows()
        ]  # fmt: skip
        if listed:
            intervals += _of_platform(platform, watched.filter(mine), listed, times, end)
    return tuple(sorted(intervals, key=lambda interval: (interval.started, interval.platform)))


def sample_times(minutes: pl.DataFrame) -> dict[str, Instants]:
    """Return the minutes in which any broadcast of a platform was observed, by platform, oldest first."""
    return {
        str(platform): instants(part["minute"])
        for (platform,), part in minutes.sort("minute").group_by("platform")
    }


def silences(intervals: Iterable[UnseenInterval], platform: str) -> list[Span]:
    """Return when ``platform`` was silent."""
    return [
        interval.span for interval in intervals if interval.platform == platform and interval.silent
    ]


def partly(intervals: Iterable[UnseenInterval], platform: str) -> list[Span]:
    """Return when ``platform`` was seen in part."""
    return [
        interval.span
        for interval in intervals
        if interval.platform == platform and not interval.silent
    ]


def join_unseen(intervals: Iterable[UnseenInterval], platform: str) -> list[UnseenInterval]:
    """Return the unseen intervals of ``platform``, silent or not, those that touch as one."""
    joined: list[UnseenInterval] = []
    for interval in intervals:
        if interval.platform != platform:
            continue
        if joined and interval.started <= joined[-1].ended:
            last = joined[-1]
            ended = max(last.ended, interval.ended)
            joined[-1] = replace(last, ended=ended, ongoing=interval.ongoing)
        else:
            joined.append(interval)
    return joined


def common_unseen(each: Iterable[Iterable[Span]]) -> list[Span]:
    """Return the times that lie in a span of each of the lists; the spans of a list do not overlap."""
    together: list[Span] | None = None
    for spans in each:
        listed = list(spans)
        if together is None:
            together = listed
        else:
            pairs = ((max(a, c), min(b, d)) for a, b in together for c, d in listed)
            together = [(start, end) for start, end in pairs if start < end]
    return together or []


def _of_platform(
    platform: str, watched: pl.DataFrame, gaps: list[_Gap], times: Instants, end: int
) -> Iterator[UnseenInterval]:
    events = sorted(
        [*_lives(watched, gaps, end), *_absences(gaps, times)], key=lambda event: event.at
    )
    depth: dict[_Kind, Counter[str]] = {kind: Counter() for kind in _Kind}
    last: UnseenInterval | None = None
    for index, event in enumerate(events):
        _count_event(depth[event.kind], event)
        until = events[index + 1].at if index + 1 < len(events) else end
        if until <= event.at:
            continue
        unseen, count, silent = _state(depth)
        if not silent and not unseen:
            continue
        now = UnseenInterval(
            platform=platform,
            started=event.at,
            ended=until,
            unseen=unseen,
            count=count,
            silent=silent,
            reason="",
            ongoing=until >= end,
        )
        if last and last.ended == now.started and _alike(last, now):
            last = replace(last, ended=now.ended, ongoing=now.ongoing)
        else:
            if last:
                yield replace(last, reason=_reason(gaps, last))
            last = now
    if last:
        yield replace(last, reason=_reason(gaps, last))


def _alike(last: UnseenInterval, now: UnseenInterval) -> bool:
    if last.silent or now.silent:
        return last.silent and now.silent
    return (last.unseen, last.count) == (now.unseen, now.count)


def _count_event(depth: Counter[str], event: _Event) -> None:
    depth[event.key] += event.step
    if depth[event.key] <= 0:
        del depth[event.key]


def _state(depth: Mapping[_Kind, Counter[str]]) -> tuple[int, int, bool]:
    """Return how many are unseen, of how many that count now, and whether that is silence."""
    on_air = depth[_Kind.ON_AIR]
    counting = on_air or depth[_Kind.KNOWN]
    unseen = sum(1 for broadcast in depth[_Kind.UNSEEN] if broadcast in counting)
    silent = bool(depth[_Kind.MUTE]) or 0 < unseen == len(counting)
    return (unseen, len(counting), silent) if on_air or silent else (0, len(counting), False)


def _lives(watched: pl.DataFrame, gaps: list[_Gap], end: int) -> Iterator[_Event]:
    """Yield from when to when each broadcast is known, and on air."""
    for key, _, status, discovered, started, ended, observed in watched.select(WATCHED).iter_rows():
        begun = max((_minute(at) for at in (discovered, started) if at), default=0)
        if status == Status.UPCOMING or begun >= end:
            continue
        gone = _minute(observed) if status == Status.GONE and observed else end
        off = _minute(ended) if ended else end if status == Status.LIVE else begun
        while begun < off < end:  # gaps of different reasons follow one another without a break
            later = [g.ended for g in gaps if g.broadcast == key and g.started <= off < g.ended]
            if not later:
                break
            off = max(later)
        for kind, last in ((_Kind.KNOWN, max(gone, off)), (_Kind.ON_AIR, off)):
            if last > begun:
                yield _Event(begun, kind, key, 1)
                yield _Event(last, kind, key, -1)


def _absences(gaps: list[_Gap], times: Instants) -> Iterator[_Event]:
    for gap in gaps:
        kinds = [_Kind.UNSEEN, *([_Kind.MUTE] if _mute(gap, times) else [])]
        for kind in kinds:
            yield _Event(gap.started, kind, gap.broadcast, 1)
            yield _Event(gap.ended, kind, gap.broadcast, -1)


def _mute(gap: _Gap, times: Instants) -> bool:
    """Tell whether no broadcast at all was observed between the gap's first and last minute."""
    first, last = np.searchsorted(times, gap.started, "right"), np.searchsorted(times, gap.ended)
    return int(first) >= int(last)


def _minute(at: datetime) -> int:
    return milliseconds(at) // MINUTE_MS * MINUTE_MS


def _reason(gaps: list[_Gap], interval: UnseenInterval) -> str:
    """Return that of the gap which covers the most of it; the first when several do."""
    return max(
        gaps, key=lambda g: min(interval.ended, g.ended) - max(interval.started, g.started)
    ).reason
