"""Folds what one tick saw into what was known: the core of the store, pure polars.

State and ticks in; new state and rows to append out. Nothing here reads a clock or a file, and
folding is the same however snapshots are cut into ticks: the counts of the new state, the sum of
all deltas and the corrections depend only on which snapshots were ever seen.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime

import polars as pl

from storage.definitions import Definition, named
from storage.model import LATE_INTERVALS
from storage.store import frames
from storage.store.counters import BEFORE, carry, corrections, deltas, newest, without_before
from storage.store.frames import COUNT_STATE, COUNTED, POLL_STATE
from storage.store.gaps import ClosedGap, GapState, PollAnswer, update_gap
from storage.tables.build import build_frame

_WATCH = [field.name for field in fields(GapState)]
_KEY = ["broadcast", "observed_at"]

#: What :func:`apply_tick` takes for history when nothing is late.
NO_HISTORY = pl.DataFrame(schema={**frames.SNAPSHOT, "definition": pl.String()})

STORED_COLUMNS = [*frames.SNAPSHOT, "definition"]
#: What of the state is laid beside a snapshot, and how it is called there.
_BESIDE = ["broadcast", "platform", "edition", *POLL_STATE, *BEFORE]
_CALLED = ["platform", "edition", *POLL_STATE, *(f"before_{name}" for name in BEFORE)]
_TOLD_TWICE = pl.all_horizontal(pl.col(name) == pl.col(name).shift(1) for name in _KEY)
_LATE_MICROSECONDS = LATE_INTERVALS * 1_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class JoinedSnapshots:
    """Snapshots laid beside the state they meet.

    ``fresh`` are newer than all that is known of their broadcast. ``late`` are all rows of the
    broadcasts of which some are older: these need the broadcasts' ``history`` to be folded.
    """

    fresh: pl.DataFrame
    late: pl.DataFrame

    @property
    def late_broadcasts(self) -> list[str]:
        """The broadcasts whose history :func:`apply_tick` needs."""
        return self.late["broadcast"].unique().to_list() if self.late.height else []


@dataclass(frozen=True, kw_only=True, slots=True)
class TickResult:
    """What a tick comes to: rows for each table (see :mod:`storage.store.frames`).

    ``carried``, ``newest`` and ``watches`` are what :func:`state_after` makes the new state of.
    """

    snapshots: pl.DataFrame
    deltas: pl.DataFrame
    corrections: pl.DataFrame
    gaps: pl.DataFrame
    carried: pl.DataFrame
    newest: pl.DataFrame
    watches: pl.DataFrame


def join_snapshots(
    state: pl.DataFrame, snapshots: pl.DataFrame, definitions: Sequence[Definition]
) -> JoinedSnapshots:
    """Sort snapshots, drop those that repeat, and lay them beside ``state``.

    Raises:
        ValueError: a snapshot speaks of a broadcast that the state does not hold.
    """
    if snapshots["broadcast"].n_unique() != snapshots.height:
        ordered = snapshots.sort(_KEY, maintain_order=True)
        snapshots = ordered.filter(~_TOLD_TWICE.fill_null(value=False))
    joined = _beside(state, snapshots)
    # Series are compared one by one here and below: on a tick's rows the expressions that would say
    # the same cost ten times as much. Any() passes over nulls, where nothing was known before.
    if (joined["observed_at"] == joined["before_observed_at"]).any():
        joined = joined.filter(pl.col("observed_at").ne_missing(pl.col("before_observed_at")))
    joined = joined.hstack([named(definitions, joined)])
    if not (late := joined["observed_at"] < joined["before_observed_at"]).any():
        return JoinedSnapshots(fresh=joined, late=joined.clear())
    behind = joined.filter(late).select("broadcast").unique()
    return JoinedSnapshots(
        fresh=joined.join(behind, on="broadcast", how="anti", maintain_order="left"),
        late=joined.join(behind, on="broadcast", how="semi", maintain_order="left"),
    )


def _beside(state: pl.DataFrame, snapshots: pl.DataFrame) -> pl.DataFrame:
    """Join what is known of each snapshot's broadcast: the state's order makes it a look-up."""
    beside, keys = state[_BESIDE], snapshots["broadcast"]
    place = beside["broadcast"].search_sorted(keys).alias("place")
    if beside.is_empty():
        beside = beside.clear(1)
    place = place.set(place >= beside.height, 0)
    known = [column[place] for column in beside.get_columns()]
    if not known[0].equals(keys):
        stranger = keys.filter(known[0].ne_missing(keys))[0]
        raise ValueError(f"a snapshot of {stranger}, which no tick has told of")
    columns = zip(known[1:], _CALLED, strict=True)
    return snapshots.hstack([place, *(column.alias(name) for column, name in columns)])


def apply_tick(
    state: pl.DataFrame,
    joined: JoinedSnapshots,
    history: pl.DataFrame,
    *,
    misses: pl.DataFrame,
    opened_at: datetime,
) -> TickResult:
    """Fold placed snapshots and misses into ``state``.

    ``history`` holds every kept snapshot of ``placed.late_broadcasts``; ``opened_at`` is when this
    collector began to watch.
    """
    carried = carry(joined.fresh)
    late = _fold_late(joined.late, history)
    watches, gaps = _watch(state, carried, joined.late, misses, opened_at)
    return TickResult(
        snapshots=late.snapshots,
        deltas=_stack(deltas(carried), late.deltas),
        corrections=_stack(corrections(carried), late.corrections),
        gaps=gaps,
        carried=carried,
        newest=late.newest,
        watches=watches,
    )


def state_after(state: pl.DataFrame, folded: TickResult, dues: pl.DataFrame) -> pl.DataFrame:
    """Return the state after what was ``folded`` into it, and after ``dues``."""
    moved = _moved(state, folded.carried)
    for rows in (folded.newest, folded.watches, dues):
        moved = _overlay(moved, rows)
    return moved


_WATCHED = pl.Schema(
    {
        "broadcast": pl.String(),
        **{name: POLL_STATE[name] for name in POLL_STATE if name.startswith(("gap_", "missed_"))},
    }
)
_NO_WATCHES = pl.DataFrame(schema=_WATCHED)
_NO_GAPS = pl.DataFrame(schema=frames.GAP)


def entered_state(state: pl.DataFrame, counted: pl.DataFrame) -> pl.DataFrame:
    """Return ``state`` with the :data:`frames.COUNTED` rows in it, new ones without counts.

    It is sorted by broadcast and stays so.
    """
    known = state.join(counted, on="broadcast", how="anti")
    changed = counted.join(
        state.drop("platform", "edition"), on="broadcast", how="left", maintain_order="left"
    ).with_columns(pl.col("missed_polls", "gap_missed_polls").fill_null(0))
    return pl.concat([known, changed.select(frames.STATE.names())]).sort("broadcast")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Late:
    newest: pl.DataFrame
    snapshots: pl.DataFrame
    deltas: pl.DataFrame
    corrections: pl.DataFrame


_NOTHING_LATE = _Late(
    newest=pl.DataFrame(),
    snapshots=pl.DataFrame(),
    deltas=pl.DataFrame(),
    corrections=pl.DataFrame(),
)


def _fold_late(rows: pl.DataFrame, history: pl.DataFrame) -> _Late:
    """Compare the whole histories without and with the rows: the difference is what to append.

    For one row between two known ones it is two deltas: its own minute gains what the next minute
    loses, so the total from there on does not move.
    """
    if rows.is_empty():
        return _NOTHING_LATE
    columns = [*STORED_COLUMNS, "platform", "edition"]
    where = rows.select(*COUNTED).unique("broadcast")
    old = history.join(where, on="broadcast", how="inner").select(columns)
    new = rows.join(history, on=_KEY, how="anti", maintain_order="left").select(columns)
    before = carry(without_before(old.sort(_KEY)))
    after = carry(without_before(pl.concat([old, new]).sort(_KEY)))
    difference = (
        pl.concat([deltas(after), deltas(before).with_columns(pl.col("views_delta").neg())])
        .group_by("minute", "edition", "platform")
        .agg(pl.col("views_delta").sum())
        .filter(pl.col("views_delta") != 0)
    )
    return _Late(
        newest=newest(after),
        snapshots=new.select(STORED_COLUMNS),
        deltas=difference,
        corrections=corrections(after),
    )


def _moved(state: pl.DataFrame, carried: pl.DataFrame) -> pl.DataFrame:
    """Put the newest counts in the place of the rows of ``state`` that ``carried`` stood beside."""
    if carried.is_empty():
        return state
    changed = newest(carried, along=("place",))
    rows = pl.int_range(state.height + changed.height, dtype=pl.UInt32, eager=True)
    order = rows.head(state.height).scatter(changed["place"], rows.tail(changed.height))
    return state.with_columns_seq(
        state[name].clone().append(changed[name])[order] for name in COUNT_STATE
    )


def _watch(
    state: pl.DataFrame,
    carried: pl.DataFrame,
    late: pl.DataFrame,
    misses: pl.DataFrame,
    opened_at: datetime,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Follow, one by one, the few broadcasts whose gaps may change."""
    stirred = _stirred(carried)
    if misses.is_empty() and late.is_empty() and stirred.is_empty():
        return _NO_WATCHES, _NO_GAPS
    touched = pl.concat([rows["broadcast"] for rows in (stirred, misses, late)]).unique()
    answers = _answers(carried, late, misses, touched)
    watches: dict[str, GapState] = {}
    closed: list[tuple[str, ClosedGap]] = []
    standing = state.join(touched.to_frame(), on="broadcast", how="semi")
    for row in standing.select("broadcast", *_WATCH).iter_rows(named=True):
        key = row.pop("broadcast")
        watches[key], ended = update_gap(GapState(**row), answers[key], opened_at=opened_at)
        closed += [(key, gap) for gap in ended]
    return _watch_frame(watches), _gap_frame(closed)


def _stirred(carried: pl.DataFrame) -> pl.DataFrame:
    """Return the rows that end a gap or come so late that they leave one."""
    unseen = (carried["observed_at"] - carried["before_observed_at"]).to_physical()
    overdue = unseen > carried["interval_seconds"] * _LATE_MICROSECONDS
    began = carried["gap_started_at"]
    if began.null_count() == carried.height and not overdue.any():
        return carried.clear()
    return carried.filter(overdue.fill_null(value=False) | began.is_not_null())


def _answers(
    carried: pl.DataFrame, late: pl.DataFrame, misses: pl.DataFrame, touched: pl.Series
) -> dict[str, list[PollAnswer]]:
    """Answers of each broadcast in order of time, a miss before a snapshot of the same instant."""
    nothing = pl.lit(None, dtype=pl.String).alias("reason")
    rows = pl.concat(
        [
            misses.select("broadcast", pl.col("missed_at").alias("at"), "reason"),
            carried.select("broadcast", pl.col("observed_at").alias("at"), nothing),
            late.select("broadcast", pl.col("observed_at").alias("at"), nothing),
        ]
    )
    wanted = rows.join(touched.to_frame(), on="broadcast", how="semi", maintain_order="left")
    answers: dict[str, list[PollAnswer]] = {key: [] for key in touched}
    for broadcast, at, reason in wanted.sort("at", maintain_order=True).iter_rows():
        answers[broadcast].append(PollAnswer(at=at, reason=reason))
    return answers


def _watch_frame(watches: dict[str, GapState]) -> pl.DataFrame:
    names = [name for name in _WATCHED if name != "broadcast"]
    columns = {name: [getattr(watch, name) for watch in watches.values()] for name in names}
    return build_frame({"broadcast": list(watches), **columns}, _WATCHED)


def _gap_frame(closed: Iterable[tuple[str, ClosedGap]]) -> pl.DataFrame:
    rows = list(closed)
    names = [name for name in frames.GAP if name != "broadcast"]
    columns = {name: [getattr(gap, name) for _, gap in rows] for name in names}
    return build_frame({"broadcast": [key for key, _ in rows], **columns}, frames.GAP)


def _overlay(state: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Put the columns of ``rows``, nulls included, in place of those of the same broadcasts."""
    if rows.is_empty():
        return state
    return state.update(rows, on="broadcast", how="left", include_nulls=True)


def _stack(rows: pl.DataFrame, more: pl.DataFrame) -> pl.DataFrame:
    return rows if more.is_empty() else pl.concat([rows, more])
