"""Writes one tick inside the store's transaction, and gives the memory that is true after it."""

from dataclasses import dataclass, replace

import polars as pl

from storage import fold, frames, memory, recount
from storage.database import Database
from storage.memory import Memory
from storage.model import Broadcast, Tick

#: After so many snapshots, misses and dues the whole state is kept, so that opening stays quick.
KEEP_AFTER_ROWS = 100_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Prepared:
    """A tick as frames. ``broadcasts`` are only those whose facts are new or differ."""

    tick: Tick
    broadcasts: dict[str, Broadcast]
    snapshots: pl.DataFrame
    misses: pl.DataFrame
    dues: pl.DataFrame


def prepare(known: Memory, tick: Tick) -> Prepared:
    """Turn ``tick`` into frames.

    Raises:
        ValueError: it speaks of a broadcast that no tick has told of.
    """
    told = {broadcast.key: _cleaned(broadcast) for broadcast in tick.broadcasts}
    changed = {key: facts for key, facts in told.items() if known.facts.get(key) != facts}
    prepared = Prepared(
        tick=tick,
        broadcasts=changed,
        snapshots=frames.snapshots(tick.snapshots),
        misses=frames.misses(tick.misses),
        dues=frames.dues(tick.dues),
    )
    for key in (*prepared.misses["broadcast"], *prepared.dues["broadcast"]):
        if key not in known.facts and key not in changed:
            raise ValueError(f"a miss or a due of {key}, which no tick has told of")
    return prepared


def write(database: Database, known: Memory, seen: Prepared) -> Memory:
    """Append what ``seen`` comes to and give the memory after it; ``known`` is left as it was."""
    number = known.tick + 1
    state = _enter(database, known, seen.broadcasts, number)
    placed = fold.place(state, seen.snapshots, known.definition)
    behind = placed.late_broadcasts
    folded = fold.fold(
        state,
        placed,
        database.ask("history", broadcasts=behind) if behind else fold.NO_HISTORY,
        misses=seen.misses,
        dues=seen.dues,
        opened_at=known.opened_at,
    )
    if behind:
        database.execute(
            "DELETE FROM correction WHERE broadcast IN (SELECT unnest($broadcasts))",
            {"broadcasts": behind},
        )
    database.append("snapshot", folded.snapshots, tick=number)
    database.append("views_delta", folded.deltas, tick=number)
    database.append("correction", folded.corrections, tick=number)
    database.append("gap", folded.gaps, tick=number)
    database.append("miss", seen.misses, tick=number)
    database.append("due", seen.dues, tick=number)
    _log(database, seen.tick, number)
    rows = known.unkept_rows + seen.snapshots.height + seen.misses.height + seen.dues.height
    whole = rows >= KEEP_AFTER_ROWS
    if whole:
        memory.keep(database, folded.state, number)
    return replace(
        known,
        facts=known.facts | seen.broadcasts if seen.broadcasts else known.facts,
        state=folded.state,
        tick=number,
        kept_tick=number if whole else known.kept_tick,
        unkept_rows=0 if whole else rows,
        ticked_at=max(known.ticked_at or seen.tick.at, seen.tick.at),
        poll_id=max(known.poll_id, *_poll_ids(seen.tick), 0),
    )


def _enter(
    database: Database, known: Memory, changed: dict[str, Broadcast], number: int
) -> pl.DataFrame:
    """Write changed facts; give the state with the broadcasts in it, counted where they now do."""
    if not changed:
        return known.state
    moved = [
        key
        for key, facts in changed.items()
        if key in known.facts
        and memory.counted_edition(facts) != memory.counted_edition(known.facts[key])
    ]
    after = memory.counted(list(changed.values()))
    if moved:
        before = known.state.filter(pl.col("broadcast").is_in(moved)).select(*frames.COUNTED)
        recount.regroup(database, before, after.filter(pl.col("broadcast").is_in(moved)), number)
    database.execute(
        "DELETE FROM broadcast WHERE broadcast IN (SELECT unnest($broadcasts))",
        {"broadcasts": list(changed)},
    )
    database.append("broadcast", frames.facts(list(changed.values())), tick=number)
    return fold.entered(known.state, after)


def _log(database: Database, tick: Tick, number: int) -> None:
    database.execute(
        "INSERT INTO tick (tick, ticked_at) VALUES ($tick, $ticked_at)",
        {"tick": number, "ticked_at": tick.at},
    )
    database.append("poll", frames.polls(tick.polls), tick=number)
    database.append("set_aside", frames.set_aside(tick.set_aside), tick=number)


def _poll_ids(tick: Tick) -> list[int]:
    return [poll.poll_id for poll in tick.polls] + [poll_id for poll_id, _ in tick.snapshots]


def _cleaned(broadcast: Broadcast) -> Broadcast:
    title = frames.clean_text(broadcast.title, characters=frames.TITLE_CHARACTERS)
    return broadcast if title == broadcast.title else replace(broadcast, title=title)
