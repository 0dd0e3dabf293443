"""History rewritten in the database by hand, by those who know how it is kept."""

import pytest

from storage.chain.keys import SigningKey
from storage.model import Tick
from storage.store import Store
from tests.support.builders import NOON, broadcast, edition, programme
from tests.support.commands import run_storage
from tests.support.published_hostile import published
from tests.support.rewritten_history import change, cut_off, findings, record_history, rehash


@pytest.fixture
def clock():
    return lambda: NOON


@pytest.fixture
def head(path, clock):
    """Record a history; return the head that was published of it."""
    store = Store.open(path, now=clock, simulated=True)
    store.event.save_programme(programme(), [edition()])
    store.record(Tick(at=NOON, broadcasts=tuple(broadcast(name) for name in "ABC")))
    head = record_history(store)
    store.close()
    assert findings(path, clock, head) == []
    return head


_RAISED = "UPDATE snapshot SET views = 31 WHERE tick = 4 AND views = 30"


@pytest.mark.fault(row=59)
def test_a_count_rewritten_in_the_database_is_found_with_its_tick(path, clock, head, fault_record):
    change(path, _RAISED)
    [finding] = findings(path, clock)
    assert finding == "tick 4 of 2026-05-17 12:03:00 UTC: its rows are not those that were recorded"
    fault_record(
        row=59,
        fault="a count rewritten in the database",
        injected="one `UPDATE` of a snapshot with DuckDB; each other column and table of facts, rows"
        " removed, inserted and swapped, and links of the chain likewise",
        outcome=f"`storage verify` exits 1: *{finding}*",
        recovery_seconds=None,
    )


@pytest.mark.fault(row=60)
def test_a_chain_computed_anew_is_found_by_its_published_head(path, clock, head, fault_record):
    change(path, _RAISED)
    rehash(path, 4)
    assert findings(path, clock) == [], "nothing inside the database can tell"
    [finding] = findings(path, clock, head)
    assert finding == "tick 6 of 2026-05-17 12:05:00 UTC: its hash is not the one in live.json"
    fault_record(
        row=60,
        fault="a count rewritten, and the chain computed anew from there on",
        injected="the `UPDATE`, then every later hash as the program would have written it",
        outcome=f"nothing in the database can tell; against a head that stands elsewhere: *{finding}*",
        recovery_seconds=None,
    )


@pytest.mark.fault(row=61)
def test_newest_ticks_cut_off_are_found_by_the_published_head(path, clock, head, fault_record):
    cut_off(path, 5)
    assert findings(path, clock) == []
    [finding] = findings(path, clock, head)
    assert finding == (
        "tick 6 of 2026-05-17 12:05:00 UTC: the chain ends before, at tick 5; live.json has its head"
    )
    fault_record(
        row=61,
        fault="the newest ticks cut off",
        injected="all rows and links after a tick deleted",
        outcome=f"against a head that stands elsewhere: *{finding}*",
        recovery_seconds=None,
    )


@pytest.mark.fault(row=62)
def test_a_bundle_of_another_signer_is_found(tmp_path, fault_record):
    place = published(tmp_path)
    out = tmp_path / "evidence.zip"
    key = SigningKey.create(place.tokens / "signing-key.pem").public
    made = run_storage(place, "evidence", "--edition", "test-2026", "--out", str(out))
    assert made.exit_code == 0, made.output
    sound = run_storage(place, "evidence", "--check", str(out), "--key", key)
    assert sound.exit_code == 0, sound.output
    (place.tokens / "signing-key.pem").unlink()
    SigningKey.create(place.tokens / "signing-key.pem")
    forged = run_storage(place, "evidence", "--edition", "test-2026", "--out", str(out))
    assert forged.exit_code == 0, forged.output
    assert run_storage(place, "evidence", "--check", str(out)).exit_code == 0
    done = run_storage(place, "evidence", "--check", str(out), "--key", key)
    assert done.exit_code == 1
    assert f"wanted is {key}" in done.stdout
    fault_record(
        row=62,
        fault="a bundle made anew by somebody else",
        injected="sound in itself, signed with another key; signatures taken off, altered, or of a"
        " manifest that was changed with every sum made to fit",
        outcome="`evidence --check --key` exits 1 and names who signed it; without `--key` the verdict"
        " says whose it is, or that it is not signed",
        recovery_seconds=None,
    )
