"""A small history in a real database, and what a forger does to it by hand."""

# ruff: noqa: S608 - tables of ours

from datetime import timedelta

import duckdb
import polars as pl

from storage.chain.links import body_of, next_link
from storage.chain.parts import KINDS, part_digests
from storage.model import GapReason, Miss, Poll, SetAside, Status, Tick
from storage.store import Store
from tests.support.builders import NOON, broadcast, snapshot

MINUTES = 4


def at(minute):
    return NOON + timedelta(minutes=minute)


def polled(store, minute, **views):
    poll_id = store.next_poll_id()
    poll = Poll(
        poll_id=poll_id,
        platform="youtube",
        purpose="poll",
        source="videos",
        started_at=at(minute),
        finished_at=at(minute),
        asked=len(views),
        answered=len(views),
        requests=1,
        outcome="ok",
        error=None,
    )
    shots = tuple(
        (poll_id, snapshot(f"youtube:{name}", at(minute), views=count, status=Status.LIVE))
        for name, count in views.items()
    )
    return poll_id, poll, shots


def record_history(store):
    """Record six ticks with a row in every table of facts; new facts and a gap among them; return the head."""
    for minute in range(1, MINUTES):
        _, poll, shots = polled(store, minute, A=10 * minute, B=20 * minute)
        store.record(Tick(at=at(minute), polls=(poll,), snapshots=shots))
    poll_id, poll, shots = polled(store, MINUTES, B=100)
    missed = Miss(broadcast="youtube:A", at=at(MINUTES), reason=GapReason.TIMEOUT, poll_id=poll_id)
    aside = SetAside(
        poll_id=poll_id, platform="youtube", broadcast=None, at=at(MINUTES), reason="odd", body="?"
    )
    facts = broadcast("C", title="Another title")
    store.record(
        Tick(
            at=at(MINUTES),
            polls=(poll,),
            snapshots=shots,
            misses=(missed,),
            set_aside=(aside,),
            broadcasts=(facts,),
        )
    )
    _, poll, shots = polled(store, MINUTES + 1, A=110)
    store.record(Tick(at=at(MINUTES + 1), polls=(poll,), snapshots=shots))
    return store.head()


def findings(path, clock, *heads):
    """Walk the chain of a closed store, and look for ``heads`` that stand in live.json."""
    store = Store.reopen(path, now=clock)
    try:
        return [
            line
            for line in store.verify([("live.json", head) for head in heads])
            if line.startswith("tick ")
        ]
    finally:
        store.close()


def change(path, *statements):
    """Write into the closed file by hand."""
    with duckdb.connect(str(path)) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for statement in statements:
            [[changed]] = connection.execute(statement).fetchall()
            assert changed, statement


def rehash(path, since):
    """Do what a forger would who knows all of this: compute the chain anew from a tick on."""
    with duckdb.connect(str(path)) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        links = pl.DataFrame(connection.sql("FROM chain ORDER BY tick").to_arrow_table()).rows()
        previous = None
        for tick, recorded_at, _, digest in links:
            if tick < since:
                previous = digest
                continue
            parts = []
            for kind in KINDS:
                rows = pl.DataFrame(
                    connection.sql(f"FROM {kind} WHERE tick = {tick}").to_arrow_table()
                )
                parts += part_digests(kind, rows).values()
            older = connection.execute(
                f"SELECT kind, digest FROM superseded WHERE of_tick = {tick}"
            ).fetchall()
            anew = body_of([*parts, *(digest for _, digest in older)])
            link = next_link(previous, tick, recorded_at, anew)
            connection.execute(
                "UPDATE chain SET body = ?, hash = ? WHERE tick = ?", [anew, link.hash, tick]
            )
            previous = link.hash


def cut_off(path, tick):
    """Delete all that is newer."""
    with duckdb.connect(str(path)) as connection:
        of_ticks = "SELECT table_name FROM duckdb_columns() WHERE column_name = 'tick'"
        for (table,) in connection.execute(of_ticks).fetchall():
            connection.execute(f"DELETE FROM {table} WHERE tick > {tick}")
