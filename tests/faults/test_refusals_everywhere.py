"""What one refuses is refused by it alone: over every platform that is registered, with two accounts."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from collector.platforms import platforms
from storage.model import Account, GapReason
from storage.read_model.reader import ReadModel
from tests.support.collector_process import Clock, stored
from tests.support.refusing_server import Answer, refusing_server
from tests.support.two_accounts import (
    handles_at,
    opened,
    save_logins,
    set_secrets,
    takes_login,
    tick,
    ways,
    write_config,
)

pytestmark = pytest.mark.end_to_end
START = datetime(2021, 4, 20, 10, tzinfo=UTC)
#: A refusal holds for an hour, and what a platform names for as long as it says: minutes that are walked.
MINUTES = 12
WAIT = timedelta(minutes=MINUTES - 1)


def server_of(name, handle):
    platform = platforms()[name](platforms()[name].Settings())
    account = Account(
        key="k", platform=name, handle=handle, name="n", native_id=None, resolved_at=None
    )
    return platform.server_of(account)


def on_the_air(server, name):
    """Return what a server answers that is well and on the air."""
    begun = "2021-04-20T09:00:00Z"
    host = server.address.partition("//")[2]
    channel = {"host": host, "name": "event"}
    video = {"uuid": f"u-{host}", "name": "Live", "isLive": True, "state": {"id": 1}, "views": 5}
    source = {"listenurl": "http://x/live.mp3", "listeners": 7, "stream_start_iso8601": begun}
    bodies = {
        "owncast": {"online": True, "viewerCount": 7, "lastConnectTime": begun},
        "icecast": {"icestats": {"server_id": "Icecast 2.4.4", "source": source}},
        "peertube": {**channel, "data": [{**video, "viewers": 3}]},
    }
    return lambda _path: Answer(body=bodies[name])


#: Those whose accounts are servers, as their classes say: one that is new is in here by itself.
OF_SERVERS = [name for name in platforms() if server_of(name, "https://live.example.org/c/a")]
REFUSALS = {
    "401": Answer(status=401),
    "403": Answer(status=403, body="<html>Just a moment</html>"),
    "429": Answer(status=429, headers={"Retry-After": str(int(WAIT.total_seconds()))}),
    "503": Answer(status=503),
    "404": Answer(status=404),
    "another program": Answer(body="<html>It works!</html>"),
}


def test_those_that_are_servers_of_their_own_say_so():
    assert {"icecast", "owncast", "peertube"} <= set(OF_SERVERS)


@pytest.mark.fault(row=45)
@pytest.mark.parametrize(
    "case", [*product(OF_SERVERS, REFUSALS, ["resolving", "polls and discovery"])], ids=" ".join
)
def test_a_server_that_refuses_stops_itself_and_no_other(tmp_path, caplog, fault_record, case):
    clock, (name, refusal, since) = Clock(START), case

    async def go(well, ill):
        handles = handles_at(name, (ill.address, well.address))
        path = write_config(tmp_path, name, handles, "unused")
        well.answer = ill.answer = on_the_air(well, name)
        ill.answer = on_the_air(ill, name)
        async with opened(path, clock) as ready:
            if since == "resolving":
                ill.answer = lambda _path: REFUSALS[refusal]
            await tick(ready, clock, seconds=0)
            ill.answer = lambda _path: REFUSALS[refusal]
            ill.asked.clear()
            asked = []
            for _ in range(MINUTES):
                await tick(ready, clock, seconds=60, every=60)
                asked.append(len(ill.asked))
            await ready.publish()
            health = ReadModel(tmp_path / "data" / "published").open().health()
            ill.answer = on_the_air(ill, name)
            for minutes in (60 - MINUTES, 2, 2):
                await tick(ready, clock, seconds=60 * minutes, every=60)
            return asked, health.row(0, named=True), f"{name}:{handles[0]}", f"{name}:{handles[1]}"

    with refusing_server() as well, refusing_server() as ill:
        asked, health, refusing, sound = asyncio.run(go(well, ill))
    counts = dict(
        stored(
            tmp_path,
            "SELECT account, count(*) FROM snapshot JOIN broadcast USING (broadcast) GROUP BY 1",
        )
    )
    assert counts[sound] == 1 + MINUTES + 3
    if refusal in ("401", "403"):
        assert asked[-1] <= 1, "once an hour at most"
        assert health["state"] == "failing"
        assert (health["paused_reason"], health["paused_accounts"]) == ("rejected", [refusing])
    if refusal == "429":
        # What was refused, and then what is due when the time is over.
        assert asked[MINUTES - 3] <= 1
        assert health["paused_accounts"] in ([refusing], None)
    assert counts[refusing] >= 1, "it is read again"
    said = caplog.text + str(health)
    assert not any(word in said.lower() for word in ("log in", "login", "credential"))
    fault_record(
        45,
        "a server of one's own refuses",
        "401, 403, 429, 503, 404 or another program's page, from the first call or from later on,"
        " beside a server that is well, of every platform whose accounts are servers",
        "the other is read every minute; it is asked again after an hour or when it said, and no"
        " word of a login",
        60,
    )


@pytest.mark.fault(row=3)
def test_two_mounts_of_one_server_obey_it_together(tmp_path):
    clock = Clock(START)

    async def go(server):
        handles = [f"{server.address}/live.mp3", f"{server.address}/other.mp3"]
        path = write_config(tmp_path, "icecast", handles, "unused")
        server.answer = on_the_air(server, "icecast")
        async with opened(path, clock) as ready:
            await tick(ready, clock, seconds=0)
            server.answer = lambda _path: REFUSALS["429"]
            server.asked.clear()
            for _ in range(MINUTES - 1):
                await tick(ready, clock, seconds=60, every=60)

    with refusing_server() as server:
        asyncio.run(go(server))
    assert len(server.asked) == 1


@pytest.mark.fault(row=45)
@pytest.mark.parametrize("name", OF_SERVERS)
def test_a_server_that_is_silent_while_another_fails_is_found_when_it_begins(tmp_path, name):
    """Polls that fail pause the server they fail at: nobody else waits for its probe."""
    clock = Clock(START)

    async def go(quiet, ill):
        quiet_body = on_the_air(quiet, name)("").body
        off = {
            "owncast": {"online": False},
            "icecast": {"icestats": {"server_id": "Icecast 2.4.4"}},
            "peertube": {**quiet_body, "data": []},
        }
        handles = handles_at(name, (ill.address, quiet.address))
        path = write_config(tmp_path, name, handles, "unused")
        quiet.answer = lambda _path: Answer(body=off[name])
        ill.answer = on_the_air(ill, name)
        async with opened(path, clock) as ready:
            await tick(ready, clock, seconds=0)
            ill.answer = lambda _path: Answer(status=500)
            for _ in range(8):
                await tick(ready, clock, seconds=60, every=60)
            quiet.answer = on_the_air(quiet, name)
            await tick(ready, clock, seconds=60, every=60)
            return handles[1]

    with refusing_server() as quiet, refusing_server() as ill:
        handle = asyncio.run(go(quiet, ill))
    found = stored(
        tmp_path, "SELECT DISTINCT account FROM snapshot JOIN broadcast USING (broadcast)"
    )
    assert (f"{name}:{handle}",) in found


def refusal_body(status):
    """Return a body in which every platform finds what it needs, or nothing."""
    code = {401: 190, 429: 4}[status]
    return {"error": {"code": code, "message": "no"}}


def prepare(tmp_path, monkeypatch, name, way, url):
    handles = handles_at(name, (f"{url}/a", f"{url}/b"))
    if name in OF_SERVERS:
        handles = handles_at(name, (url, url))[:1]
    path = write_config(tmp_path, name, handles, url)
    set_secrets(monkeypatch, name, way, "wrong")
    if takes_login(name, way):
        save_logins(tmp_path, name, handles, START, "wrong")
    return path


@pytest.mark.fault(row=3)
@pytest.mark.parametrize(("name", "way"), ways())
def test_every_platform_that_says_429_is_left_alone_until_the_instant_it_names(
    tmp_path, monkeypatch, name, way
):
    clock = Clock(START)

    async def go(server):
        path = prepare(tmp_path, monkeypatch, name, way, server.address)
        server.answer = lambda _path: Answer(
            status=429,
            headers={"Retry-After": str(int(WAIT.total_seconds()))},
            body=refusal_body(429),
        )
        async with opened(path, clock) as ready:
            await tick(ready, clock, seconds=0, every=60)
            first = Counter(server.asked)
            assert first, "it was asked"
            for _ in range(MINUTES - 2):
                await tick(ready, clock, seconds=60, every=60)
            early = Counter(server.asked)
            for _ in range(3):
                await tick(ready, clock, seconds=60, every=60)
            return first, early, Counter(server.asked)

    with refusing_server() as server:
        first, early, late = asyncio.run(go(server))
    assert max(early.values()) == 1, "nothing twice before its time"
    assert len(early) <= 2 * len(first)
    assert late.total() > early.total() or name == "linkedin", "asked again after it"
    assert stored(tmp_path, "SELECT DISTINCT outcome FROM poll") in (
        [(GapReason.RATE_LIMITED,)],
        [(GapReason.QUOTA,)],
    )


@pytest.mark.fault(row=5)
@pytest.mark.parametrize(("name", "way"), ways())
def test_every_platform_that_refuses_is_asked_once_an_hour(tmp_path, monkeypatch, name, way):
    clock = Clock(START)

    async def go(server):
        path = prepare(tmp_path, monkeypatch, name, way, server.address)
        server.answer = lambda _path: Answer(status=401, body=refusal_body(401))
        async with opened(path, clock) as ready:
            await tick(ready, clock, seconds=0, every=60)
            first = Counter(server.asked)
            assert first, "it was asked"
            for minutes in (1, 1, 1, 10, 46):
                await tick(ready, clock, seconds=60 * minutes, every=60)
            hour = Counter(server.asked)
            for _ in range(2):
                await tick(ready, clock, seconds=60, every=60)
            return first, hour, Counter(server.asked)

    with refusing_server() as server:
        first, hour, later = asyncio.run(go(server))
    assert hour == first
    assert later.total() > hour.total()
