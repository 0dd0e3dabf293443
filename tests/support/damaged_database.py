"""A database whose writer was killed with ticks in its log, and what DuckDB reads of a part of it."""

import shutil
import subprocess
import sys
from collections.abc import Generator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import duckdb

from storage.database.backup import make_backup
from storage.database.log import log_of
from storage.recovery import open_sound
from storage.store import Store
from tests.support.builders import NOON
from tests.support.ticks import opened

ROOT = Path(__file__).resolve().parents[2]


def now():
    return NOON + timedelta(hours=20)


class KilledDatabase:
    """What a killed writer left: ``database`` and ``log``, of which ``ticks`` polls were checkpointed."""

    def __init__(self, folder: Path, *, checkpointed: int, logged: int) -> None:
        self.source = folder / "source" / "livetally.duckdb"
        write_and_kill(self.source, checkpointed)
        if checkpointed:
            with closing(opened(self.source)) as store:
                store.checkpoint()
        write_and_kill(self.source, logged)
        self.database = self.source.read_bytes()
        self.log = log_of(self.source).read_bytes()

    def polls_with(self, log: bytes, folder: Path) -> int:
        """Read what DuckDB itself finds: a log that was cut it reads as far as it goes."""
        path = self.laid_into(folder, log)
        with duckdb.connect(str(path)) as connection:
            [[polls]] = connection.execute("SELECT count(*) FROM poll").fetchall()
        shutil.rmtree(folder)
        return int(polls)

    def laid_into(self, folder: Path, log: bytes) -> Path:
        """Write the file, and ``log`` beside it, into ``folder``."""
        folder.mkdir(parents=True)
        path = folder / "livetally.duckdb"
        path.write_bytes(self.database)
        log_of(path).write_bytes(log)
        return path

    def back_up(self, log: bytes, folder: Path, *, minute: int) -> int:
        """Make a verified backup of the file with ``log``; give the polls in it."""
        path = self.laid_into(folder.with_name("backed up"), log)
        with duckdb.connect(str(path)) as connection:
            polls = make_backup(connection, folder, at=NOON + timedelta(minutes=minute)).rows[
                "poll"
            ]
        shutil.rmtree(path.parent)
        return polls


def write_and_kill(path: Path, ticks: int) -> None:
    """Record until ``ticks`` more are acknowledged, then kill -9."""
    argv = [sys.executable, "-m", "tests.support.writer_process", str(path), "100000"]
    with subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        while ticks:
            ticks -= writer.stdout.readline().startswith("kept")
        writer.kill()


@contextmanager
def started(path: Path, backups: Path) -> Generator[Store]:
    """Start as the collector does."""
    with closing(open_sound(path, now=now, simulated=True, backup_folder=backups)) as store:
        yield store


def polls_in(store: Store) -> int:
    """Count the polls that a store holds, when all that is derived from them fits them."""
    assert store.verify() == []
    with store.reading() as (database, _):
        return int(database.rows("SELECT count(*) AS n FROM poll")["n"][0])
