"""Row 63: every command on a disk that refuses, and again when it does not."""

import json
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.test_disk_full import fill
from tests.support.command_process import quiet_config, run_commands

pytestmark = pytest.mark.fault(row=63)


def remounted(folder: Path, options: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{options}", str(folder)], check=True)


def full(folder: Path) -> Callable[[], None]:
    return fill(folder).unlink


def read_only(folder: Path) -> Callable[[], None]:
    remounted(folder, "ro")
    return lambda: remounted(folder, "rw")


def without_inodes(folder: Path) -> Callable[[], None]:
    status = os.statvfs(folder)
    remounted(folder, f"nr_inodes={status.f_files - status.f_ffree}")
    assert os.statvfs(folder).f_ffree == 0
    return lambda: remounted(folder, "nr_inodes=100000")


@pytest.mark.parametrize("refuse", [full, read_only, without_inodes])
def test_every_command_exits_3_with_path_and_remedy_and_works_when_it_may_be_written(
    small_disk, tmp_path, refuse, fault_record
):
    config, first = quiet_config(small_disk / "known"), quiet_config(small_disk / "new")
    table = tmp_path / "figures.csv"
    table.touch()
    reads = [["collect", "discover"], ["storage", "report", "--edition", "fair-2023"]]
    writes = [
        ["collect", "once"],
        ["storage", "backup"],
        ["storage", "republish"],
        ["storage", "import", table],
        ["storage", "export", "--edition", "fair-2023", "--out", small_disk / "rows.csv"],
        ["dashboard", "publish"],
    ]
    at_first = [
        ["--config", first, *words]
        for words in (["collect", "run"], ["storage", "import", table], ["dashboard", "publish"])
    ]
    last = [["collect", "run"], ["demo", "--folder", small_disk / "demo"]]
    prepared = run_commands(config, ["collect", "once"], ["dashboard", "publish"], *reads)
    assert [code for code, _ in prepared[:2]] == [0, 0], prepared

    allow = refuse(small_disk)
    refused = [*writes, *at_first, *last]
    answers = run_commands(config, *reads, ["storage", "verify"], *refused)
    allow()

    reading, (verified, text) = answers[: len(reads)], answers[len(reads)]
    assert [code for code, _ in reading] == [code for code, _ in prepared[2:]], "reading goes on"
    assert verified in {0, 3}, text
    assert "Traceback" not in text
    for words, (code, text) in zip(refused, answers[len(reads) + 1 :], strict=True):
        assert "Traceback" not in text, (words, text)
        assert code == 3, (words, code, text)
        assert str(small_disk) in text, (words, text)
        assert "make room" in text, (words, text)
    begun = time.monotonic()
    again = [words for words in writes if words[1] != "import"]
    *done, (code, text) = run_commands(config, *again, ["storage", "verify", "--json"])
    took = time.monotonic() - begun
    for words, answer in zip(again, done, strict=True):
        assert answer[0] == 0, (words, answer)
    assert code == 0, text
    assert json.loads(text)["sound"], text
    fault_record(
        row=63,
        fault="the disk is full, read-only or out of inodes when a command starts",
        injected="a tmpfs filled to the last byte, remounted ro, or with as many inodes as it holds; "
        "11 commands, with and without a database",
        outcome="exit code 3 with the path and what to do, no traceback; what only reads goes on; all "
        "of it works when there is room, and systemd tries again by itself, with a wait of a minute",
        recovery_seconds=took,
    )


def test_the_lock_file_needs_no_block_after_the_first_time(tmp_path):
    from storage.database.lock import WriterLock  # noqa: PLC0415

    path = tmp_path / "livetally.duckdb"
    WriterLock(path).release()
    file = tmp_path / "livetally.duckdb.lock"
    size = file.stat().st_size
    assert size == 32
    lock = WriterLock(path)
    assert file.stat().st_size == size
    assert int(file.read_text()) == os.getpid()
    lock.release()
    assert file.stat().st_size == size
    assert not file.read_text().strip(), "nobody holds it"


def test_a_lock_file_of_an_older_version_on_a_full_disk_is_refused_and_given_back(small_disk):
    from storage.database.lock import WriterLock  # noqa: PLC0415
    from storage.errors import StoreUnwritable  # noqa: PLC0415

    path = small_disk / "livetally.duckdb"
    (small_disk / "livetally.duckdb.lock").touch()
    room = full(small_disk)
    with pytest.raises(StoreUnwritable, match="No space left"):
        WriterLock(path)
    room()
    WriterLock(path).release()
