"""What the store holds in memory: read from the file when it opens, equal to it ever after."""

from dataclasses import dataclass
from datetime import datetime
from typing import cast

import polars as pl

from storage.database.connection import Database
from storage.definitions import Definition
from storage.definitions import load as load_definitions
from storage.model import Broadcast, Status, Tracked
from storage.store import fold, frames, segments
from storage.store.segments import SEGMENT
from storage.tables.build import build_frame

_KEPT_STATE = ["broadcast", *frames.COUNT_STATE, *frames.POLL_STATE]


@dataclass(kw_only=True, slots=True)
class StoreState:
    """Where every broadcast stands after ``tick``.

    ``kept_tick`` is the newest tick whose whole state is in the file, and ``unkept_rows`` how much
    came after it: that is replayed when the file is opened. ``on_air`` tells of each row of
    ``state`` whether its newest segment goes on.
    ``poll_id`` is the largest that is recorded.
    """

    facts: dict[str, Broadcast]
    state: pl.DataFrame
    segments: pl.DataFrame
    definitions: tuple[Definition, ...]
    opened_at: datetime
    tick: int
    kept_tick: int
    unkept_rows: int
    poll_id: int
    on_air: pl.Series


def counted_edition(broadcast: Broadcast) -> str | None:
    """Return the edition a broadcast's views count for; an upload counts for none."""
    return None if broadcast.status is Status.UPLOAD else broadcast.edition


def counted_state(facts: list[Broadcast]) -> pl.DataFrame:
    """Return :data:`frames.COUNTED` rows of ``facts``."""
    return build_frame(
        {
            "broadcast": [broadcast.key for broadcast in facts],
            "platform": [broadcast.platform for broadcast in facts],
            "edition": [counted_edition(broadcast) for broadcast in facts],
        },
        frames.COUNTED,
    )


def load_state(database: Database, *, opened_at: datetime) -> StoreState:
    """Read the state last kept and replay the ticks since."""
    rows = database.rows("SELECT * FROM broadcast").select(list(frames.FACTS))
    facts = {row["broadcast"]: _broadcast(row) for row in rows.iter_rows(named=True)}
    everywhere = counted_state(list(facts.values()))
    stored = database.rows("SELECT * FROM state")
    kept_tick = _first(stored.select(pl.col("tick").max())) or 0
    state = everywhere.join(
        stored.select(_KEPT_STATE), on="broadcast", how="left", maintain_order="left"
    ).with_columns(pl.col("missed_polls", "gap_missed_polls").fill_null(0))
    state = state.select(frames.STATE.names()).cast(frames.STATE).sort("broadcast")
    seen_on_air = database.rows("SELECT * FROM segment").cast(SEGMENT)  # pyright: ignore[reportArgumentType] - a mapping of column to type
    memory = StoreState(
        facts=facts,
        state=state,
        segments=seen_on_air,
        on_air=segments.on_air(state["broadcast"], seen_on_air),
        definitions=load_definitions(),
        opened_at=opened_at,
        tick=last_tick(database),
        kept_tick=kept_tick,
        unkept_rows=0,
        poll_id=_first(database.ask("last_poll")) or 0,
    )
    _replay(database, memory)
    return memory


def last_tick(database: Database) -> int:
    """Return the number of the newest transaction that recorded something; 0 before the first."""
    return _first(database.ask("last_tick")) or 0


def merge_state(database: Database, state: pl.DataFrame, tick: int) -> None:
    """Write the whole state as of ``tick`` in the place of the one kept, inside a transaction."""
    database.execute("DELETE FROM state")
    database.execute("DELETE FROM due")
    database.append("state", state, tick=tick)


def tracked(memory: StoreState) -> list[Tracked]:
    """Return every broadcast with where its polling stands."""
    columns = ["broadcast", "observed_at", "next_due_at", "interval_seconds", "missed_polls"]
    return [
        Tracked(
            broadcast=memory.facts[key],
            observed_at=observed_at,
            next_due_at=next_due_at,
            interval_seconds=interval_seconds,
            missed_polls=missed_polls,
        )
        for key, observed_at, next_due_at, interval_seconds, missed_polls in memory.state.select(
            columns
        ).iter_rows()
    ]


def _replay(database: Database, memory: StoreState) -> None:
    """Fold again, tick by tick, what was recorded after the state was last kept."""
    since = {"tick": memory.kept_tick}
    snapshots = database.rows("SELECT * FROM snapshot WHERE tick > $tick", since)
    misses = database.rows("SELECT * FROM miss WHERE tick > $tick", since)
    dues = database.rows("SELECT * FROM due WHERE tick > $tick", since)
    parts = [
        snapshots.select("tick", *frames.SNAPSHOT),
        misses.select("tick", *frames.MISS),
        dues.select("tick", *frames.DUE),
    ]
    memory.unkept_rows = sum(rows.height for rows in parts)
    ticks = pl.concat([rows["tick"] for rows in parts]).unique().sort()
    for tick in ticks:
        parts_of_tick = [rows.filter(pl.col("tick") == tick).drop("tick") for rows in parts]
        joined = fold.join_snapshots(memory.state, parts_of_tick[0], memory.definitions)
        behind, history = joined.late_broadcasts, fold.NO_HISTORY
        if behind:
            history = database.ask("history", broadcasts=behind).filter(pl.col("tick") < tick)
        folded = fold.apply_tick(
            memory.state,
            joined,
            history,
            misses=parts_of_tick[1],
            opened_at=memory.opened_at,
        )
        memory.state = fold.state_after(memory.state, folded, parts_of_tick[2])


def _first(rows: pl.DataFrame) -> int | None:
    return rows.item() if rows.height else None


def _broadcast(row: dict[str, object]) -> Broadcast:
    key, status = row.pop("broadcast"), Status(str(row.pop("status")))
    playlists = tuple(cast("list[str]", row.pop("playlists")))
    return Broadcast(key=key, status=status, playlists=playlists, **row)  # pyright: ignore[reportArgumentType] - FACTS types the columns
