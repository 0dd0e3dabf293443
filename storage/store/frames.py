"""Turns the vocabulary's values into frames, and names the columns of the frames kept in memory."""

from collections.abc import Sequence
from operator import attrgetter

import polars as pl

from storage.model import Broadcast, Due, Miss, Poll, SetAside, Snapshot
from storage.schema import UTC as UTC_TIME
from storage.tables.build import build_frame, clean_text

TITLE_CHARACTERS = 1_000
DESCRIPTION_CHARACTERS = 1_000
BODY_BYTES = 2_000

#: Counters: they accumulate, and a fall is a correction.
COUNTERS = ("views", "likes", "comments", "shares", "impressions")

COUNTS: dict[str, pl.DataType] = {
    "views": pl.Int64(),
    "concurrent_viewers": pl.Int64(),
    "likes": pl.Int64(),
    "comments": pl.Int64(),
    "shares": pl.Int64(),
    "impressions": pl.Int64(),
}

SNAPSHOT = pl.Schema(
    {
        "poll_id": pl.Int64(),
        "broadcast": pl.String(),
        "observed_at": UTC_TIME,
        "status": pl.String(),
        **COUNTS,
        "source": pl.String(),
    }
)

POLL = pl.Schema(
    {
        "poll_id": pl.Int64(),
        "platform": pl.String(),
        "purpose": pl.String(),
        "source": pl.String(),
        "started_at": UTC_TIME,
        "finished_at": UTC_TIME,
        "asked": pl.Int64(),
        "answered": pl.Int64(),
        "requests": pl.Int64(),
        "outcome": pl.String(),
        "error": pl.String(),
    }
)

MISS = pl.Schema(
    {
        "poll_id": pl.Int64(),
        "broadcast": pl.String(),
        "missed_at": UTC_TIME,
        "reason": pl.String(),
    }
)

SET_ASIDE = pl.Schema(
    {
        "poll_id": pl.Int64(),
        "platform": pl.String(),
        "broadcast": pl.String(),
        "set_aside_at": UTC_TIME,
        "reason": pl.String(),
        "body": pl.String(),
    }
)

DUE = pl.Schema(
    {"broadcast": pl.String(), "next_due_at": UTC_TIME, "interval_seconds": pl.Float64()}
)

FACTS = pl.Schema(
    {
        "broadcast": pl.String(),
        "platform": pl.String(),
        "account": pl.String(),
        "native_id": pl.String(),
        "edition": pl.String(),
        "title": pl.String(),
        "url": pl.String(),
        "status": pl.String(),
        "published_at": UTC_TIME,
        "scheduled_at": UTC_TIME,
        "started_at": UTC_TIME,
        "ended_at": UTC_TIME,
        "discovered_at": UTC_TIME,
        "description": pl.String(),
        "playlists": pl.List(pl.String()),
        "match_reason": pl.String(),
    }
)

#: What is known of a broadcast's counts. ``views`` is the last told, at ``views_at``; the other
#: counts are as the newest snapshot gave them, and ``known_*`` the last told, to see a fall by.
COUNT_STATE = pl.Schema(
    {
        "observed_at": UTC_TIME,
        "views": pl.Int64(),
        "views_at": UTC_TIME,
        "concurrent_viewers": pl.Int64(),
        "likes": pl.Int64(),
        "comments": pl.Int64(),
        "shares": pl.Int64(),
        "impressions": pl.Int64(),
        "known_likes": pl.Int64(),
        "known_comments": pl.Int64(),
        "known_shares": pl.Int64(),
        "known_impressions": pl.Int64(),
        "peak_concurrent_viewers": pl.Int64(),
        "peak_at": UTC_TIME,
        "source": pl.String(),
        "definition": pl.String(),
    }
)

#: Where the polling of a broadcast stands. A gap is open while ``gap_started_at`` is not null.
POLL_STATE = pl.Schema(
    {
        "gap_started_at": UTC_TIME,
        "gap_reason": pl.String(),
        "gap_missed_polls": pl.Int64(),
        "missed_polls": pl.Int64(),
        "next_due_at": UTC_TIME,
        "interval_seconds": pl.Float64(),
    }
)

#: Where a broadcast counts: ``edition`` is null for one that matches none and for an upload.
COUNTED = pl.Schema({"broadcast": pl.String(), "platform": pl.String(), "edition": pl.String()})

#: The state frame: a row for every broadcast that was ever given, sorted by broadcast.
STATE = pl.Schema({**COUNTED, **COUNT_STATE, **POLL_STATE})

DELTA = pl.Schema(
    {
        "minute": UTC_TIME,
        "edition": pl.String(),
        "platform": pl.String(),
        "views_delta": pl.Int64(),
    }
)

CORRECTION = pl.Schema(
    {
        "poll_id": pl.Int64(),
        "broadcast": pl.String(),
        "metric": pl.String(),
        "observed_at": UTC_TIME,
        "before": pl.Int64(),
        "after": pl.Int64(),
    }
)

GAP = pl.Schema(
    {
        "broadcast": pl.String(),
        "reason": pl.String(),
        "started_at": UTC_TIME,
        "ended_at": UTC_TIME,
        "missed_polls": pl.Int64(),
    }
)


def clean_body(text: str) -> str:
    """Give at most 2,000 bytes of ``text`` as valid UTF-8 without NUL."""
    kept = clean_text(text, characters=BODY_BYTES).encode("utf-8")[:BODY_BYTES]
    return kept.decode("utf-8", "ignore")


def snapshots(rows: Sequence[tuple[int, Snapshot]]) -> pl.DataFrame:
    """Give :data:`SNAPSHOT` rows of (poll_id, snapshot) pairs, in their order."""
    columns = _columns([snapshot for _, snapshot in rows], list(SNAPSHOT)[1:])
    return build_frame({"poll_id": [poll_id for poll_id, _ in rows], **columns}, SNAPSHOT)


def polls(rows: Sequence[Poll]) -> pl.DataFrame:
    """Give :data:`POLL` rows."""
    return build_frame(_columns(rows, list(POLL)), POLL)


def misses(rows: Sequence[Miss]) -> pl.DataFrame:
    """Give :data:`MISS` rows."""
    columns = _columns(rows, ["poll_id", "broadcast", "at", "reason"])
    return build_frame({**columns, "missed_at": columns["at"]}, MISS)


def set_aside(rows: Sequence[SetAside]) -> pl.DataFrame:
    """Give :data:`SET_ASIDE` rows with bodies cut to 2 kB."""
    columns = _columns(rows, ["poll_id", "platform", "broadcast", "at", "reason"])
    bodies = [clean_body(row.body) for row in rows]
    return build_frame({**columns, "set_aside_at": columns["at"], "body": bodies}, SET_ASIDE)


def dues(rows: Sequence[Due]) -> pl.DataFrame:
    """Give :data:`DUE` rows, the last of each broadcast."""
    newest = {row.broadcast: row for row in rows}
    return build_frame(_columns(list(newest.values()), list(DUE)), DUE)


def facts(rows: Sequence[Broadcast]) -> pl.DataFrame:
    """Give :data:`FACTS` rows."""
    columns = _columns(rows, [name for name in FACTS if name != "broadcast"])
    return build_frame({**columns, "broadcast": [row.key for row in rows]}, FACTS)


def _columns(rows: Sequence[object], names: Sequence[str]) -> dict[str, Sequence[object]]:
    return {name: list(map(attrgetter(name), rows)) for name in names}
