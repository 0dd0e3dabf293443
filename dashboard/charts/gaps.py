"""Where a curve must break, and the bands that say why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import polars as pl

from dashboard.charts.downsample import Instants, Span, breaks
from dashboard.charts.look import Look, Spec, milliseconds
from dashboard.charts.palette import name, ordered

_SHOWN_SHARE = 0.004  # a narrower band would be a hairline
_LABEL_SHARE = 0.02
_LABELS = 3
_OPEN_AFTER_MS = 120_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Band:
    """A stretch in which ``platforms`` gave nothing at all; ``ongoing`` while it lasts."""

    started: int
    ended: int
    reason: str
    platforms: tuple[str, ...]
    ongoing: bool


def spans(gaps: pl.DataFrame, until: datetime) -> list[Span]:
    """The gaps' times in milliseconds; one that still lasts goes up to ``until``."""
    end = milliseconds(until)
    return [
        (milliseconds(started), milliseconds(ended) if ended else end)
        for started, ended in gaps.select("started_at", "ended_at").iter_rows()
    ]


def bands(curves: Mapping[str, Instants], gaps: pl.DataFrame, until: datetime) -> list[Band]:
    """The stretches in which a platform was silent because of a gap, in order of time.

    ``curves`` holds each platform's sample times. Stretches of several platforms that cover the
    same time become one.
    """
    found: list[Band] = []
    for platform, times in curves.items():
        mine = gaps.filter(pl.col("platform") == platform)
        if len(times) and not mine.is_empty():
            found += _of_one(platform, times, mine, until)
    merged: list[Band] = []
    for band in sorted(found, key=lambda band: (band.started, band.ended)):
        last = merged[-1] if merged else None
        if last and band.started < last.ended:
            merged[-1] = Band(
                started=last.started,
                ended=max(last.ended, band.ended),
                reason=last.reason,
                platforms=tuple(ordered({*last.platforms, *band.platforms})),
                ongoing=last.ongoing or band.ongoing,
            )
        else:
            merged.append(band)
    return merged


def _of_one(platform: str, times: Instants, gaps: pl.DataFrame, until: datetime) -> list[Band]:
    found: list[Band] = []
    listed = list(zip(spans(gaps, until), gaps["reason"], gaps["ended_at"], strict=True))
    for index in breaks(times, [span for span, _, _ in listed]):
        lower, upper = int(times[index]), int(times[index + 1])
        inside = [(min(e, upper) - max(s, lower), r) for (s, e), r, _ in listed]
        _, reason = max(inside)
        found.append(
            Band(started=lower, ended=upper, reason=reason, platforms=(platform,), ongoing=False)
        )
    last = int(times[-1])
    still = [reason for (_, e), reason, ended in listed if ended is None and e > last]
    if still and milliseconds(until) - last > _OPEN_AFTER_MS:
        found.append(
            Band(
                started=last,
                ended=milliseconds(until),
                reason=still[0],
                platforms=(platform,),
                ongoing=True,
            )
        )
    return found


def sentence(band: Band, look: Look) -> str:
    """The band in words: who was silent, from when to when, and why."""
    words = look.words
    started = datetime.fromtimestamp(band.started / 1000, UTC)
    ended = datetime.fromtimestamp(band.ended / 1000, UTC)
    same_day = words.day(started) == words.day(ended)
    values = {
        "platforms": words.isolate(", ".join(name(p) for p in band.platforms)),
        "start": words.isolate(words.clock(started)),
        "end": words.isolate(words.clock(ended)),
        "reason": words.say(f"reason.{band.reason}"),
    }
    if band.ongoing:
        return words.say("gap.open", day=words.day(started), **values)
    if same_day:
        return words.say("gap.same_day", day=words.day(started), **values)
    return words.say("gap.days", day=words.day(started), last_day=words.day(ended), **values)


def band_areas(
    found: Sequence[Band], look: Look, *, start: int, end: int, shift: int, worded: bool = True
) -> Spec:
    """The bands as a ``markArea``; the longest carry their words, never over each other."""
    whole = max(1, end - start)
    shown = [band for band in found if (band.ended - band.started) / whole >= _SHOWN_SHARE]
    largest = sorted(shown, key=lambda band: band.started - band.ended)[:_LABELS]
    labelled = [b for b in largest if worded and (b.ended - b.started) / whole >= _LABEL_SHARE]
    ink = look.ink
    areas: list[list[Spec]] = []
    for band in shown:
        row = labelled.index(band) if band in labelled else -1
        label = {
            "show": row >= 0,
            "formatter": _short(band, look),
            "position": "insideTop",
            "distance": 6 + 16 * max(row, 0),
            "color": ink.muted,
            "fontSize": 11,
        }
        areas.append(
            [{"xAxis": band.started + shift, "label": label}, {"xAxis": band.ended + shift}]
        )
    style = {
        "color": ink.band,
        "borderColor": ink.muted,
        "borderWidth": 0.5,
        "borderType": "dashed",
    }
    return {"silent": True, "animation": False, "itemStyle": style, "data": areas}


def _short(band: Band, look: Look) -> str:
    words = look.words
    started = datetime.fromtimestamp(band.started / 1000, UTC)
    ended = datetime.fromtimestamp(band.ended / 1000, UTC)
    key = "gap.short_open" if band.ongoing else "gap.short"
    text = words.say(
        key, start=words.isolate(words.clock(started)), end=words.isolate(words.clock(ended))
    )
    return words.run(text)
