"""Row 42: a file that cannot be read just now is neither damaged, nor edited, nor gone."""

import asyncio
import errno
import logging
import shutil
import socket
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from http.client import HTTPConnection

import pytest

from collector.auth.refresher import TokenRefresher
from collector.auth.token_files import TokenFiles
from collector.config.load import load_config
from collector.config.reload import ConfigWatcher
from collector.contract.errors import AuthFailed, DiskFailed
from collector.contract.grants import Token
from collector.contract.oauth import PersonGrant
from collector.redaction import Secrets
from dashboard.public.loop import ServingThread
from dashboard.public.publisher import Public
from dashboard.view_model.refresher import Refresher
from storage.model import GapReason
from storage.read_model.reader import NotReadNow, ReadModel
from tests.collector.config.test_load import GOOD
from tests.support.failing_reads import refused

AT = datetime(2026, 5, 17, 10, 0, tzinfo=UTC)
KEY = "x:@dgsn"
TOKEN = Token(access_token="a-canary", obtained_at=AT, refresh_token="r-canary")
ERRORS = [errno.EMFILE, errno.ENFILE, errno.EIO, errno.EACCES, errno.ESTALE]
each_error = pytest.mark.parametrize("number", ERRORS, ids=lambda number: errno.errorcode[number])


async def _no_exchange(exchange):
    raise AssertionError("nobody is to be asked")


def refresher_of(folder, run=_no_exchange):
    grant = PersonGrant(
        platform="x", authorize_url="https://x/a", token_url="https://x/t", client_id="me"
    )
    files = TokenFiles(folder)
    return TokenRefresher("x", grant, run, files=files, secrets=Secrets(), now=lambda: AT)


@each_error
@pytest.mark.fault(row=42)
def test_a_token_that_cannot_be_read_is_not_void(tmp_path, number, fault_record):
    TokenFiles(tmp_path).save(KEY, TOKEN)
    refresher = refresher_of(tmp_path)
    with refused(".json", number):
        with pytest.raises(DiskFailed) as caught:
            asyncio.run(refresher.access_token(KEY))
        with pytest.raises(DiskFailed):
            refresher.first_expiry([KEY])
    assert not isinstance(caught.value, AuthFailed)
    assert not caught.value.pauses
    assert caught.value.reason is GapReason.NOT_KEPT
    assert "delete" not in caught.value.detail + caught.value.remedy
    assert "log in" not in caught.value.detail + caught.value.remedy
    assert asyncio.run(refresher.access_token(KEY)) == "a-canary"
    fault_record(
        row=42,
        fault="a file cannot be read at this moment: EMFILE, ENFILE, EIO, EACCES, ESTALE",
        injected="the system refuses to open it, once: tokens, their locks, config.yaml, files of "
        "secrets, manifest, tables, sign of life, public pages",
        outcome="it is tried again at the next tick, and is neither void, nor damaged, nor edited, nor "
        "gone: nobody is asked to log in or to delete anything, nothing is wired anew, the last picture "
        "and sign of life stay; a renewed token that cannot be saved is used and saved later",
        recovery_seconds=0,
    )


@each_error
def test_a_renewed_token_that_cannot_be_saved_is_not_lost(tmp_path, number, caplog):
    TokenFiles(tmp_path).save(KEY, replace(TOKEN, expires_at=AT))
    renewals = []

    async def renew(exchange):
        exchange.close()
        renewals.append(1)
        return replace(TOKEN, access_token="new-canary", refresh_token="rotated-canary")

    refresher = refresher_of(tmp_path, renew)
    with refused(".new", number):
        assert asyncio.run(refresher.access_token(KEY)) == "new-canary"
        assert asyncio.run(refresher.access_token(KEY)) == "new-canary"
    assert "canary" not in caplog.text
    assert asyncio.run(refresher.access_token(KEY)) == "new-canary"
    kept = TokenFiles(tmp_path).load(KEY)
    assert kept
    assert kept.refresh_token == "rotated-canary"
    assert len(renewals) == 1


@each_error
def test_a_lock_that_cannot_be_opened_renews_nothing(tmp_path, number):
    TokenFiles(tmp_path).save(KEY, replace(TOKEN, expires_at=AT))
    refresher = refresher_of(tmp_path)
    with refused(".lock", number), pytest.raises(DiskFailed):
        asyncio.run(refresher.access_token(KEY))


@each_error
def test_a_configuration_that_cannot_be_read_is_no_edit(tmp_path, number, caplog):
    path = tmp_path / "config.yaml"
    path.write_text(GOOD, encoding="utf-8")
    watcher = ConfigWatcher(load_config(path))
    with refused(path, number):
        assert [watcher.look() for _ in range(4)] == [None] * 4
    assert [watcher.look() for _ in range(4)] == [None] * 4
    assert [one.levelno for one in caplog.records] == [logging.WARNING]
    path.write_text(GOOD.replace("@dgsn", "@new"), encoding="utf-8")
    with refused(path, number):
        assert watcher.look() is None
    looks = [watcher.look() for _ in range(3)]
    assert [found.accounts[0].handle for found in looks if found] == ["@new"]


@each_error
def test_an_edit_whose_secret_cannot_be_read_is_taken_when_it_can(tmp_path, number, monkeypatch):
    secret = tmp_path / "key"
    secret.write_text("canary")
    monkeypatch.setenv("LIVETALLY_YOUTUBE_API_KEY_FILE", str(secret))
    path = tmp_path / "config.yaml"
    path.write_text(GOOD, encoding="utf-8")
    watcher = ConfigWatcher(load_config(path))
    path.write_text(GOOD.replace("@dgsn", "@new"), encoding="utf-8")
    with refused(secret, number):
        assert [watcher.look() for _ in range(3)] == [None] * 3
    assert watcher.look() is not None


def test_a_file_that_was_away_and_is_back_is_no_edit(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text(GOOD, encoding="utf-8")
    watcher = ConfigWatcher(load_config(path))
    path.unlink()
    assert [watcher.look() for _ in range(3)] == [None] * 3
    path.write_text(GOOD, encoding="utf-8")
    assert [watcher.look() for _ in range(3)] == [None] * 3


@each_error
@pytest.mark.parametrize("file", ["manifest.json", "heartbeat.json", ".parquet"])
def test_what_is_published_is_neither_damaged_nor_gone(live, now, tmp_path, number, file):
    folder = shutil.copytree(live, tmp_path / "published")
    refresher = Refresher(folder, refresh_seconds=3600, now=lambda: now)
    refresher.refresh()
    beat = refresher.current.heartbeat_at
    assert refresher.current.model
    assert beat
    for table in folder.rglob("*.parquet"):
        table.touch()  # so that each is read again
    with refused(file, number):
        refresher.refresh()
        assert refresher.current.damaged_file is None
        assert refresher.current.model
        assert refresher.current.heartbeat_at
        assert refresher.current.heartbeat_at >= beat
        if file == "manifest.json":
            with pytest.raises(NotReadNow):
                ReadModel(folder).manifest()
    refresher.refresh()
    assert refresher.current.failed_since is None
    assert refresher.current.heartbeat_at == beat


@each_error
def test_a_public_page_that_cannot_be_read_is_not_gone(tmp_path, number):
    (tmp_path / "live.json").write_text("{}")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    serving = ServingThread(Public(read_model=tmp_path, folder=tmp_path, port=port))

    def status(name):
        with closing(HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
            connection.request("GET", f"/{name}")
            return connection.getresponse().status

    with refused("live.json", number):
        assert status("live.json") == 503
    assert status("live.json") == 200
    assert status("other.json") == 404
    serving.pages.should_exit = True
