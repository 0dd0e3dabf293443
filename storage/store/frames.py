"""Frames of the vocabulary's values, and the columns of those held in memory."""

from collections.abc import Iterable, Sequence
from operator import attrgetter

import polars as pl

from storage.model import COUNTERS, Broadcast, Due, Miss, Poll, SetAside, Snapshot
from storage.schema import CORRECTIONS, EDITION_MINUTES, POLLS, columns_of, count_columns
from storage.schema import UTC as UTC_TIME
from storage.store.gaps import ClosedGap, GapState
from storage.tables.build import build_frame, clean_text

TITLE_CHARACTERS = 1_000
DESCRIPTION_CHARACTERS = 1_000
BODY_BYTES = 2_000

#: Growth is summed by these.
BY_MINUTE = ("minute", "edition", "platform")


def known_name(counter: str) -> str:
    """Return the state column that holds a counter's last told value."""
    return "views" if counter == "views" else f"known_{counter}"


SNAPSHOT = pl.Schema({"poll_id": pl.Int64(), **columns_of(Snapshot)})
MISS = pl.Schema(columns_of(Miss, at="missed_at"))
SET_ASIDE = pl.Schema(columns_of(SetAside, at="set_aside_at"))
DUE = pl.Schema(columns_of(Due))
FACTS = pl.Schema(columns_of(Broadcast, skip=("observed_at",), key="broadcast"))

#: What is known of a broadcast's counts. ``views`` is the last told, at ``views_at``; the other
#: counts are as the newest snapshot gave them, and ``known_*`` the last told, to see a fall by.
COUNT_STATE = pl.Schema(
    {
        "observed_at": UTC_TIME,
        **count_columns(views={"views_at": UTC_TIME}),
        **{known_name(counter): pl.Int64() for counter in COUNTERS if counter != "views"},
        "peak_concurrent_viewers": pl.Int64(),
        "peak_at": UTC_TIME,
        "source": pl.String(),
        "definition": pl.String(),
    }
)

#: Where the polling of a broadcast stands. A gap is open while ``gap_started_at`` is not null.
POLL_STATE = pl.Schema({**columns_of(GapState, skip=("observed_at",)), "next_due_at": UTC_TIME})

#: Where a broadcast counts: ``edition`` is null for one that matches none and for an upload.
COUNTED = pl.Schema({"broadcast": pl.String(), "platform": pl.String(), "edition": pl.String()})

#: The state frame: a row for every broadcast that was ever given, sorted by broadcast.
STATE = pl.Schema({**COUNTED, **COUNT_STATE, **POLL_STATE})

DELTA = pl.Schema({name: EDITION_MINUTES[name] for name in (*BY_MINUTE, "views_delta")})
CORRECTION = pl.Schema(
    {
        name: CORRECTIONS[name]
        for name in ("poll_id", "broadcast", "metric", "observed_at", "before", "after")
    }
)
GAP = pl.Schema({"broadcast": pl.String(), **columns_of(ClosedGap)})


def clean_body(text: str) -> str:
    """Return at most 2,000 bytes of ``text`` as valid UTF-8 without NUL."""
    encoded = clean_text(text, characters=BODY_BYTES).encode("utf-8")
    return encoded[:BODY_BYTES].decode("utf-8", "ignore")


def snapshots(rows: Sequence[tuple[int, Snapshot]]) -> pl.DataFrame:
    """Return :data:`SNAPSHOT` rows of (poll_id, snapshot) pairs, in their order."""
    columns = _columns([snapshot for _, snapshot in rows], list(SNAPSHOT)[1:])
    return build_frame({"poll_id": [poll_id for poll_id, _ in rows], **columns}, SNAPSHOT)


def polls(rows: Sequence[Poll]) -> pl.DataFrame:
    """Return :data:`storage.schema.POLLS` rows."""
    return build_frame(_columns(rows, POLLS), POLLS)


def misses(rows: Sequence[Miss]) -> pl.DataFrame:
    """Return :data:`MISS` rows."""
    return build_frame(_columns(rows, MISS, missed_at="at"), MISS)


def set_aside(rows: Sequence[SetAside]) -> pl.DataFrame:
    """Return :data:`SET_ASIDE` rows with bodies cut to 2 kB."""
    columns = _columns(rows, SET_ASIDE, set_aside_at="at")
    return build_frame({**columns, "body": [clean_body(row.body) for row in rows]}, SET_ASIDE)


def dues(rows: Sequence[Due]) -> pl.DataFrame:
    """Return :data:`DUE` rows, the last of each broadcast."""
    newest = {row.broadcast: row for row in rows}
    return build_frame(_columns(list(newest.values()), DUE), DUE)


def facts(rows: Sequence[Broadcast]) -> pl.DataFrame:
    """Return :data:`FACTS` rows."""
    return build_frame(_columns(rows, FACTS, broadcast="key"), FACTS)


def _columns(
    rows: Sequence[object], names: Iterable[str], **attributes: str
) -> dict[str, Sequence[object]]:
    """Return the values of the columns ``names``; ``attributes`` are those called otherwise."""
    return {name: list(map(attrgetter(attributes.get(name, name)), rows)) for name in names}
