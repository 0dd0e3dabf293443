"""Where a curve must break, and the bands that say why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from dashboard.charts.downsample import breaks, outside
from dashboard.charts.theme import Spec, Theme
from dashboard.i18n.words import Words
from dashboard.view_model.platforms import name, ordered
from storage.analysis.epoch import Instants, milliseconds
from storage.analysis.unseen import UnseenInterval

_SHOWN_SHARE = 0.004  # a narrower band would be a hairline
_LABEL_SHARE = 0.02
_LABELS = 3
_OPEN_AFTER_MS = 120_000
_LEAST_PART_MS = 180_000  # a part unseen for less is an answer that came late
_SAME_TIME_MS = 300_000  # platforms are polled at different moments of the same outage


@dataclass(frozen=True, kw_only=True, slots=True)
class Band:
    """A stretch in which ``platforms`` were not seen; ``ongoing`` while it lasts.

    ``unseen`` of ``count`` broadcasts on air were not seen when it is ``partial``; otherwise
    nothing was seen that should have been.
    """

    started: int
    ended: int
    reason: str
    platforms: tuple[str, ...]
    ongoing: bool
    partial: bool = False
    unseen: int = 0
    count: int = 0


def bands(
    curves: Mapping[str, Instants], found: Sequence[UnseenInterval], until: datetime
) -> list[Band]:
    """The stretches as they are drawn, in order of time.

    ``curves`` holds each platform's sample times. A silence reaches from the last sample before it
    to the first one after; silences of several platforms over the same time become one band.
    """
    each: list[Band] = []
    for platform, times in curves.items():
        mine = [one for one in found if one.platform == platform]
        if len(times) and mine:
            each += _silent(platform, times, mine, milliseconds(until))
            parts = [one for one in mine if not one.silent]
            each += [
                _partial(one, milliseconds(until))
                for one in parts
                if one.ended - one.started >= _LEAST_PART_MS
            ]
    merged: list[Band] = []
    for band in sorted(each, key=lambda band: (band.started, band.ended)):
        twin = next((i for i, other in enumerate(merged) if _same_time(band, other)), None)
        if twin is None:
            merged.append(band)
        else:
            both = ordered({*merged[twin].platforms, *band.platforms})
            merged[twin] = replace(merged[twin], platforms=tuple(both))
    return merged


def _same_time(one: Band, other: Band) -> bool:
    if one.partial or other.partial or one.ongoing != other.ongoing:
        return False
    apart = max(abs(one.started - other.started), abs(one.ended - other.ended))
    return apart <= _SAME_TIME_MS


def _silent(platform: str, times: Instants, found: list[UnseenInterval], until: int) -> list[Band]:
    silent = [one for one in found if one.silent]
    spans = [one.span for one in silent]
    left = times[outside(times, spans)]
    drawn: list[Band] = []
    for index in breaks(left, spans):
        lower, upper = int(left[index]), int(left[index + 1])
        longest = max(silent, key=lambda one: min(one.ended, upper) - max(one.started, lower))
        drawn.append(
            Band(
                started=lower,
                ended=upper,
                reason=longest.reason,
                platforms=(platform,),
                ongoing=False,
            )
        )
    last = int(left[-1]) if len(left) else int(times[0])
    still = next((one for one in silent if one.ongoing and one.ended > last), None)
    if still and until - last > _OPEN_AFTER_MS:
        drawn.append(
            Band(
                started=last,
                ended=until,
                reason=still.reason,
                platforms=(platform,),
                ongoing=True,
            )
        )
    return drawn


def _partial(one: UnseenInterval, until: int) -> Band:
    return Band(
        started=one.started,
        ended=min(one.ended, until),
        reason=one.reason,
        platforms=(one.platform,),
        ongoing=one.ongoing,
        partial=True,
        unseen=one.unseen,
        count=one.count,
    )


def sentence(band: Band, look: Theme) -> str:
    """The band in words: who was silent, from when to when, and why."""
    words = look.words
    started = datetime.fromtimestamp(band.started / 1000, UTC)
    ended = datetime.fromtimestamp(band.ended / 1000, UTC)
    same_day = words.day(started) == words.day(ended)
    values = {
        "what": _what(band, words),
        "start": words.isolate(words.clock(started)),
        "end": words.isolate(words.clock(ended)),
        "reason": words.say(f"reason.{band.reason}"),
    }
    if band.ongoing:
        return words.say("gap.open", day=words.day(started), **values)
    if same_day:
        return words.say("gap.same_day", day=words.day(started), **values)
    return words.say("gap.days", day=words.day(started), last_day=words.day(ended), **values)


def _what(band: Band, words: Words) -> str:
    platforms = words.isolate(", ".join(name(p) for p in band.platforms))
    if not band.partial:
        return words.say("gap.nothing", platforms=platforms)
    unseen = words.number(band.unseen)
    return words.plural("gap.part", band.count, unseen=unseen, platforms=platforms)


def band_areas(
    found: Sequence[Band], look: Theme, *, start: int, end: int, shift: int, worded: bool = True
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
            "distance": look.size(6 + 16 * max(row, 0)),
            "color": ink.muted,
            "fontSize": look.size(11),
        }
        style = {"itemStyle": {"color": ink.faint}} if band.partial else {}
        areas.append(
            [
                {"xAxis": band.started + shift, "label": label, **style},
                {"xAxis": band.ended + shift},
            ]
        )
    style = {
        "color": ink.band,
        "borderColor": ink.muted,
        "borderWidth": 0.5,
        "borderType": "dashed",
    }
    return {"silent": True, "animation": False, "itemStyle": style, "data": areas}


def _short(band: Band, look: Theme) -> str:
    words = look.words
    started = datetime.fromtimestamp(band.started / 1000, UTC)
    ended = datetime.fromtimestamp(band.ended / 1000, UTC)
    key = "gap.short_part" if band.partial else "gap.short_open" if band.ongoing else "gap.short"
    text = words.say(
        key,
        start=words.isolate(words.clock(started)),
        end=words.isolate(words.clock(ended)),
        unseen=words.number(band.unseen),
        count=words.number(band.count),
    )
    return words.run(text)
