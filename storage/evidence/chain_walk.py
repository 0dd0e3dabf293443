"""Walk along the chain of a bundle: whether its counts and polls are those that were hashed. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from storage.chain.links import Head, body_of, next_link, where
from storage.chain.parts import part_digests
from storage.evidence.chain_tables import ChainTables, stretches
from storage.evidence.contents import EvidenceTables
from storage.snapshot_reader import OBSERVED

#: A poll of the ticks after the newest link may have begun so long before it.
_SLACK = timedelta(minutes=5)
#: So many polls are named; of the others, only how many there are.
_NAMED = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class ChainWalk:
    """What a walk finds, and ``says`` how far it proves anything, on the line of the verdict."""

    findings: list[str]
    says: str


def walk(
    tables: EvidenceTables,
    chain: ChainTables,
    *,
    known_at: datetime,
    own: Head | None,
    is_wanted: bool,
    published: Sequence[tuple[str, Head]],
) -> ChainWalk:
    """Walk from the first link to the ``own`` head of the bundle.

    ``published`` are heads that stand elsewhere, each with where. ``is_wanted``: who signed the own
    one is who has to have.
    """
    total = tables.snapshots.height
    if chain.links.is_empty():
        findings = ["chain/digests.parquet: there are digests and no links"] * (
            not chain.digests.is_empty()
        )
        return ChainWalk(
            findings=findings, says="chain: not proven: no link of it is in the bundle"
        )
    heads = {head.tick: head for head in _heads(chain.links)}
    newest = heads[max(heads)]
    findings = [*_broken(chain, heads), *_misplaced(tables, chain, known_at)]
    if own and (own.tick, own.recorded_at, own.hash) != (
        newest.tick,
        newest.recorded_at,
        newest.hash,
    ):
        findings.append("chain/links.parquet: they do not lead to the head in manifest.json")
    proven = chain.digests.filter(~pl.col("altered"))
    findings += _altered(tables, chain, proven)
    ticks = proven.filter(pl.col("kind") == "snapshot").select(
        "tick", poll_id=pl.col("key").cast(pl.Int64)
    )
    findings += _left_out(tables, chain, ticks)
    counts = tables.snapshots.join(ticks, on="poll_id", how="left")["tick"]
    findings += _unlisted(tables, chain, newest)
    same: list[tuple[str, Head]] = []
    for place, head in published:
        here = heads.get(head.tick)
        if here and (here.hash, here.recorded_at) != (head.hash, head.recorded_at):
            findings.append(f"{where(head)}: its hash is not the one in {place}")
        elif here:
            same.append((place, here))
    if same:
        place, head = max(same, key=lambda each: each[1].tick)
        whose = f"the head of {where(head)} in {place}"
    else:
        head = newest
        whose = f"the bundle's own head, {where(head)}"
        if is_wanted and own:
            whose += ", which the wanted key signed"
    under = int((counts <= head.tick).sum())
    says = f"chain: {under:,} of {total:,} counts are under {whose}"
    if not same and not (is_wanted and own):
        known = (
            "none of the heads that were given is of its ticks" if published else "none was given"
        )
        says += f"; not proven against a published head: {known}"
    elif under < total:
        says += "; the others are not proven"
    return ChainWalk(findings=findings, says=says)


def _heads(links: pl.DataFrame) -> Iterator[Head]:
    """Reckon the hash of each link anew."""
    before: str | None = links["before"][0]
    for tick, recorded_at, body in links.select("tick", "recorded_at", "body").iter_rows():
        link = next_link(before, tick, recorded_at, body)
        before = link.hash
        yield link.head


def _broken(chain: ChainTables, heads: Mapping[int, Head]) -> Iterator[str]:
    """Find links that are missing or tell more than they should, and digests that no body is of."""
    steps = chain.links["tick"].diff().drop_nulls()
    if (steps != 1).any():
        yield "chain/links.parquet: a tick is missing, or stands twice"
    if chain.links["before"][1:].is_not_null().any():
        yield "chain/links.parquet: only its first link tells the hash before"
    bodies = dict(chain.links.select("tick", "body").iter_rows())
    for (tick,), digests in chain.digests.group_by("tick", maintain_order=True):
        number = int(str(tick))
        if number not in bodies:
            yield f"chain/digests.parquet: tick {number} has no link"
        elif body_of(digests["digest"]) != bodies[number]:
            yield f"chain/digests.parquet: {where(heads[number])}: they are not what the chain hashed"


def _altered(tables: EvidenceTables, chain: ChainTables, proven: pl.DataFrame) -> Iterator[str]:
    """Find polls whose rows do not give the digests that the chain hashed."""
    counts = pl.concat([tables.snapshots, chain.companions.select(list(OBSERVED))])
    for kind, rows in (("snapshot", counts), ("poll", tables.polls)):
        of_kind = proven.filter(pl.col("kind") == kind)
        hashed = dict(of_kind.select("key", "digest").iter_rows())
        by_poll = rows.group_by("poll_id").agg(pl.len().alias("rows"))
        name = {"snapshot": "snapshots", "poll": "polls"}[kind]
        wrong: list[str] = []
        for first, last in stretches(by_poll, "poll_id"):
            part = rows.filter(pl.col("poll_id").is_between(first, last)).with_columns(
                tick=pl.lit(0, pl.Int64)
            )
            wrong += [
                key
                for (_, key), digest in part_digests(kind, part).items()
                if key in hashed and hashed[key] != digest
            ]
        yield from _naming(f"tables/{name}.parquet", wrong, "is not what the chain hashed")


def _left_out(tables: EvidenceTables, chain: ChainTables, ticks: pl.DataFrame) -> Iterator[str]:
    """Find polls of the bundle whose counts were hashed and are not in it."""
    there = pl.concat([tables.snapshots["poll_id"], chain.companions["poll_id"]]).unique()
    missing = ticks.join(tables.polls, on="poll_id", how="semi").filter(
        ~pl.col("poll_id").is_in(there.implode())
    )
    polls = [str(poll) for poll in missing["poll_id"].sort()]
    yield from _naming("tables/snapshots.parquet", polls, "has its counts left out")


def _misplaced(tables: EvidenceTables, chain: ChainTables, known_at: datetime) -> Iterator[str]:
    """Find counts of the edition that stand beside it."""
    aside = chain.companions.join(tables.state, on="broadcast", how="semi").filter(
        pl.col("observed_at") <= known_at
    )
    if aside.height:
        yield f"chain/companions.parquet: {aside.height} counts are of the edition's own broadcasts"


def _unlisted(tables: EvidenceTables, chain: ChainTables, newest: Head) -> Iterator[str]:
    """Find counts that must have a digest: taken after the chain began, and before its newest link."""
    first = chain.links.row(0, named=True)
    listed = chain.digests.filter(pl.col("kind") == "snapshot")["key"].cast(pl.Int64)
    loose = tables.snapshots.filter(~pl.col("poll_id").is_in(listed.implode())).filter(
        pl.col("observed_at") <= newest.recorded_at - _SLACK
    )
    if first["before"] is None:
        loose = loose.filter(pl.col("observed_at") > first["recorded_at"])
    polls = [str(poll) for poll in loose["poll_id"].unique().sort()]
    yield from _naming("tables/snapshots.parquet", polls, "has no digest in the chain")


def _naming(file: str, polls: Sequence[str], what: str) -> Iterator[str]:
    for poll in polls[:_NAMED]:
        yield f"{file}: poll {poll} {what}"
    if len(polls) > _NAMED:
        yield f"{file}: and {len(polls) - _NAMED:,} polls more"
