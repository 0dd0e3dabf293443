"""Writes one tick inside the store's transaction, and works out the memory true after it."""

from concurrent.futures import Executor, Future
from dataclasses import dataclass, replace
from datetime import datetime

import polars as pl

from storage.database.connection import Database
from storage.model import Broadcast, Tick
from storage.store import chain, fold, frames, recount, segments
from storage.store import state as memory
from storage.store.chain import TickFacts
from storage.store.state import StoreState
from storage.tables.build import clean_text

#: After so many snapshots, misses and dues the whole state is kept, so that opening stays quick.
KEEP_AFTER_ROWS = 100_000


_NO_FACTS = pl.DataFrame(schema=frames.FACTS)
_NONE_SUPERSEDED = pl.DataFrame(schema=chain.SUPERSEDED)


@dataclass(frozen=True, kw_only=True, slots=True)
class TickRows:
    """A tick as frames. ``broadcasts`` are only those whose facts are new or differ."""

    at: datetime
    broadcasts: dict[str, Broadcast]
    snapshots: pl.DataFrame
    misses: pl.DataFrame
    dues: pl.DataFrame
    polls: pl.DataFrame
    set_aside: pl.DataFrame


def prepare_tick(known: StoreState, tick: Tick) -> TickRows:
    """Turn ``tick`` into frames.

    Raises:
        ValueError: it speaks of a broadcast that no tick has told of.
    """
    broadcasts = {broadcast.key: _cleaned(broadcast) for broadcast in tick.broadcasts}
    changed = {key: facts for key, facts in broadcasts.items() if known.facts.get(key) != facts}
    prepared = TickRows(
        at=tick.at,
        broadcasts=changed,
        snapshots=frames.snapshots(tick.snapshots),
        misses=frames.misses(tick.misses),
        dues=frames.dues(tick.dues),
        polls=frames.polls(tick.polls),
        set_aside=frames.set_aside(tick.set_aside),
    )
    for key in (*prepared.misses["broadcast"], *prepared.dues["broadcast"]):
        if key not in known.facts and key not in changed:
            raise ValueError(f"a miss or a due of {key}, which no tick has told of")
    return prepared


def write_tick(
    database: Database, known: StoreState, tick_rows: TickRows, *, aside: Executor
) -> tuple[Future[StoreState], TickFacts | None]:
    """Append what ``tick_rows`` comes to; ``known`` is left as it was.

    The memory after it is worked out ``aside``, while the caller waits for the disk to commit. The
    facts are None where the tick left nothing in the file, and so has no number.
    """
    number = known.tick + 1
    state, facts, superseded = _enter(database, known, tick_rows.broadcasts, number)
    joined = fold.join_snapshots(state, tick_rows.snapshots, known.definitions)
    behind = joined.late_broadcasts
    history = database.ask("history", broadcasts=behind) if behind else fold.NO_HISTORY
    # Both take long enough that a second core is worth its thread.
    folding = aside.submit(
        fold.apply_tick, state, joined, history, misses=tick_rows.misses, opened_at=known.opened_at
    )
    fresh = joined.fresh[fold.STORED_COLUMNS]
    database.append("snapshot", fresh, tick=number)
    folded = folding.result()
    if behind:
        database.execute(
            "DELETE FROM correction WHERE broadcast IN (SELECT unnest($broadcasts))",
            {"broadcasts": behind},
        )
    tables = {
        "snapshot": folded.snapshots,
        "views_delta": folded.deltas,
        "correction": folded.corrections,
        "gap": folded.gaps,
        "miss": tick_rows.misses,
        "due": tick_rows.dues,
        "poll": tick_rows.polls,
        "set_aside": tick_rows.set_aside,
    }
    for table, rows in tables.items():
        database.append(table, rows, tick=number)
    on_air = known.on_air
    if state is not known.state:
        on_air = segments.on_air(state["broadcast"], known.segments)
    stretches, turned = segments.update_segments(
        known.segments, joined.fresh, on_air[joined.fresh["place"]], joined.late, history
    )
    if turned:
        whose = {"broadcasts": turned}
        database.execute(
            "DELETE FROM segment WHERE broadcast IN (SELECT unnest($broadcasts))", whose
        )
        database.append("segment", stretches.filter(pl.col("broadcast").is_in(turned)))
        on_air = segments.on_air(state["broadcast"], stretches)
    appended = joined.fresh.height + sum(rows.height for rows in tables.values())
    if not tick_rows.broadcasts and not appended:
        # The number of a tick that left nothing in the file would not be there again.
        return aside.submit(lambda: known), None
    turning = replace(known, segments=stretches, on_air=on_air)
    after = aside.submit(_after, turning, tick_rows, state, folded, appended=appended)
    if known.unkept_rows + appended >= KEEP_AFTER_ROWS:
        memory.merge_state(database, after.result().state, number)
    late = folded.snapshots
    brought = {
        "snapshot": pl.concat([fresh, late]) if late.height else fresh,
        "gap": folded.gaps,
        "miss": tick_rows.misses,
        "poll": tick_rows.polls,
        "set_aside": tick_rows.set_aside,
        "broadcast": facts,
        "superseded": superseded,
    }
    return after, TickFacts(tick=number, at=tick_rows.at, tables=brought)


def _after(
    known: StoreState,
    tick_rows: TickRows,
    state: pl.DataFrame,
    folded: fold.TickResult,
    *,
    appended: int,
) -> StoreState:
    """Return the memory after a tick that ``appended`` rows to the file; segments are followed."""
    unkept = known.unkept_rows + appended
    is_due = unkept >= KEEP_AFTER_ROWS
    return replace(
        known,
        facts=known.facts | tick_rows.broadcasts if tick_rows.broadcasts else known.facts,
        state=fold.state_after(state, folded, tick_rows.dues),
        tick=known.tick + 1,
        kept_tick=known.tick + 1 if is_due else known.kept_tick,
        unkept_rows=0 if is_due else unkept,
        poll_id=_largest(known.poll_id, tick_rows.snapshots, tick_rows.misses, tick_rows.polls),
    )


def _enter(
    database: Database, known: StoreState, changed: dict[str, Broadcast], number: int
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Write changed facts.

    Return the state with the broadcasts in it, counted where they now do, the facts, and what of
    the chain they supersede.
    """
    if not changed:
        return known.state, _NO_FACTS, _NONE_SUPERSEDED
    moved = [
        key
        for key, facts in changed.items()
        if key in known.facts
        and memory.counted_edition(facts) != memory.counted_edition(known.facts[key])
    ]
    after = memory.counted_state(list(changed.values()))
    if moved:
        before = known.state.filter(pl.col("broadcast").is_in(moved)).select(*frames.COUNTED)
        recount.regroup(database, before, after.filter(pl.col("broadcast").is_in(moved)), number)
    older = database.rows(
        "DELETE FROM broadcast WHERE broadcast IN (SELECT unnest($broadcasts)) RETURNING *",
        {"broadcasts": list(changed)},
    )
    superseded, facts = chain.replaced_facts(older), frames.facts(list(changed.values()))
    database.append("broadcast", facts, tick=number)
    database.append("superseded", superseded, tick=number)
    return fold.entered_state(known.state, after), facts, superseded


def _largest(known: int, *parts: pl.DataFrame) -> int:
    numbers = [part["poll_id"].max() for part in parts]
    return max(known, *(number for number in numbers if isinstance(number, int)), known)


def _cleaned(broadcast: Broadcast) -> Broadcast:
    title = clean_text(broadcast.title, characters=frames.TITLE_CHARACTERS)
    description = clean_text(broadcast.description, characters=frames.DESCRIPTION_CHARACTERS)
    if (title, description) == (broadcast.title, broadcast.description):
        return broadcast
    return replace(broadcast, title=title, description=description)
