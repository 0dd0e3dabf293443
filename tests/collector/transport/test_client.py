"""Exchanges over real sockets: deadlines, retries, caps and secrets."""

import asyncio
import gzip
import logging
import os
import socket
from datetime import UTC, datetime
from typing import Any

import pytest

from collector.contract.errors import (
    PlatformError,
    QuotaExceeded,
    Rejected,
    Unavailable,
    Unreadable,
)
from collector.contract.exchange import Request
from collector.observability.log_setup import MaskedFormatter
from collector.redaction import Secrets
from collector.transport.address_guard import Addresses
from collector.transport.body import CAP
from collector.transport.client import Tally, Transport, Unmetered
from storage.model import GapReason
from tests.support.loopback_server import dribble, flood, hang_up, reply, serving

AT = datetime(2026, 5, 17, 10, 0, tzinfo=UTC)
SECRET = "AIzaCanaryCanaryCanaryCanaryCanaryCanary"


def ask(url, **facts):
    return (yield Request(platform="test", url=url, source="thing", **facts))


def opened(*, budget=None, deadline_seconds=3.0, **parts):
    return Transport(
        "test",
        now=lambda: AT,
        budget=budget or Unmetered(),
        deadline_seconds=deadline_seconds,
        secrets=Secrets([SECRET]),
        **{"addresses": Addresses(private=True), **parts},
    )


def answer_of(*answers, budget=None, deadline_seconds=3.0, path="/x", parts=None, **facts) -> Any:
    """Ask a server that gives these answers; return the response, the server and the tally."""
    tally = Tally()

    async def go():
        async with (
            serving(*answers) as server,
            opened(budget=budget, deadline_seconds=deadline_seconds, **(parts or {})) as transport,
        ):
            try:
                result = await transport.run(ask(server.address + path, **facts), tally)
            except PlatformError as error:
                result = error
            return result, server, tally

    return asyncio.run(go())


def test_the_answer_is_stamped_when_its_last_byte_arrives():
    response, _, tally = answer_of(reply(b'{"a": 1}'))
    assert response.received_at == AT
    assert response.json() == {"a": 1}
    assert tally.requests == 1


def test_secrets_go_as_headers_and_parameters_in_the_address():
    _, server, _ = answer_of(reply(), params={"id": "a,b"}, secrets={"X-Goog-Api-Key": SECRET})
    request_line = server.asked[0].splitlines()[0]
    assert "id=a%2Cb" in request_line
    assert SECRET not in request_line
    assert f"x-goog-api-key: {SECRET}" in server.asked[0].lower().replace(SECRET.lower(), SECRET)


@pytest.mark.parametrize("status", ["500 Oops", "503 Busy", "429 Slow", "408 Late"])
def test_what_may_pass_is_asked_again_and_each_try_is_counted(status):
    response, _, tally = answer_of(reply(b"", status), reply(b'{"ok": 1}'))
    assert response.status == 200
    assert tally.requests == 2


@pytest.mark.parametrize("status", ["400 Bad", "401 Who", "403 No", "404 Where"])
def test_what_will_not_pass_is_asked_once(status):
    response, _, tally = answer_of(reply(b"", status))
    assert response.status == int(status[:3])
    assert tally.requests == 1


def test_after_three_tries_the_last_answer_is_the_answer():
    response, _, tally = answer_of(reply(b"", "503 Busy"))
    assert response.status == 503
    assert tally.requests == 3


def test_a_long_retry_after_is_left_to_the_schedule():
    response, _, tally = answer_of(reply(b"", "429 Slow", "Retry-After: 90"))
    assert (response.status, tally.requests) == (429, 1)


def test_a_broken_connection_is_tried_again():
    response, _, _ = answer_of(hang_up, reply(b"{}"))
    assert response.status == 200


@pytest.mark.fault(row=2)
def test_a_dribbling_answer_ends_at_the_total_deadline():
    error, _, _ = answer_of(dribble(0.1), deadline_seconds=0.6)
    assert isinstance(error, Unavailable)
    assert error.reason is GapReason.TIMEOUT


def test_nobody_listening_is_unreachable():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]

    async def go():
        async with opened() as transport:
            await transport.run(ask(f"http://127.0.0.1:{port}/"))

    with pytest.raises(Unavailable) as caught:
        asyncio.run(go())
    assert caught.value.reason is GapReason.UNREACHABLE


@pytest.mark.fault(row=7)
def test_a_body_of_50_mb_is_read_to_the_cap_and_no_further():
    error, _, _ = answer_of(flood(50), deadline_seconds=20)
    assert isinstance(error, Unreadable)
    assert f"over {CAP >> 20} MB" in error.detail
    assert len(error.body) <= 2000


@pytest.mark.fault(row=7)
def test_a_gzip_bomb_is_stopped_at_the_same_cap():
    bomb = gzip.compress(b" " * (60 << 20))
    assert len(bomb) < 1 << 20
    error, _, _ = answer_of(reply(bomb, "200 OK", "Content-Encoding: gzip"))
    assert isinstance(error, Unreadable)


def test_a_redirect_is_an_answer_and_not_a_road():
    response, server, _ = answer_of(
        reply(b"", "302 Found", "Location: http://127.0.0.1:9/"), secrets={"X-Goog-Api-Key": SECRET}
    )
    assert response.status == 302
    assert len(server.asked) == 1


def test_a_proxy_in_the_environment_is_not_followed(monkeypatch):
    monkeypatch.setitem(os.environ, "HTTP_PROXY", "http://127.0.0.1:9")
    response, _, _ = answer_of(reply())
    assert response.status == 200


def test_a_refused_charge_means_no_call():
    class Empty(Unmetered):
        async def charge(self, request):
            raise QuotaExceeded("test", "empty", bucket="units")

    error, server, tally = answer_of(reply(), budget=Empty())
    assert isinstance(error, QuotaExceeded)
    assert server.asked == []
    assert tally.requests == 0


def test_the_network_failure_is_thrown_into_the_exchange_which_may_know_another_way():
    def two_ways(address):
        try:
            yield Request(platform="test", url="http://127.0.0.1:1/", source="first")
        except Unavailable:
            return (yield Request(platform="test", url=address, source="second"))

    async def go():
        async with (
            serving(reply(b"{}")) as server,
            opened() as transport,
        ):
            return await transport.run(two_ways(server.address))

    assert asyncio.run(go()).source == "second"


@pytest.mark.fault(row=27)
def test_no_secret_is_in_any_log_line_or_error(caplog):
    caplog.set_level(logging.DEBUG)
    formatter = MaskedFormatter(Secrets([SECRET]), layout="text", colors=False)
    error, _, _ = answer_of(
        dribble(0.1), deadline_seconds=0.3, params={"key": SECRET}, secrets={"X-Api-Key": SECRET}
    )
    assert SECRET not in str(error)
    assert not [one for one in caplog.records if one.name.startswith("httpx")]
    try:
        raise RuntimeError(f"boom https://x/?key={SECRET}&a=1")
    except RuntimeError:
        record = logging.LogRecord(
            "n", logging.ERROR, "f", 1, "asked %s", (SECRET,), __import__("sys").exc_info()
        )
    assert SECRET not in formatter.format(record)
    assert "Traceback" in formatter.format(record)


@pytest.mark.fault(
    row=28,
    fault="an address in the configuration leads to this machine or its network",
    injected="metadata and loopback addresses, written in five ways, file:, other hosts, a name that is rebound",
    outcome="refused before connecting, looking at the resolved address; https and the platform's hosts only",
)
@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("http://127.0.0.1:{port}/", "not on the public network"),
        ("http://[::ffff:127.0.0.1]:{port}/", "not on the public network"),
        ("http://localhost:{port}/", "not on the public network"),
        ("http://169.254.169.254/latest/meta-data", "not on the public network"),
        ("http://0.0.0.0:{port}/", "not on the public network"),
        ("http://2130706433:{port}/", "not on the public network"),
        ("file:///etc/passwd", "not an http"),
        ("gopher://127.0.0.1:{port}/", "not an http"),
    ],
)
def test_this_machine_and_its_network_are_not_asked_unless_the_configuration_says_so(address, why):
    async def go():
        async with serving(reply()) as server, opened(addresses=Addresses()) as transport:
            asked = address.format(port=server.address.rsplit(":", 1)[1])
            with pytest.raises(Rejected, match=why):
                await transport.run(ask(asked))
            return server.asked

    assert asyncio.run(go()) == []


@pytest.mark.fault(row=28)
@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("https://www.googleapis.com.evil.example/youtube", "unknown host"),
        ("https://evil.example/", "unknown host"),
        ("https://www.googleapis.com@evil.example/", "unknown host"),
        ("http://www.googleapis.com/youtube", "over http"),
    ],
)
def test_a_credential_goes_to_the_platforms_own_hosts_by_https_and_nowhere_else(address, why):
    hosts = Addresses(hosts=frozenset({"www.googleapis.com"}))

    async def go():
        async with opened(addresses=hosts) as transport:
            await transport.run(ask(address, secrets={"X-Goog-Api-Key": SECRET}))

    with pytest.raises(Rejected, match=why):
        asyncio.run(go())


@pytest.mark.fault(row=28)
def test_a_name_that_resolves_to_this_machine_is_seen_through(monkeypatch):
    async def rebound(self, host, port, **rest):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    async def go():
        async with serving(reply()) as server, opened(addresses=Addresses()) as transport:
            loop = type(asyncio.get_running_loop())
            monkeypatch.setattr(loop, "getaddrinfo", rebound)
            port = server.address.rsplit(":", 1)[1]
            with pytest.raises(Rejected, match="not on the public network"):
                await transport.run(ask(f"http://videos.example:{port}/"))
            return server.asked

    assert asyncio.run(go()) == []


def test_a_retry_is_printed_nowhere(capsys, caplog):
    error, server, _ = answer_of(hang_up, deadline_seconds=5)
    assert len(server.asked) > 1
    assert error is not None
    assert capsys.readouterr() == ("", "")
    assert "stamina" not in caplog.text
