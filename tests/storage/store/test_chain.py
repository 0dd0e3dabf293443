"""Every change of a row or a link of what was recorded is a finding with its tick and time."""

# ruff: noqa: S608 - tables of ours

import shutil
from pathlib import Path

import duckdb
import pytest

from storage.chain.links import Head
from storage.chain.parts import KINDS
from storage.model import Tick
from storage.store import Store, chain
from tests.support.builders import broadcast, snapshot
from tests.support.rewritten_history import MINUTES, at, change, findings, record_history


@pytest.fixture
def recorded(store):
    """Close the store; return the head of its chain."""
    head = record_history(store)
    assert store.verify() == []
    store.close()
    return head


_ALTERED = {
    "VARCHAR": "coalesce({0}, '') || 'x'",
    "BIGINT": "coalesce({0}, 0) + 1",
    "TIMESTAMP WITH TIME ZONE": "coalesce({0}, TIMESTAMPTZ '2026-05-17 12:00:00+00') + INTERVAL 1 SECOND",
    "VARCHAR[]": "list_append({0}, 'x')",
}
INSERTED = (
    "INSERT INTO snapshot SELECT * REPLACE (observed_at + INTERVAL 1 SECOND AS observed_at)"
    " FROM snapshot WHERE tick = 3"
)
FACTS = [kind for kind in KINDS if kind != "purge"]


@pytest.fixture
def findings_after(recorded, path, clock):
    """Change the open database, walk the chain, and take the change back."""
    store = Store.reopen(path, now=clock)
    with store.reading() as (database, _):

        def walked(*statements):
            database.execute("BEGIN")
            try:
                for statement in statements:
                    assert database.rows(f"{statement} RETURNING 1").height, (
                        f"nothing changed: {statement}"
                    )
                return list(chain.findings(database))
            finally:
                database.execute("ROLLBACK")

        walked.database = database
        yield walked
    store.close()


@pytest.mark.parametrize("kind", FACTS)
def test_a_changed_column_of_any_row_is_found(findings_after, kind):
    types = dict(findings_after.database.rows(f"DESCRIBE {kind}").rows_by_key("column_name"))
    types = {name: described[0][0] for name, described in types.items()}
    for column in ("tick", *KINDS[kind].columns):
        altered = _ALTERED[types[column]].format(column)
        newest = f"(SELECT max(rowid) FROM {kind})"
        assert findings_after(f"UPDATE {kind} SET {column} = {altered} WHERE rowid = {newest}"), (
            column
        )


@pytest.mark.parametrize("column", ["tick", "recorded_at", "body", "hash"])
def test_a_changed_link_is_found(findings_after, column):
    altered = {"tick": "tick + 100", "recorded_at": "recorded_at + INTERVAL 1 SECOND"}
    value = altered.get(column, f"reverse({column})")
    assert findings_after(f"UPDATE chain SET {column} = {value} WHERE tick = 3")


@pytest.mark.parametrize(
    ("statements", "tick"),
    [
        (["DELETE FROM snapshot WHERE tick = 3 AND broadcast = 'youtube:A'"], 3),
        ([INSERTED], 3),
        (["DELETE FROM snapshot WHERE tick = 3", "DELETE FROM poll WHERE tick = 3",
          "DELETE FROM chain WHERE tick = 3"], 4),
        (["UPDATE snapshot SET tick = 7 - tick WHERE tick IN (3, 4)"], 3),
        (["UPDATE chain SET tick = 7 - tick WHERE tick IN (3, 4)"], 3),
        (["UPDATE broadcast SET edition = 'other' WHERE broadcast = 'youtube:B'"], 1),
        (["UPDATE superseded SET digest = reverse(digest)"], 1),
        (["DELETE FROM superseded"], 1),
        (["DELETE FROM broadcast WHERE broadcast = 'youtube:C'"], 5),
        (["UPDATE miss SET reason = 'late'"], 5),
        (["DELETE FROM gap"], 6),
    ],
)  # fmt: skip
def test_what_was_removed_inserted_or_swapped_is_found_with_its_tick(
    findings_after, statements, tick
):
    assert any(line.startswith(f"tick {tick} of ") for line in findings_after(*statements))


def test_a_chain_that_was_begun_anew_is_found_by_a_head_that_stands_elsewhere(
    recorded, path, clock
):
    change(path, "UPDATE snapshot SET views = 31 WHERE tick = 4 AND views = 30")
    change(path, "DELETE FROM chain", "DELETE FROM superseded")
    assert findings(path, clock) == []
    older = Head(tick=3, recorded_at=at(2), hash=recorded.hash)
    assert len(findings(path, clock, older)) == 1
    assert len(findings(path, clock, recorded)) == 1


def test_a_purge_leaves_the_hash_of_what_went_and_the_rest_is_still_proved(recorded, path, clock):
    store = Store.reopen(path, now=clock)
    gone = store.purge("youtube", before=at(MINUTES + 1), at=at(10))
    assert gone
    assert store.verify([("live.json", recorded), ("backup", store.head())]) == []
    with store.reading() as (database, _):
        parts = "SELECT of_tick FROM superseded WHERE remains IS NOT NULL"
        [left] = database.rows(parts)["of_tick"]
        database.execute("BEGIN")
        database.execute(f"UPDATE snapshot SET views = views + 1 WHERE tick = {left}")
        assert any("is not what tick" in line for line in chain.findings(database))
        database.execute("ROLLBACK")
    assert store.purge("youtube", before=at(MINUTES + 2), at=at(20)), "that part shrinks again"
    assert store.verify([("live.json", recorded), ("backup", store.head())]) == []
    store.close()


def bodies(path):
    with duckdb.connect(str(path), read_only=True) as connection:
        return dict(connection.execute("SELECT tick, body FROM chain").fetchall())


def killed_copy(path, folder):
    """Copy the open database as it is after a kill: file and log."""
    return Path(shutil.copytree(path.parent, folder)) / path.name


def test_ticks_whose_process_was_killed_are_linked_at_the_next_opening(
    store, path, clock, tmp_path
):
    linked = store.head().tick
    record_history(store)  # new facts, a gap and all that a tick can bring
    store.record(Tick(at=at(9), broadcasts=(broadcast("A", title="Newer"),)))
    store.record(Tick(at=at(9), broadcasts=(broadcast("A", title="Newest"),)))
    store.purge("youtube", before=at(2), at=at(10))
    store.rebuild_rollups()
    killed = killed_copy(path, tmp_path / "killed")
    assert max(bodies(killed)) < store.head().tick, "nothing waited for its link"
    store.close()
    again = Store.reopen(killed, now=clock)
    assert again.verify() == []
    again.close()
    assert bodies(killed) == bodies(path)
    assert len(bodies(path)) > linked + 7


def test_what_is_published_or_copied_has_its_link(store, path, clock, tmp_path):
    with store.view() as view:
        assert max(view.file.rows("SELECT tick FROM chain")["tick"]) == view.memory.tick
    store.record(Tick(at=at(1), snapshots=((1, snapshot("youtube:A", at(1))),)))
    copy = store.back_up(tmp_path / "backups").path
    assert max(bodies(copy)) == store.tick()


def test_no_more_than_so_many_ticks_wait(store, path, tmp_path):
    for minute in range(300):
        store.record(Tick(at=at(minute), snapshots=((1, snapshot("youtube:A", at(minute))),)))
    assert store.tick() - max(bodies(killed_copy(path, tmp_path / "killed"))) < 128


def test_links_without_a_row_of_facts_are_walked_too(recorded, path, clock):
    store = Store.reopen(path, now=clock)
    store.rebuild_rollups()
    assert store.head().tick == recorded.tick + 1
    assert store.verify([("live.json", recorded)]) == []
    store.close()


def test_rows_late_twice_or_of_many_polls_in_any_order_are_walked(store):
    late = snapshot("youtube:A", at(0), views=1)
    shots = [(7, snapshot(f"youtube:{name}", at(2), views=5)) for name in "CAB"]
    store.record(Tick(at=at(2), snapshots=tuple(shots)))
    store.record(
        Tick(at=at(3), snapshots=((9, late), (8, late), (8, snapshot("youtube:B", at(3)))))
    )
    store.record(Tick(at=at(3), snapshots=((9, late),)))
    assert store.verify() == []


def test_an_older_database_begins_its_chain_over_all_that_is_there(recorded, path, clock):
    change(path, "DELETE FROM chain", "DELETE FROM superseded")
    store = Store.reopen(path, now=clock)
    begun = store.head()
    assert begun.tick == recorded.tick
    store.record(Tick(at=at(9), broadcasts=(broadcast("A", title="New"),)))
    store.purge("youtube", before=at(4), at=at(10))
    assert store.verify([("live.json", begun)]) == []
    store.close()
    change(path, "UPDATE snapshot SET likes = 1 WHERE tick = 5")
    assert findings(path, clock)[0].startswith("tick 6 of 2026-05-17 12:00:00 UTC: ")


def test_the_order_and_place_of_rows_in_the_file_do_not_matter(recorded, path, clock):
    with duckdb.connect(str(path)) as connection:
        for table in (*KINDS, "chain"):
            connection.execute(f"CREATE TABLE copied AS FROM {table} ORDER BY hash(rowid)")
            connection.execute(f"DELETE FROM {table}")
            connection.execute(f"INSERT INTO {table} FROM copied")
            connection.execute("DROP TABLE copied")
    assert findings(path, clock, recorded) == []
