"""The bands that say where and why a curve breaks."""

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

    ``started`` and ``ended`` are UTC milliseconds. ``unseen`` of ``count`` broadcasts on air were
    not seen when it is ``partial``; otherwise nothing was seen that should have been.
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
    curves: Mapping[str, Instants], unseen: Sequence[UnseenInterval], until: datetime
) -> list[Band]:
    """Return the stretches as they are drawn, in order of time.

    ``curves`` holds each platform's sample times. A silence reaches from the last sample before it
    to the first one after; silences of several platforms over the same time become one band.
    """
    each: list[Band] = []
    end = milliseconds(until)
    for platform, times in curves.items():
        mine = [interval for interval in unseen if interval.platform == platform]
        if len(times) and mine:
            each += _silent(times, [interval for interval in mine if interval.silent], end)
            each += [
                _band(interval, started=interval.started, ended=min(interval.ended, end))
                for interval in mine
                if not interval.silent and interval.ended - interval.started >= _LEAST_PART_MS
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


def _same_time(band: Band, other: Band) -> bool:
    if band.partial or other.partial or band.ongoing != other.ongoing:
        return False
    apart = max(abs(band.started - other.started), abs(band.ended - other.ended))
    return apart <= _SAME_TIME_MS


def _silent(times: Instants, silent: list[UnseenInterval], until: int) -> list[Band]:
    """Return the bands of a platform's silences between its samples, and after the last of them."""
    spans = [interval.span for interval in silent]
    left = times[outside(times, spans)]
    silences: list[Band] = []
    for index in breaks(left, spans):
        lower, upper = int(left[index]), int(left[index + 1])
        longest = max(silent, key=lambda each: min(each.ended, upper) - max(each.started, lower))
        silences.append(_band(longest, started=lower, ended=upper, ongoing=False))
    last = int(left[-1]) if len(left) else int(times[0])
    still = next((each for each in silent if each.ongoing and each.ended > last), None)
    if still and until - last > _OPEN_AFTER_MS:
        silences.append(_band(still, started=last, ended=until))
    return silences


def _band(
    interval: UnseenInterval, *, started: int, ended: int, ongoing: bool | None = None
) -> Band:
    return Band(
        started=started,
        ended=ended,
        reason=interval.reason,
        platforms=(interval.platform,),
        ongoing=interval.ongoing if ongoing is None else ongoing,
        partial=not interval.silent,
        unseen=interval.unseen,
        count=interval.count,
    )


def sentence(band: Band, look: Theme) -> str:
    """Say the band in words: who was silent, from when to when, and why."""
    words = look.words
    first, last = words.day(_time(band.started)), words.day(_time(band.ended))
    values = {
        "what": _what(band, words),
        "start": words.isolate(words.clock(_time(band.started))),
        "end": words.isolate(words.clock(_time(band.ended))),
        "reason": words.say(f"reason.{band.reason}"),
    }
    key = "open" if band.ongoing else "same_day" if first == last else "days"
    return words.say(f"gap.{key}", day=first, last_day=last, **values)


def _time(instant: int) -> datetime:
    return datetime.fromtimestamp(instant / 1000, UTC)


def _what(band: Band, words: Words) -> str:
    platforms = words.isolate(", ".join(name(p) for p in band.platforms))
    if not band.partial:
        return words.say("gap.nothing", platforms=platforms)
    unseen = words.number(band.unseen)
    return words.plural("gap.part", band.count, unseen=unseen, platforms=platforms)


def band_areas(
    unseen: Sequence[Band], look: Theme, *, start: int, end: int, shift: int, worded: bool = True
) -> Spec:
    """Return the bands as a ``markArea``; the longest carry their words, never over each other.

    ``start``, ``end`` and ``shift`` are those of the axis, as in :func:`echarts.figure`.
    """
    span = max(1, end - start)
    shown = [band for band in unseen if (band.ended - band.started) / span >= _SHOWN_SHARE]
    largest = sorted(shown, key=lambda band: band.started - band.ended)[:_LABELS]
    labelled = [b for b in largest if worded and (b.ended - b.started) / span >= _LABEL_SHARE]
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
        tint = {"itemStyle": {"color": ink.faint}} if band.partial else {}
        left = {"xAxis": band.started + shift, "label": label, **tint}
        areas.append([left, {"xAxis": band.ended + shift}])
    style = {
        "color": ink.band,
        "borderColor": ink.muted,
        "borderWidth": 0.5,
        "borderType": "dashed",
    }
    return {"silent": True, "animation": False, "itemStyle": style, "data": areas}


def _short(band: Band, look: Theme) -> str:
    words = look.words
    key = "short_part" if band.partial else "short_open" if band.ongoing else "short"
    text = words.say(
        f"gap.{key}",
        start=words.isolate(words.clock(_time(band.started))),
        end=words.isolate(words.clock(_time(band.ended))),
        unseen=words.number(band.unseen),
        count=words.number(band.count),
    )
    return words.run(text)
