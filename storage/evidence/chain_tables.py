"""What a bundle carries of the chain, gathered: links, digests of the ticks behind its rows, and rows beside them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from storage.chain.parts import KINDS, part_digests
from storage.evidence.contents import EvidenceTables
from storage.schema import UTC
from storage.snapshot_reader import OBSERVED, SnapshotReader

#: ``before``, the hash before, stands at the first link alone; empty there: the chain begins with it.
#: ``altered``: newer facts or a purge took the place of what the digest is of.
CHAIN_TABLES: dict[str, pl.Schema] = {
    "links": pl.Schema(
        {"tick": pl.Int64(), "recorded_at": UTC, "body": pl.String(), "before": pl.String()}
    ),
    "digests": pl.Schema(
        {
            "tick": pl.Int64(),
            "kind": pl.String(),
            "key": pl.String(),
            "digest": pl.String(),
            "altered": pl.Boolean(),
        }
    ),
    "companions": OBSERVED,
}
ORDER = {
    "links": ("tick",),
    "digests": ("tick", "kind", "key"),
    "companions": ("poll_id", "broadcast", "observed_at"),
}
#: So many rows are hashed at a time.
_ROWS_AT_ONCE = 100_000


@dataclass(frozen=True, kw_only=True, slots=True)
class ChainTables:
    """Each frame as :data:`CHAIN_TABLES` says; ``companions`` are other counts of the bundle's polls."""

    links: pl.DataFrame
    digests: pl.DataFrame
    companions: pl.DataFrame

    def named(self) -> dict[str, pl.DataFrame]:
        """Return the frames by their names, in order."""
        return {
            name: getattr(self, name).select(list(columns)).cast(columns).sort(ORDER[name])
            for name, columns in CHAIN_TABLES.items()
        }


def chain_tables(raw: SnapshotReader, tables: EvidenceTables, until: datetime) -> ChainTables:
    """Gather what proves the snapshots and polls of ``tables``, which are of before ``until``.

    Ticks before the chain began, and after its newest link, are not in it.
    """
    polls = pl.concat([tables.snapshots["poll_id"], tables.polls["poll_id"]]).unique().sort()
    ticks = raw.ticks_of(polls)
    begins, ends = raw.linked_ticks()
    earliest = max(begins, int(ticks["tick"].min() or begins))  # pyright: ignore[reportArgumentType] - a number
    covered = ticks.filter(pl.col("tick") > begins, pl.col("tick") <= ends)
    twice = ticks.filter(pl.col("poll_id").is_duplicated())["poll_id"].unique().cast(pl.String)
    digests = [raw.changed_parts(covered)]
    for kind in KINDS:
        for stretch in stretches(raw.rows_by_tick(kind, covered), "tick"):
            rows = raw.facts(kind, list(KINDS[kind].columns), covered, *stretch)
            digests.append(_digests(kind, rows))
    covered_polls = covered.select("poll_id").unique()
    companions = raw.companions(covered_polls, tables.state["broadcast"].to_list(), until)
    return ChainTables(
        links=raw.links(earliest),
        # What a part was stands before what is left of it.
        digests=pl.concat(digests)
        .unique(["tick", "kind", "key"], keep="first", maintain_order=True)
        # Which rows of such a poll are of which tick stands nowhere in a bundle.
        .with_columns(pl.col("altered") | pl.col("key").is_in(twice.implode())),
        companions=companions,
    )


def stretches(counts: pl.DataFrame, of: str) -> Iterator[tuple[int, int]]:
    """Yield the first and last ``of`` of stretches with some rows each; ``counts`` has them as ``rows``."""
    stretch = (pl.col("rows").cum_sum() // _ROWS_AT_ONCE).alias("stretch")
    both = pl.col(of).min().alias("first"), pl.col(of).max().alias("last")
    ends = counts.sort(of).group_by(stretch, maintain_order=True).agg(both)
    yield from ends.select("first", "last").iter_rows()


def _digests(kind: str, rows: pl.DataFrame) -> pl.DataFrame:
    parts = part_digests(kind, rows)
    return pl.DataFrame(
        [(tick, kind, key, digest, False) for (tick, key), digest in parts.items()],
        schema=CHAIN_TABLES["digests"],
        orient="row",
    )
