"""Rows 33 and 34: a log that is damaged anywhere, and the choice between the copies there are."""

import random
import re
import time
from datetime import timedelta

import duckdb
import pytest

from storage.database.log import HEAD, commit_ends, find_log_damage, log_of
from storage.errors import StoreDamaged
from storage.recovery import newest_loss
from tests.support.builders import NOON
from tests.support.damaged_database import KilledDatabase, polls_in, started


@pytest.fixture(scope="module")
def killed(tmp_path_factory) -> KilledDatabase:
    return KilledDatabase(tmp_path_factory.mktemp("killed"), checkpointed=20, logged=40)


def flipped(log: bytes, at: int) -> bytes:
    return log[:at] + bytes([log[at] ^ 0x81]) + log[at + 1 :]


def zeroed(log: bytes, at: int, length: int) -> bytes:
    return log[:at] + bytes(len(log[at : at + length])) + log[at + length :]


def entries(log: bytes) -> list[int]:
    """Where the entries of a log begin, each with its length in eight bytes."""
    starts = [len(HEAD)]
    while starts[-1] < len(log):
        length = int.from_bytes(log[starts[-1] : starts[-1] + 8], "little")
        starts.append(starts[-1] + 16 + length)
    return starts[:-1]


def last(log: bytes) -> int:
    return len(log) - 1


#: How a log is damaged, and where the first damaged byte of what can be read of it is.
DAMAGES = {
    "zeros behind it": lambda log: (log + bytes(4096), len(log)),
    "one transaction's rubbish behind it": lambda log: (log + log[-700:], len(log)),
    "first byte": lambda log: (flipped(log, 0), len(log)),
    "version of its head": lambda log: (flipped(log, 5), len(log)),
    "end of its head": lambda log: (flipped(log, 7), len(log)),
    "head zeroed": lambda log: (zeroed(log, 0, 8), len(log)),
    "first entry's length": lambda log: (flipped(log, 8 + 5), 8),
    "first entry": lambda log: (flipped(log, 30), 30),
    "1 %": lambda log: (flipped(log, len(log) // 100), len(log) // 100),
    "10 %": lambda log: (flipped(log, len(log) // 10), len(log) // 10),
    "60 %": lambda log: (flipped(log, len(log) * 6 // 10), len(log) * 6 // 10),
    "99 %": lambda log: (flipped(log, len(log) * 99 // 100), len(log) * 99 // 100),
    "last byte": lambda log: (flipped(log, last(log)), last(log)),
    "last 512 bytes zeroed": lambda log: (zeroed(log, len(log) - 512, 512), len(log) - 512),
    "last 4,096 bytes zeroed": lambda log: (zeroed(log, len(log) - 4096, 4096), len(log) - 4096),
    "a block in the middle zeroed": lambda log: (zeroed(log, 8192 * 9, 4096), 8192 * 9),
    "10 % and 60 %": lambda log: (
        flipped(flipped(log, len(log) // 10), len(log) * 6 // 10),
        len(log) // 10,
    ),
    "head and 60 %": lambda log: (
        flipped(flipped(log, 1), len(log) * 6 // 10),
        len(log) * 6 // 10,
    ),
    "a length in the middle": lambda log: (
        flipped(log, entries(log)[99] + 6),
        entries(log)[99],
    ),
    "the last commit's length": lambda log: (flipped(log, entries(log)[-1] + 3), entries(log)[-1]),
}


@pytest.mark.fault(row=33)
@pytest.mark.parametrize("damage", DAMAGES)
def test_what_stands_before_the_damage_of_a_log_is_kept(killed, tmp_path, damage, fault_record):
    log, first = DAMAGES[damage](killed.log)
    kept = killed.polls_with(killed.log[:first], tmp_path / "before")
    assert log != killed.log
    path = killed.laid_into(tmp_path / "data", log)
    begun = time.monotonic()
    with started(path, tmp_path / "none") as store:
        took = time.monotonic() - begun
        assert polls_in(store) == kept
    loss = newest_loss(path)
    assert loss is not None
    assert loss.since == NOON + timedelta(minutes=kept)
    aside = path.parent / "quarantine" / loss.quarantine
    assert (aside / path.name).read_bytes() == killed.database
    assert (aside / log_of(path).name).read_bytes() == log
    assert sorted(file.name for file in path.parent.iterdir()) == [
        path.name,
        f"{path.name}.lock",
        "quarantine",
    ]
    fault_record(
        row=33,
        fault="the log of a killed writer is damaged",
        injected=f"{len(DAMAGES)} ways: bytes flipped at 0, 1, 10, 60, 99 % and the last one, lengths, "
        "blocks zeroed, two places, bytes behind it; no backup",
        outcome="every transaction before the first damaged byte is kept, and what may be missing is "
        "dated from there; file and log are put aside as they were",
        recovery_seconds=took,
    )


def test_the_head_and_the_end_of_a_transaction_are_those_that_duckdb_writes(killed):
    assert killed.log.startswith(HEAD)
    assert commit_ends(killed.log)[-1] == len(killed.log)
    assert find_log_damage(killed.log) is None


@pytest.mark.fault(row=33)
def test_the_tail_of_a_transaction_that_was_being_written_costs_no_acknowledged_one(
    killed, tmp_path, fault_record
):
    chance = random.Random(33)
    ends = commit_ends(killed.log)
    torn = 0
    for number in range(20):
        which = chance.randrange(5, len(ends))
        begins, ends_at = ends[which - 1], ends[which]
        cut = chance.randrange(begins + 1, ends_at)
        # Not there, zeroed by the file system, or whatever the disk held before.
        rest = [b"", bytes(ends_at - cut), chance.randbytes(ends_at - cut)][number % 3]
        path = killed.laid_into(tmp_path / f"torn {number}", killed.log[:cut] + rest)
        kept = killed.polls_with(killed.log[:begins], tmp_path / f"kept {number}")
        with started(path, tmp_path / "none") as store:
            assert polls_in(store) == kept
        torn += 1
    assert torn == 20
    fault_record(
        row=33,
        fault="the tail of the log is torn",
        injected="20 times within the last transaction: cut, zeroed, rubbish",
        outcome="every acknowledged transaction is kept",
        recovery_seconds=None,
    )


# Polls in the file alone, up to 60 % of the log, and in all of it: 19, 42 and 58 or so.
@pytest.mark.fault(row=34)
@pytest.mark.parametrize("damage", ["first entry", "60 %", "last byte", "first byte"])
@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 1.0])
def test_the_copy_with_the_newest_poll_is_taken_whatever_it_is(
    killed, tmp_path, damage, share, fault_record
):
    """Of backups that are older than the file, as old as the damage, and newer than both."""
    log, first = DAMAGES[damage](killed.log)
    backups = tmp_path / "backups"
    held = {
        "with": killed.polls_with(killed.log[:first], tmp_path / "before"),
        "alone": killed.polls_with(b"", tmp_path / "alone"),
        "backup": killed.back_up(killed.log[: int(share * len(killed.log))], backups, minute=200),
        "older": killed.back_up(b"", backups, minute=100),
    }
    path = killed.laid_into(tmp_path / "data", log)
    begun = time.monotonic()
    with started(path, backups) as store:
        took = time.monotonic() - begun
        assert polls_in(store) == max(held.values())
    loss = newest_loss(path)
    assert loss is not None
    assert loss.since == NOON + timedelta(minutes=max(held.values()))
    assert {*(other.polls for other in loss.others), max(held.values())} >= set(held.values())
    assert len(loss.others) == len(held) - 1
    fault_record(
        row=34,
        fault="the log is damaged, and backups hold less, as much or more",
        injected="four damages beside two verified backups of four ages; backups that changed, that cannot "
        "be read just now, that are simulated or of a newer version",
        outcome="the copy with the newest poll is taken, at a tie the one with the most; what each other "
        "held, and which could not be read just now, is named in the log, by status and in the note",
        recovery_seconds=took,
    )


def _loop(path):
    """Make every reading of ``path`` fail with ELOOP, for as long as it lasts."""
    path.unlink()
    path.symlink_to(path.name)


@pytest.mark.fault(row=34)
@pytest.mark.parametrize("part", [".duckdb", ".json"])
def test_a_backup_that_cannot_be_read_just_now_is_named(killed, tmp_path, part, caplog):
    backups = tmp_path / "backups"
    killed.back_up(killed.log, backups, minute=200)
    killed.back_up(b"", backups, minute=100)
    [unreadable] = backups.glob(f"*T15*{part}")
    path = killed.laid_into(tmp_path / "data", flipped(killed.log, 30))
    _loop(unreadable)
    with started(path, backups) as store:
        assert polls_in(store) == killed.polls_with(b"", tmp_path / "alone")
    loss = newest_loss(path)
    assert loss is not None
    [named] = [
        other for other in loss.others if other.name == unreadable.with_suffix(".duckdb").name
    ]
    assert re.match(r"it cannot be read just now: .*symbolic links", named.trouble or "")
    assert named.name in caplog.text


@pytest.mark.fault(row=34)
def test_a_folder_of_backups_that_cannot_be_read_is_named_where_nothing_else_is_left(
    killed, tmp_path
):
    path = killed.laid_into(tmp_path / "data", killed.log)
    path.write_bytes(b"rubbish" * 1000)
    (tmp_path / "backups").symlink_to("backups")
    with (
        pytest.raises(StoreDamaged, match=r"backups: it cannot be read just now: .*symbolic links"),
        started(path, tmp_path / "backups"),
    ):
        pass
    assert not (path.parent / "quarantine").exists(), "nothing was touched"
    (tmp_path / "backups").unlink()
    polls = killed.back_up(killed.log, tmp_path / "backups", minute=200)
    with started(path, tmp_path / "backups") as store:
        assert polls_in(store) == polls


@pytest.mark.fault(row=34)
@pytest.mark.parametrize(
    ("change", "trouble"),
    [
        ("UPDATE about SET simulated = false", "it does not hold simulated numbers"),
        ("INSERT INTO migration VALUES (99, 'future', now())", "a newer version wrote it"),
    ],
)
def test_a_backup_that_is_not_for_this_program_is_named_and_not_taken(
    killed, tmp_path, change, trouble
):
    backups = tmp_path / "backups"
    folder = tmp_path / "changed"
    path = killed.laid_into(folder, killed.log)
    with duckdb.connect(str(path)) as connection:
        connection.execute(change)
    other = KilledDatabase.__new__(KilledDatabase)
    other.database = path.read_bytes()
    other.back_up(b"", backups, minute=200)
    damaged = killed.laid_into(tmp_path / "data", flipped(killed.log, len(killed.log) // 2))
    with started(damaged, backups) as store:
        assert 19 <= polls_in(store) < killed.polls_with(killed.log, tmp_path / "all")
    loss = newest_loss(damaged)
    assert loss is not None
    assert trouble in [held.trouble for held in loss.others]
