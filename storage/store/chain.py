"""The chain in the database: a link in each tick's transaction, its beginning, and the walk along it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime

import polars as pl

from storage.chain.links import (
    Head,
    Link,
    Superseded,
    altered_bodies,
    body_of,
    broken_links,
    next_link,
    where,
)
from storage.chain.parts import KINDS, part_digests
from storage.database.connection import Database
from storage.database.questions import Questions
from storage.store.state import StoreState

SUPERSEDED = pl.Schema(
    {
        "of_tick": pl.Int64(),
        "kind": pl.String(),
        "key": pl.String(),
        "digest": pl.String(),
        "remains": pl.String(),
    }
)
#: The digests of each part of each tick, by kind and key.
Parts = dict[int, dict[tuple[str, str], str]]
#: So many rows are hashed at a time.
_ROWS_AT_ONCE = 200_000
_ENDS = (-(2**63), 2**63 - 1)


def begin(database: Database, *, tick: int, at: datetime) -> None:
    """Write the first link, over everything that is there; nothing where the chain has begun."""
    if database.rows("SELECT 1 FROM chain LIMIT 1").height:
        return
    parts = _parts(database, begins=tick)
    link = next_link(None, tick, at, body_of(parts.get(tick, {}).values()))
    with database.transaction():
        append_link(database, link)
    database.checkpoint()


def day_heads(database: Questions, *, days: int) -> list[Head]:
    """Return the last head of each of the newest UTC days in which anything was recorded, oldest first."""
    rows = database.ask("day_heads", days=days)
    return [Head(**row) for row in rows.iter_rows(named=True)]


def begins_at(database: Database) -> int:
    """Return the tick of the first link; all before it counts as of that tick."""
    return int(database.rows("SELECT min(tick) AS tick FROM chain").item())


def seal(database: Database, after: StoreState, link: Link) -> StoreState:
    """Add the ``link`` of the tick that led to ``after``, inside its transaction."""
    append_link(database, link)
    return replace(after, head=link.head)


def link_tick(known: StoreState, at: datetime, tables: Mapping[str, pl.DataFrame]) -> Link:
    """Return the link of the tick that brings ``tables`` to what is ``known``."""
    number = known.tick + 1
    digests = [
        digest
        for kind, rows in tables.items()
        for digest in part_digests(kind, rows, tick=number).values()
    ]
    return next_link(known.head.hash, number, at, body_of(digests))


def append_link(database: Database, link: Link) -> None:
    """Add a link, inside a transaction."""
    values = {name: getattr(link, name) for name in ("tick", "recorded_at", "body", "hash")}
    database.execute("INSERT INTO chain VALUES ($tick, $recorded_at, $body, $hash)", values)


def replaced_facts(facts: pl.DataFrame) -> pl.DataFrame:
    """Return the :data:`SUPERSEDED` rows of facts that newer ones take the place of."""
    return _superseded(
        (tick, "broadcast", key, digest, None)
        for (tick, key), digest in part_digests("broadcast", facts).items()
    )


def purged_snapshots(database: Database, gone: pl.DataFrame) -> pl.DataFrame:
    """Return the :data:`SUPERSEDED` rows of the parts that snapshots were deleted from."""
    begins = begins_at(database)
    clamped = gone.with_columns(pl.max_horizontal("tick", pl.lit(begins)).alias("tick"))
    parts = clamped.select("tick", "poll_id").unique()
    left = database.ask("snapshots_of_parts", tables={"parts": parts}, begins=begins)
    before = part_digests("snapshot", pl.concat([clamped, left.select(clamped.columns)]))
    after = part_digests("snapshot", left)
    return _superseded(
        (part[0], "snapshot", part[1], digest, after.get(part)) for part, digest in before.items()
    )


def findings(database: Database, published: Iterable[tuple[str, Head]] = ()) -> Iterator[str]:
    """Walk the chain and say where it or its rows were changed.

    ``published`` are heads that stand elsewhere, each with where: all are in an unchanged chain.
    """
    links = [
        Link(**row)
        for row in database.rows("SELECT * FROM chain ORDER BY tick, hash").rows(named=True)
    ]
    if not links:
        yield "the chain has no link"
        return
    yield from broken_links(links)
    begins = links[0].tick
    changes = database.rows(
        "SELECT * REPLACE (greatest(of_tick, $begins) AS of_tick) FROM superseded",
        {"begins": begins},
    )
    superseded = [Superseded(**row) for row in changes.iter_rows(named=True)]
    yield from altered_bodies(links, _parts(database, begins=begins), superseded)
    hashes = {link.tick: link.hash for link in links}
    for place, head in published:
        if head.tick < begins:
            yield f"{where(head)}: the chain begins later, at tick {begins}; {place} has its head"
        elif head.tick not in hashes:
            yield f"{where(head)}: the chain ends before, at tick {links[-1].tick}; {place} has its head"
        elif hashes[head.tick] != head.hash:
            yield f"{where(head)}: its hash is not the one in {place}"


def _superseded(rows: Iterable[tuple[int, str, str, str, str | None]]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=SUPERSEDED, orient="row")


def _parts(database: Database, *, begins: int) -> Parts:
    """Hash every part that is there; ticks before the chain ``begins`` count as the first."""
    parts: Parts = {}
    for kind in KINDS:
        for rows in _rows(database, kind, begins):
            for (tick, key), digest in part_digests(kind, rows).items():
                parts.setdefault(tick, {})[kind, key] = digest
    return parts


def _rows(database: Database, kind: str, begins: int) -> Iterator[pl.DataFrame]:
    """Read a table of facts, parts whole and not too many at once."""
    question = (
        f"SELECT greatest(tick, {begins}) AS tick, {', '.join(KINDS[kind].columns)} FROM {kind}"  # noqa: S608 - a table of ours
    )
    if KINDS[kind].key != "poll_id":
        yield database.rows(question)
        return
    counts = f"SELECT poll_id, count(*) AS rows FROM {kind} GROUP BY poll_id ORDER BY poll_id"  # noqa: S608 - as above
    stretch = pl.col("rows").cum_sum() // _ROWS_AT_ONCE
    ends = database.rows(counts).group_by(stretch.alias("stretch")).agg(pl.col("poll_id").max())
    after = _ENDS[0]
    for last in [*ends["poll_id"].sort().to_list()[:-1], _ENDS[1]]:
        yield database.rows(f"{question} WHERE poll_id > {after} AND poll_id <= {last}")
        after = last
