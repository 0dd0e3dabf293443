"""Secrets that a fault might shake out: searched for in everything that was written."""

import asyncio
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from collector.simulator.wire.faults import InjectedFault
from collector.simulator.x.server import XTerms
from collector.simulator.youtube.server import YouTubeTerms
from tests.conftest import SAID
from tests.end_to_end.test_process import collecting
from tests.support.collector_process import Clock, Three, rig
from tests.support.patience import PATIENCE_SECONDS

pytestmark = [pytest.mark.end_to_end, pytest.mark.fault(row=27)]
START = datetime(2021, 4, 20, 10, tzinfo=UTC)
VIDEOS = "/youtube/v3/videos"
#: Of no shape that is known for a secret: only its value gives it away.
CANARY = "canary-of-the-fault-tests-7316"
#: What all other tests of the collector are given for secrets, and this one's own.
SECRETS = (CANARY, YouTubeTerms().key, XTerms().bearer, "AIzaCanaryCanaryCanaryCanaryCanaryCanary")
#: Where tokens are meant to be.
KEPT = "tokens"
#: What tests of the configuration write secrets into themselves, to have them read or refused.
GIVEN = {"config.yaml", ".env", "key"}


def holding(folder, secrets):
    """The files that hold one of them, and how many were looked through."""
    found, looked = [], 0
    for path in folder.rglob("*"):
        if path.is_symlink() or not path.is_file() or KEPT in path.parts:
            continue
        looked += 1
        body = path.read_bytes()
        found += [path for secret in secrets if secret.encode() in body]
    return found, looked


def test_an_answer_that_echoes_the_key_leaves_none_behind(tmp_path, monkeypatch, caplog, capfd):
    clock = Clock(START)
    echoes = [
        {"status": 400, "body": b'{"error": {"message": "bad key %s"}}' % CANARY.encode()},
        {"status": 200, "body": b"<html>%s" % CANARY.encode()},
        {"status": 200, "body": b'{"items": [{"id": "%s"}]}' % CANARY.encode()},
        {"status": 503, "body": CANARY.encode(), "headers": {"Retry-After": "60"}},
        {"status": 403, "body": b'{"error": {"message": "%s"}}' % CANARY.encode()},
    ]

    async def go():
        terms = YouTubeTerms(key=CANARY)
        async with rig(
            tmp_path, Three(START), clock, monkeypatch, terms=terms, key=CANARY
        ) as ready:
            await ready.collector.discover()
            await ready.collector.poll()
            ready.platforms.faults.add(
                *(
                    InjectedFault(path=VIDEOS, first=call, last=call, **echo)
                    for call, echo in enumerate(echoes, start=2)
                )
            )
            for _ in echoes:
                clock.forward(seconds=60)
                await ready.collector.poll()
            assert ready.platforms.faults.calls[VIDEOS] == 1 + len(echoes)
            await ready.collector.publish()

    asyncio.run(go())
    found, looked = holding(tmp_path, [CANARY])
    assert found == []
    assert looked > 5
    said = capfd.readouterr()
    assert CANARY not in said.out + said.err


def test_a_collector_that_crashes_says_nothing_of_its_key(tmp_path, monkeypatch):
    monkeypatch.setitem(os.environ, "LIVETALLY_X_BEARER_TOKEN", CANARY)
    (tmp_path / "config.yaml").write_text(f"platforms: {{youtube: {{api_key: {CANARY}}}}}\n")
    process = collecting(tmp_path, "collect", "run")
    said, _ = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 2
    assert CANARY not in said


@pytest.mark.searches
def test_no_secret_is_in_anything_that_the_other_tests_wrote(
    request, tmp_path_factory, fault_record
):
    base = Path(tmp_path_factory.getbasetemp())
    found, _ = holding(base, SECRETS)
    assert [path for path in found if path.name not in GIVEN] == []
    texts = request.config.stash[SAID]
    assert [text for text in texts if any(secret in text for secret in SECRETS)] == []
    fault_record(
        27,
        "a secret in a log, a traceback, an address, the database, an export",
        "canaries for keys and tokens; answers that echo the key; a crash; all other tests' files",
        "no file, log line or error text holds one; tokens are in their own folder, mode 0600",
        None,
    )
