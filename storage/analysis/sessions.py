"""Which broadcasts are one airing, and which carried one moment of the programme. Pure.

An airing goes on when the same account is back within 15 minutes with a like title, under whatever
id. Airings of several accounts that run at the same time with like titles are one session, a
simulcast. Keys are those of the broadcast found first, so they stay as the rest is found; what the
configuration names wins over all of this.
"""

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

import polars as pl

from storage import schema
from storage.analysis.simulcasts import (
    LASTING,
    AiringSpan,
    BroadcastGroups,
    are_alike,
    unite_simulcasts,
)
from storage.model import AIRING_RESUMES_WITHIN, Broadcast, Status
from storage.text_search import bare_text, words

#: An end is seen a few polls late, when the return may have begun already.
END_SEEN_LATE = timedelta(minutes=5)
#: Words that say "live", not which moment; in normalised form.
_LIVE_WORDS = frozenset("live direct en مباشر مباشره بث نقل".split())  # noqa: SIM905 - a line of words reads best


@dataclass(frozen=True, kw_only=True, slots=True)
class SessionGroups:
    """Rows of :data:`storage.schema.SEGMENTS` and :data:`storage.schema.SESSIONS`."""

    segments: pl.DataFrame
    sessions: pl.DataFrame


def group_sessions(
    broadcasts: Iterable[Broadcast],
    segments: pl.DataFrame,
    planned: pl.DataFrame,
    *,
    event_names: Iterable[str],
) -> SessionGroups:
    """Group ``broadcasts`` into airings and sessions.

    ``segments`` are those seen (broadcast, started_at, ended_at), ``planned`` the sessions that the
    configuration names, ``event_names`` the names whose words tell no moment.
    """
    of_broadcast: dict[str, list[tuple[datetime, datetime | None]]] = defaultdict(list)
    for key, started_at, ended_at in segments.sort("broadcast", "started_at").iter_rows():
        of_broadcast[key].append((started_at, ended_at))
    event = _words_of_event(event_names)
    spans = [
        span
        for broadcast in broadcasts
        if (span := _span_of(broadcast, of_broadcast.get(broadcast.key, []), event))
    ]
    spans.sort(key=lambda span: (span.started_at, span.broadcast.key))
    goes_on = _returns(spans)
    return SessionGroups(
        segments=_segment_rows(spans, of_broadcast, goes_on),
        sessions=_session_rows(spans, goes_on, planned),
    )


def _words_of_event(names: Iterable[str]) -> frozenset[str]:
    """Return the words that tell no moment: those of the event's ``names``, and "live"."""
    return frozenset(bare_text(word) for name in names for word in words(name)) | _LIVE_WORDS


def _span_of(
    broadcast: Broadcast,
    segments: Sequence[tuple[datetime, datetime | None]],
    event: frozenset[str],
) -> AiringSpan | None:
    """Return when a broadcast ran, as the platform tells it or else its ``segments``; ``None``: it did not.

    ``event`` are the :func:`_words_of_event`.
    """
    starts = [at for at in (broadcast.started_at, segments[0][0] if segments else None) if at]
    has_run = starts or broadcast.status in (Status.LIVE, Status.ENDED)
    if broadcast.status is Status.UPLOAD or not has_run:
        return None
    started_at = min(starts, default=broadcast.published_at or broadcast.discovered_at)
    ended_at = LASTING
    if broadcast.status is not Status.LIVE:
        ended_at = broadcast.ended_at or (segments[-1][1] if segments else None) or started_at
    title = _title_words(broadcast.title)
    return AiringSpan(
        broadcast=broadcast,
        started_at=started_at,
        ended_at=max(started_at, ended_at),
        title=title,
        moment=title - event,
    )


@lru_cache(maxsize=8_192)  # titles hardly change, and reading one costs more than all that follows
def _title_words(title: str) -> frozenset[str]:
    return frozenset(bare_text(word) for word in words(title))


def _returns(spans: Sequence[AiringSpan]) -> dict[str, str]:
    """Return, for each broadcast that goes on with an earlier one of its account, the earlier one."""
    goes_on: dict[str, str] = {}
    of_account: dict[str, list[AiringSpan]] = defaultdict(list)  # by their ends
    for span in spans:
        known = of_account[span.broadcast.account]
        first = bisect_left(known, span.started_at - AIRING_RESUMES_WITHIN, key=_end_of)
        last = bisect_right(known, span.started_at + END_SEEN_LATE, key=_end_of)
        near = [
            past
            for past in known[first:last]
            if past.started_at != span.started_at and are_alike(past, span)
        ]
        if near:
            latest = max(near, key=lambda past: (past.ended_at, past.broadcast.key))
            goes_on[span.broadcast.key] = latest.broadcast.key
        if span.ended_at is not LASTING:
            insort(known, span, key=_end_of)
    return goes_on


def _end_of(span: AiringSpan) -> datetime:
    return span.ended_at


def _segment_rows(
    spans: Sequence[AiringSpan],
    segments: Mapping[str, Sequence[tuple[datetime, datetime | None]]],
    goes_on: Mapping[str, str],
) -> pl.DataFrame:
    """Name the airing of each segment; a return after more than 15 minutes is another."""
    airing: dict[str, str] = {}  # the airing with which each broadcast ended
    rows: list[tuple[str, str, datetime, datetime | None]] = []
    for span in spans:
        key = span.broadcast.key
        airing[key] = airing[goes_on[key]] if key in goes_on else key
        ended_before: datetime | None = None
        for started_at, ended_at in segments.get(key, ()):
            if ended_before and started_at - ended_before > AIRING_RESUMES_WITHIN:
                airing[key] = f"{key}@{started_at:%Y%m%dT%H%M%SZ}"
            if ended_at is None and span.ended_at is not LASTING:
                # No answer said that it ended; it is no longer shown.
                ended_at = max(started_at, span.ended_at)  # noqa: PLW2901 - the row's own end
            rows.append((airing[key], key, started_at, ended_at))
            ended_before = ended_at
    return pl.DataFrame(rows, schema=schema.SEGMENTS, orient="row").sort("started_at", "broadcast")


def _session_rows(
    spans: Sequence[AiringSpan], goes_on: Mapping[str, str], planned: pl.DataFrame
) -> pl.DataFrame:
    groups = BroadcastGroups(span.broadcast.key for span in spans)
    for key, earlier in goes_on.items():
        groups.unite(key, earlier)
    plan = {key: row for row in planned.iter_rows(named=True) for key in row["broadcasts"]}
    named: dict[str, str] = {}  # group -> its planned session; the first that claims it
    for key, row in plan.items():
        if key in groups.leader:
            named.setdefault(groups.group_of(key), row["session"])
    unite_simulcasts(
        [span for span in spans if groups.group_of(span.broadcast.key) not in named], groups
    )
    members: dict[str, list[AiringSpan]] = defaultdict(list)
    for span in spans:
        key = span.broadcast.key
        group = groups.group_of(key)
        members[plan[key]["session"] if key in plan else named.get(group, group)].append(span)
    plans = {row["session"]: row for row in planned.iter_rows(named=True)}
    rows = [_session_row(of_session, plans.get(key)) for key, of_session in members.items()]
    return pl.DataFrame(rows, schema=schema.SESSIONS).sort("started_at", "session")


def _session_row(
    spans: Sequence[AiringSpan], plan: Mapping[str, object] | None
) -> dict[str, object]:
    """Compose one session from its spans, earliest first."""
    first = min(
        spans, key=lambda span: (span.broadcast.discovered_at, span.broadcast.key)
    ).broadcast
    ended_at = max(span.ended_at for span in spans)
    accounts = list(dict.fromkeys(span.broadcast.account for span in spans))
    return {
        "session": plan["session"] if plan else first.key,
        "edition": plan["edition"] if plan else first.edition,
        "title": first.title,
        **{name: plan[name] if plan else None for name in ("name_ar", "name_fr", "name_en")},
        "started_at": spans[0].started_at,
        "ended_at": None if ended_at is LASTING else ended_at,
        "broadcasts": [span.broadcast.key for span in spans],
        "accounts": accounts,
        "platforms": list(dict.fromkeys(span.broadcast.platform for span in spans)),
        "is_simulcast": len(accounts) > 1,
    }
