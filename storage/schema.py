"""The columns of every table of the read model, as polars schemas: what readers may rely on.

Times are UTC, counts are platform-reported plays or persons, ``null`` means "did not say".
Files carry exactly these columns in this order; a change raises ``READ_MODEL_VERSION``.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import is_dataclass
from datetime import datetime
from types import UnionType
from typing import get_args, get_origin, get_type_hints

import polars as pl

from storage.model import COUNTS, Account, Broadcast, Edition, PlannedSession, Poll

READ_MODEL_VERSION = 6
UTC = pl.Datetime("us", "UTC")

_TYPES: dict[type, pl.DataType] = {
    int: pl.Int64(),
    float: pl.Float64(),
    datetime: UTC,
    str: pl.String(),
    tuple: pl.List(pl.String()),
}


def columns_of(
    model: type, *, skip: Collection[str] = (), **renamed: str
) -> dict[str, pl.DataType]:
    """Return a column for each field of a dataclass but those to ``skip``, in their order.

    A field that is a dataclass itself becomes columns ``field_part``, of which ``value`` is called
    ``field`` alone. ``renamed`` says how the column of a field is called instead.
    """
    columns: dict[str, pl.DataType] = {}
    for name, kind in _kinds(model, skip):
        column = renamed.get(name, name)
        if is_dataclass(kind):
            columns |= {_joined(column, part): dtype for part, dtype in columns_of(kind).items()}
        else:
            columns[column] = next(dtype for of, dtype in _TYPES.items() if issubclass(kind, of))
    return columns


def row_of(value: object, *, skip: Collection[str] = (), **renamed: str) -> dict[str, object]:
    """Return the values of the columns that :func:`columns_of` makes of the value's class."""
    row: dict[str, object] = {}
    for name, kind in _kinds(type(value), skip):
        column, part = renamed.get(name, name), getattr(value, name)
        if is_dataclass(kind):
            parts = dict.fromkeys(columns_of(kind)) if part is None else row_of(part)
            row |= {_joined(column, name): inner for name, inner in parts.items()}
        else:
            row[column] = list(part) if kind is tuple else part
    return row


def count_columns(**after: Mapping[str, pl.DataType]) -> dict[str, pl.DataType]:
    """Return a column for each count, followed by those that go ``after`` it."""
    columns: dict[str, pl.DataType] = {}
    for count in COUNTS:
        columns |= {count: pl.Int64(), **after.get(count, {})}
    return columns


def _kinds(model: type, skip: Collection[str]) -> Iterator[tuple[str, type]]:
    for name, hint in get_type_hints(model).items():
        if name not in skip:
            required = get_args(hint)[0] if isinstance(hint, UnionType) else hint
            yield name, get_origin(required) or required


def _joined(column: str, part: str) -> str:
    return column if part == "value" else f"{column}_{part}"


#: A row per edition of the programme.
EDITIONS = pl.Schema(columns_of(Edition, skip=("sessions",), key="edition", names="name"))

#: A row per official account.
ACCOUNTS = pl.Schema(columns_of(Account, skip=("playlists",), key="account"))

#: A row per broadcast with its newest counts. ``description``: its first 300 characters. ``views_at`` is when ``views`` was last told, which
#: is earlier than ``observed_at`` when the newest answer hid it.
STATE = pl.Schema(
    {
        **columns_of(Broadcast, skip=("playlists", "observed_at"), key="broadcast"),
        "observed_at": UTC,
        **count_columns(views={"views_at": UTC}),
        "peak_concurrent_viewers": pl.Int64,
        "peak_at": UTC,
        "source": pl.String,
        "definition": pl.String,
        "next_due_at": UTC,
        "interval_seconds": pl.Float64,
        "gap_started_at": UTC,
        "gap_reason": pl.String,
    }
)

#: A row per broadcast and minute in which it was observed; a file a UTC day, or an hour of today.
BROADCAST_MINUTES = pl.Schema(
    {
        "minute": UTC,
        "broadcast": pl.String,
        "platform": pl.String,
        "edition": pl.String,
        # Each count as last told in this minute; the peak is the largest told in it.
        **count_columns(concurrent_viewers={"peak_concurrent_viewers": pl.Int64()}),
        "snapshots": pl.Int64,
    }
)

#: A row per edition, platform and minute in which anything was observed; files as above.
#: ``views_delta`` is signed: its running sum over all days is the sum of the last known views. It is
#: null while the platform has told no views in the edition (a file of one day cannot know, so there it
#: is null where none were told in the minute), and 0 where they did not move.
EDITION_MINUTES = pl.Schema(
    {
        "minute": UTC,
        "edition": pl.String,
        "platform": pl.String,
        "views_delta": pl.Int64,
        "concurrent_viewers": pl.Int64,  # sum over the broadcasts observed in this minute
        "broadcasts_observed": pl.Int64,
    }
)

#: A row per stretch that was not seen. ``ended_at`` is null while it lasts.
GAPS = pl.Schema(
    {
        "broadcast": pl.String,
        "platform": pl.String,
        "edition": pl.String,
        "reason": pl.String,
        "started_at": UTC,
        "ended_at": UTC,
        "missed_polls": pl.Int64,
    }
)

#: A row per counter that fell: the platform corrected itself.
CORRECTIONS = pl.Schema(
    {
        "broadcast": pl.String,
        "platform": pl.String,
        "edition": pl.String,
        "metric": pl.String,
        "observed_at": UTC,
        "before": pl.Int64,
        "after": pl.Int64,
        "poll_id": pl.Int64,
    }
)

#: A row per attempt of the last 24 hours, newest last.
POLLS = pl.Schema(columns_of(Poll))

#: A row per platform and quota bucket; platforms without a quota have one row with null limits.
HEALTH = pl.Schema(
    {
        "platform": pl.String,
        "bucket": pl.String,
        "used": pl.Int64,
        "limit": pl.Int64,
        "resets_at": UTC,
        "last_success_at": UTC,
        "last_failure_at": UTC,
        "last_error": pl.String,
        "last_outcome": pl.String,
        "next_poll_at": UTC,
        "next_look_at": UTC,  # for new broadcasts
        "tracked": pl.Int64,
        "live": pl.Int64,
        "open_gaps": pl.Int64,
        "paused_reason": pl.String,
        "paused_until": UTC,
        "paused_accounts": pl.List(
            pl.String
        ),  # those that alone are paused; null: all, or the bucket
        "token_expires_at": UTC,  # null: it has no token, or one without an end
        "given_up": pl.List(pl.String),  # what is polled less often than wanted, the first first
        "state": pl.String,  # storage.model.SourceState; null: published without a collector
    }
)

#: A row per account that is followed: how looking for its broadcasts went, and is planned to go.
#: ``looked_at`` and ``answered_at`` are null where it never was asked, or never answered;
#: ``outcome`` is that of the newest look. What is planned is null where no collector published it.
LOOKS = pl.Schema(
    {
        "account": pl.String,
        "platform": pl.String,
        "name": pl.String,
        "looked_at": UTC,
        "answered_at": UTC,
        "outcome": pl.String,
        "interval_seconds": pl.Float64,  # from one look to the next
        "paused_reason": pl.String,  # why it is not asked at the moment
        "paused_until": UTC,
        "tells_state": pl.Boolean,  # whether its source says what is on the air
    }
)

#: A row per stretch that a broadcast was seen on the air, from the first answer that said so to the
#: first that said otherwise; ``ended_at`` is null while it lasts. What drops and is back within 15
#: minutes is one ``airing``, whatever id the platform gives it on its return.
SEGMENTS = pl.Schema(
    {
        "airing": pl.String,
        "broadcast": pl.String,
        "started_at": UTC,
        "ended_at": UTC,
    }
)

#: A row per moment of the programme: the broadcasts that carried it, alone or on several accounts.
#: ``session`` is the key of the broadcast found first, or edition/key of one that the configuration
#: names; only then ``name_*`` are told. ``ended_at`` is null while it lasts.
SESSIONS = pl.Schema(
    {
        "session": pl.String,
        "edition": pl.String,
        "title": pl.String,
        **columns_of(PlannedSession, skip=("key", "broadcasts"), names="name"),
        "started_at": UTC,
        "ended_at": UTC,
        "broadcasts": pl.List(pl.String),
        "accounts": pl.List(pl.String),
        "platforms": pl.List(pl.String),
        "is_simulcast": pl.Boolean,
    }
)

#: A row per figure, as :mod:`storage.tables.long_form` writes and reads it. ``broadcast`` is the platform's id, null for a figure of the whole account.
#: ``observed_at`` is when the figure stood so. ``period_*`` bound what it counts (the end is
#: exclusive); both are null for a count since the beginning, which every measured one is. ``value``
#: null: the platform was asked and did not say.
LONG_FORM = pl.Schema(
    {
        "edition": pl.String,
        "platform": pl.String,
        "account": pl.String,
        "broadcast": pl.String,
        "title": pl.String,
        "published_at": UTC,
        "started_at": UTC,
        "observed_at": UTC,
        "period_starts_at": UTC,
        "period_ends_at": UTC,
        "metric": pl.String,
        "value": pl.Float64,
        "definition": pl.String,
        "source": pl.String,
    }
)

#: A row per figure that an account's owner brought in, and from which file. Never added to what was
#: measured.
REPORTED = pl.Schema({"import_id": pl.Int64, **LONG_FORM})

#: A row per file that was brought in. ``as_of`` is null where each row said it.
IMPORTS = pl.Schema(
    {
        "import_id": pl.Int64,
        "sha256": pl.String,
        "name": pl.String,
        "format": pl.String,
        "recognised_by": pl.String,
        "imported_at": UTC,
        "as_of": UTC,
        "edition": pl.String,
        "account": pl.String,
        "taken": pl.Int64,
        "known": pl.Int64,
        "refused": pl.Int64,
    }
)

#: What was measured against what was reported, as :mod:`storage.analysis.editions.reconciliation` has it.
#: ``difference`` is measured less reported, its percentage of reported; null where not compared.
#: Sums (``level`` account, edition) say over how many broadcasts, and of how many only one figure is
#: known or the reported one is of some days only; their times are those of the oldest part.
RECONCILIATION = pl.Schema(
    {
        "level": pl.String,
        "edition": pl.String,
        "platform": pl.String,
        "account": pl.String,
        "broadcast": pl.String,
        "title": pl.String,
        "metric": pl.String,
        "source": pl.String,
        "standing": pl.String,
        "reported": pl.Float64,
        "reported_in_all": pl.Float64,  # a sum over all reported broadcasts, compared or not
        "reported_at": UTC,
        "reported_definition": pl.String,
        "measured": pl.Float64,
        "measured_at": UTC,
        "measured_definition": pl.String,
        "difference": pl.Float64,
        "difference_percent": pl.Float64,
        "broadcasts": pl.Int64,
        "only_reported": pl.Int64,
        "only_measured": pl.Int64,
        "partial": pl.Int64,
    }
)

#: A row per imported series: what one program told of one broadcast, account or platform, and in
#: which file. ``native_id``: the platform's id; null for a whole account or platform. ``broadcast``:
#: its key in ``history_state``. A value is told every ``resolution_seconds``. ``standing`` is a
#: storage.model.HistoryStanding; readers find out themselves what was measured.
HISTORY = pl.Schema(
    {
        "edition": pl.String,
        "platform": pl.String,
        "account": pl.String,
        "native_id": pl.String,
        "metric": pl.String,
        "source": pl.String,
        "import_id": pl.Int64,
        "name": pl.String,
        "sha256": pl.String,
        "imported_at": UTC,
        "resolution_seconds": pl.Int64,
        "starts_at": UTC,
        "ends_at": UTC,
        "rows": pl.Int64,
        "broadcast": pl.String,
        "standing": pl.String,
    }
)

TABLES: dict[str, pl.Schema] = {
    "editions": EDITIONS,
    "accounts": ACCOUNTS,
    "state": STATE,
    "broadcast_minutes": BROADCAST_MINUTES,
    "edition_minutes": EDITION_MINUTES,
    "gaps": GAPS,
    "corrections": CORRECTIONS,
    "polls": POLLS,
    "health": HEALTH,
    "looks": LOOKS,
    "segments": SEGMENTS,
    "sessions": SESSIONS,
    "reported": REPORTED,
    "imports": IMPORTS,
    "reconciliation": RECONCILIATION,
    "history": HISTORY,
    # Imported history, with the columns of what was measured.
    "history_state": STATE,
    "history_minutes": BROADCAST_MINUTES,
    "history_edition_minutes": EDITION_MINUTES,
    "history_gaps": GAPS,
    "history_segments": SEGMENTS,
}
