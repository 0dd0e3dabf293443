"""The chain in the database: the links of ticks, its beginning, and the walk along it.

In the tick's own transaction a link costs a small tick a quarter of its time. So ticks wait for their
links, and all are written before anybody reads them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import datetime

import polars as pl

from storage.chain.links import (
    Head,
    Link,
    Superseded,
    altered_bodies,
    body_of,
    broken_links,
    changes_by_part,
    next_link,
    parts_as_recorded,
    where,
)
from storage.chain.parts import KINDS, part_digests, with_tick
from storage.database.connection import Database
from storage.database.questions import Questions

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
#: A tick, when it was recorded, and the hash of its parts.
_Body = tuple[int, datetime, str]
#: So many rows are hashed at a time.
_ROWS_AT_ONCE = 200_000
#: What waits is hashed in batches: small ones cost by the batch, large ones by the row.
_TICKS_OF_A_BATCH, _ROWS_OF_A_BATCH = 32, 2_000
#: So many ticks may wait for their links.
_TICKS_WAITING = 128
_ENDS = (-(2**63), 2**63 - 1)


@dataclass(frozen=True, kw_only=True, slots=True)
class TickFacts:
    """What a tick brought into the tables of facts, by table."""

    tick: int
    at: datetime
    tables: Mapping[str, pl.DataFrame]


class Chain:
    """The links of an open database, whose newest one's is the ``head``.

    Ticks wait for theirs in memory; at its opening those get them whose process was killed meanwhile.
    """

    def __init__(self, database: Database, *, last_tick: int, at: datetime) -> None:
        """Link what has none, as of ``at``; where there is no link, one over everything that is there.

        Raises:
            StoreUnwritable: the disk refuses.
        """
        self._database = database
        self._waiting: list[TickFacts] = []
        self._batches: list[Future[list[_Body]]] = []
        self._aside = ThreadPoolExecutor(max_workers=1, thread_name_prefix="chain")
        self._newest = last_tick
        links = database.rows("SELECT * FROM chain ORDER BY tick DESC LIMIT 1")
        if links.height:
            self.head = Link(**links.row(0, named=True)).head
            self._append(_unlinked_bodies(database, self.head.tick, last_tick, at))
        else:
            there = _parts(database, begins=last_tick).get(last_tick, {})
            first = next_link(None, last_tick, at, body_of(there.values()))
            self._append_links([first])
            database.checkpoint()

    @property
    def is_behind(self) -> bool:
        """Whether so many ticks wait that their links are due."""
        return self._newest - self.head.tick >= _TICKS_WAITING

    def add(self, facts: TickFacts) -> None:
        """Let the tick that is now the newest wait for its link."""
        self._newest = facts.tick
        self._waiting.append(facts)
        rows = sum(table.height for each in self._waiting for table in each.tables.values())
        if rows >= _ROWS_OF_A_BATCH or len(self._waiting) >= _TICKS_OF_A_BATCH:
            self._hash_aside()

    def write(self) -> None:
        """Write the links of all ticks that wait.

        Raises:
            StoreUnwritable: the disk refuses; they wait on.
        """
        self._hash_aside()
        self._append([body for batch in self._batches for body in batch.result()])
        self._batches.clear()

    def close(self) -> None:
        """End the thread that hashes."""
        self._aside.shutdown()

    def _hash_aside(self) -> None:
        if self._waiting:
            self._batches.append(self._aside.submit(_bodies_of, self._waiting))
            self._waiting = []

    def _append(self, bodies: Iterable[_Body]) -> None:
        links: list[Link] = []
        previous = self.head.hash
        for tick, at, body in bodies:
            links.append(next_link(previous, tick, at, body))
            previous = links[-1].hash
        if links:
            self._append_links(links)

    def _append_links(self, links: Sequence[Link]) -> None:
        rows = pl.DataFrame([asdict(link) for link in links])
        with self._database.transaction():
            self._database.append("chain", rows)
        self.head = links[-1].head


def day_heads(database: Questions, *, days: int) -> list[Head]:
    """Return the last head of each of the newest UTC days in which anything was recorded, oldest first."""
    rows = database.ask("day_heads", days=days)
    return [Head(**row) for row in rows.iter_rows(named=True)]


def begins_at(database: Database) -> int:
    """Return the tick of the first link; all before it counts as of that tick."""
    return int(database.rows("SELECT min(tick) AS tick FROM chain").item())


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
    superseded = _changes(database, begins=begins)
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


def _bodies_of(batch: Sequence[TickFacts]) -> list[_Body]:
    """Hash what ticks brought."""
    digests: dict[int, list[str]] = {facts.tick: [] for facts in batch}
    for kind in KINDS:
        brought = [
            with_tick(facts.tables[kind], facts.tick)
            for facts in batch
            if kind in facts.tables and facts.tables[kind].height
        ]
        if brought:
            for (tick, _), digest in part_digests(kind, pl.concat(brought)).items():
                digests[tick].append(digest)
    return [(facts.tick, facts.at, body_of(digests[facts.tick])) for facts in batch]


def _unlinked_bodies(database: Database, linked: int, last: int, at: datetime) -> list[_Body]:
    """Hash the ticks after the newest that is ``linked``, to the ``last``, from what is in the file."""
    if linked >= last:
        return []
    parts = _parts(database, begins=linked, after=linked)
    changes = changes_by_part(_changes(database, begins=linked))
    bodies: list[_Body] = []
    for tick in range(linked + 1, last + 1):
        recorded = parts_as_recorded(parts.get(tick, {}), changes.get(tick, {}))
        bodies.append((tick, at, body_of(recorded.values())))
    return bodies


def _changes(database: Database, *, begins: int) -> list[Superseded]:
    rows = database.rows(
        "SELECT * REPLACE (greatest(of_tick, $begins) AS of_tick) FROM superseded",
        {"begins": begins},
    )
    return [Superseded(**row) for row in rows.iter_rows(named=True)]


def _parts(database: Database, *, begins: int, after: int = _ENDS[0]) -> Parts:
    """Hash every part of the ticks ``after`` one; ticks before the chain ``begins`` count as its first."""
    parts: Parts = {}
    for kind in KINDS:
        for rows in _rows(database, kind, begins, after):
            for (tick, key), digest in part_digests(kind, rows).items():
                parts.setdefault(tick, {})[kind, key] = digest
    return parts


def _rows(database: Database, kind: str, begins: int, after: int) -> Iterator[pl.DataFrame]:
    """Read a table of facts, parts whole and not too many at once."""
    question = (
        f"SELECT greatest(tick, {begins}) AS tick, {', '.join(KINDS[kind].columns)} FROM {kind}"  # noqa: S608 - a table of ours
        f" WHERE tick > {after}"
    )
    if KINDS[kind].key != "poll_id":
        yield database.rows(question)
        return
    counts = (
        f"SELECT poll_id, count(*) AS rows FROM {kind} WHERE tick > {after}"  # noqa: S608 - as above
        " GROUP BY poll_id ORDER BY poll_id"
    )
    stretch = pl.col("rows").cum_sum() // _ROWS_AT_ONCE
    ends = database.rows(counts).group_by(stretch.alias("stretch")).agg(pl.col("poll_id").max())
    previous = _ENDS[0]
    for last in [*ends["poll_id"].sort().to_list()[:-1], _ENDS[1]]:
        yield database.rows(f"{question} AND poll_id > {previous} AND poll_id <= {last}")
        previous = last
