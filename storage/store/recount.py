"""Counts what is derived anew from raw snapshots, in SQL: to move it, to mend it, to check it.

The tick path derives the same in polars (:mod:`storage.store.fold`); that the two agree is what
``livetally storage verify`` tells.
"""

from dataclasses import replace

import polars as pl

from storage.database.connection import Database
from storage.store import frames, segments
from storage.store import state as memory
from storage.store.segments import SEGMENT
from storage.store.state import StoreState


def regroup(database: Database, before: pl.DataFrame, after: pl.DataFrame, tick: int) -> None:
    """Move the growth of broadcasts that now count for another edition, inside a transaction.

    ``before`` and ``after`` are :data:`frames.COUNTED` rows of the same broadcasts.
    """
    for counted, sign in ((before, -1), (after, 1)):
        rows = database.ask("views_deltas", tables={"counted": counted})
        database.append("views_delta", rows.with_columns(pl.col("views_delta") * sign), tick=tick)
    days = database.ask("observed_days", broadcasts=after["broadcast"].to_list())
    database.append("touched_day", days, tick=tick)


def rebuild(database: Database, known: StoreState) -> StoreState:
    """Put recounted deltas, corrections, segments and states in the place of those kept; give the memory."""
    number = known.tick + 1
    counted = known.state.select(*frames.COUNTED)
    database.execute("DELETE FROM views_delta")
    database.append(
        "views_delta", database.ask("views_deltas", tables={"counted": counted}), tick=number
    )
    database.execute("DELETE FROM correction")
    database.append("correction", database.ask("corrections_recount"), tick=number)
    database.append(
        "touched_day",
        database.ask("observed_days", broadcasts=counted["broadcast"].to_list()),
        tick=number,
    )
    state = (
        known.state.drop(frames.COUNT_STATE.names())
        .join(_newest_counts(database), on="broadcast", how="left", maintain_order="left")
        .select(frames.STATE.names())
    )
    memory.merge_state(database, state, number)
    recounted = _segments(database)
    database.execute("DELETE FROM segment")
    database.append("segment", recounted)
    return replace(
        known,
        state=state,
        segments=recounted,
        on_air=segments.on_air(state["broadcast"], recounted),
        tick=number,
        kept_tick=number,
        unkept_rows=0,
    )


def findings(database: Database, known: StoreState) -> list[str]:
    """Say in words where file or memory differs from a recount; an empty list when nowhere."""
    counted = known.state.select(*frames.COUNTED)
    unsound = database.ask("unsound").filter(pl.col("number") > 0)
    problems = [f"{number} {finding}" for finding, number in unsound.iter_rows()]
    stored = database.rows(
        "SELECT minute, edition, platform, sum(views_delta)::BIGINT AS views_delta"
        " FROM views_delta GROUP BY ALL"
    )
    recounted = database.ask("views_deltas", tables={"counted": counted})
    nonzero = pl.col("views_delta") != 0
    problems += _differences(
        "growth by minute", stored.filter(nonzero), recounted.filter(nonzero), [*frames.BY_MINUTE]
    )
    key = ["broadcast", "metric", "observed_at", "before", "after"]
    problems += _differences(
        "corrections",
        database.ask("corrections").select(key),
        database.ask("corrections_recount").select(key),
        key[:3],
    )
    problems += _differences(
        "newest counts",
        known.state.filter(pl.col("observed_at").is_not_null()).select(
            "broadcast", *frames.COUNT_STATE
        ),
        _newest_counts(database),
        ["broadcast"],
    )
    problems += _differences(
        "segments",
        database.rows("SELECT broadcast, started_at, ended_at FROM segment"),
        _segments(database),
        ["broadcast", "started_at"],
    )
    grown, views = stored["views_delta"].sum(), known.state["views"].sum()
    if grown != views:
        problems.append(f"the growth kept sums to {grown}, the newest known views to {views}")
    return problems


def _newest_counts(database: Database) -> pl.DataFrame:
    schema = {"broadcast": pl.String(), **frames.COUNT_STATE}
    return database.ask("newest_counts").select(list(schema)).cast(schema)  # pyright: ignore[reportArgumentType] - a mapping of column to type


def _segments(database: Database) -> pl.DataFrame:
    return database.ask("segments_recount").cast(SEGMENT)  # pyright: ignore[reportArgumentType] - as above


def _differences(
    what: str, stored: pl.DataFrame, recounted: pl.DataFrame, key: list[str]
) -> list[str]:
    """Name how many rows of ``stored`` are not those recounted, and the first of them."""
    columns = recounted.columns
    wrong = stored.select(columns).join(recounted, on=columns, how="anti", nulls_equal=True)
    lacking = recounted.join(stored, on=columns, how="anti", nulls_equal=True)
    odd = pl.concat([wrong, lacking]).select(key).unique().sort(key)
    if odd.is_empty():
        return []
    first = ", ".join(f"{name} {value}" for name, value in zip(key, odd.row(0), strict=True))
    return [f"{what}: {odd.height} rows differ from a recount of the snapshots, first {first}"]
