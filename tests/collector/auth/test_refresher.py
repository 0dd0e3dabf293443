"""Tokens over real sockets and on real files: renewed once, saved before use, kept from others."""

import asyncio
import json
import stat
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from collector.auth.refresher import TokenRefresher, earliest_expiry
from collector.auth.token_files import TokenFiles
from collector.contract.errors import AuthFailed, CredentialMissing, PlatformError
from collector.contract.exchange import Request
from collector.contract.grants import Token
from collector.contract.oauth import AppGrant, PersonGrant
from collector.redaction import Secrets
from collector.transport.address_guard import Addresses
from collector.transport.client import Transport, Unmetered
from tests.support.loopback_server import hang_up, reply, serving

AT = datetime(2026, 5, 17, 10, 0, tzinfo=UTC)
KEY = "x:@dgsn"
FRESH = Token(
    access_token="kept-canary",
    obtained_at=AT,
    expires_at=AT + timedelta(hours=1),
    refresh_token="r1",
)
ENDING = Token(
    access_token="ending-canary",
    obtained_at=AT,
    expires_at=AT + timedelta(minutes=1),
    refresh_token="r1",
)


def told(access_token="new-canary", **fields):
    facts = {"access_token": access_token, "expires_in": 7200, "refresh_token": "r2", **fields}
    return reply(json.dumps(facts).encode())


class Bench:
    """A platform whose token endpoint and method give the answers of a test."""

    def __init__(self, folder, token=None, grant=None):
        self.vault = TokenFiles(folder)
        self.secrets = Secrets()
        self.grant = grant
        if token:
            self.vault.save(KEY, token)

    def asking(self, times, answers, token_answers=(), patience_seconds=3.0):
        """Make ``times`` calls at once; return their results and what the two servers were asked."""

        def call(address):
            return (yield Request(platform="x", url=address, source="thing", token=KEY))

        async def go():
            async with (
                serving(*answers) as server,
                serving(*(token_answers or [hang_up])) as issuer,
            ):
                grant = self.grant or PersonGrant(
                    platform="x",
                    authorize_url="https://x/authorize",
                    token_url=f"{issuer.address}/token",
                    client_id="me",
                )
                async with Transport(
                    "x",
                    now=lambda: AT,
                    budget=Unmetered(),
                    deadline_seconds=3.0,
                    secrets=self.secrets,
                    addresses=Addresses(private=True),
                    tokens=lambda run: TokenRefresher(
                        "x", grant, run, files=self.vault, secrets=self.secrets, now=lambda: AT
                    ),
                ) as transport:
                    results = await asyncio.gather(
                        *(
                            asyncio.wait_for(transport.run(call(server.address)), patience_seconds)
                            for _ in range(times)
                        ),
                        return_exceptions=True,
                    )
                    while transport.tokens.renewals:
                        await asyncio.wait(transport.tokens.renewals)
                return results, server.asked, issuer.asked

        return asyncio.run(go())


def statuses(results: list[Any]) -> list[int]:
    """The statuses of answers; an error among them has none, and ends the test."""
    return [result.status for result in results]


async def unused(*_: object) -> Any:
    raise AssertionError("nothing is asked here")


def bearers(asked):
    return [line.split(" ")[-1] for head in asked for line in head.splitlines() if "Bearer" in line]


def test_a_token_with_time_left_is_used_as_it_is(tmp_path):
    results, asked, issued = Bench(tmp_path, FRESH).asking(1, [reply()])
    assert statuses(results[:1]) == [200]
    assert bearers(asked) == ["kept-canary"]
    assert issued == []


def test_one_that_ends_soon_is_renewed_once_for_all_who_ask_at_the_same_time(tmp_path):
    bench = Bench(tmp_path, ENDING)
    results, asked, issued = bench.asking(5, [reply()], [told()])
    assert statuses(results) == [200] * 5
    assert bearers(asked) == ["new-canary"] * 5
    assert len(issued) == 1
    assert bench.vault.load(KEY).refresh_token == "r2"


def test_one_that_is_refused_is_renewed_once_and_the_call_made_again(tmp_path):
    answers = [reply(b"{}", "401 Unauthorized"), reply(b"{}")]
    results, asked, issued = Bench(tmp_path, FRESH).asking(1, answers, [told()])
    assert statuses(results[:1]) == [200]
    assert bearers(asked) == ["kept-canary", "new-canary"]
    assert len(issued) == 1


def test_a_second_refusal_is_the_platforms_answer(tmp_path):
    results, asked, _ = Bench(tmp_path, FRESH).asking(
        1, [reply(b"{}", "401 Unauthorized")], [told()]
    )
    assert statuses(results[:1]) == [401]
    assert len(asked) == 2


def test_a_renewal_is_on_the_disk_even_if_the_caller_ran_out_of_time(tmp_path):
    bench = Bench(
        tmp_path, Token(access_token="a", obtained_at=AT, expires_at=AT, refresh_token="r1")
    )

    async def slowly(writer):
        await asyncio.sleep(0.4)
        await told()(writer)

    results, _, issued = bench.asking(1, [reply()], [slowly], patience_seconds=0.2)
    assert isinstance(results[0], TimeoutError)
    assert len(issued) == 1
    assert bench.vault.load(KEY).access_token == "new-canary"


def test_a_failed_renewal_leaves_the_token_in_use_while_it_lasts(tmp_path):
    results, asked, _ = Bench(tmp_path, ENDING).asking(1, [reply()], [hang_up])
    assert statuses(results[:1]) == [200]
    assert bearers(asked) == ["ending-canary"]


@pytest.mark.parametrize(
    ("token", "issuer"),
    [
        (None, [hang_up]),
        (
            Token(access_token="a", obtained_at=AT, expires_at=AT, refresh_token="r1"),
            [reply(b'{"error": "invalid_grant"}', "400 Bad Request")],
        ),
    ],
)
def test_when_only_a_person_can_help_the_error_says_what_to_run(tmp_path, token, issuer):
    results, asked, _ = Bench(tmp_path, token).asking(1, [reply()], issuer)
    assert type(results[0]) is (AuthFailed if token else CredentialMissing)
    assert "livetally collect login x --account @dgsn" in results[0].detail
    assert asked == []


def test_a_refresh_is_never_tried_twice_on_a_broken_connection(tmp_path):
    ended = Token(access_token="a", obtained_at=AT, expires_at=AT, refresh_token="r1")
    results, _, issued = Bench(tmp_path, ended).asking(1, [reply()], [hang_up])
    assert isinstance(results[0], PlatformError)
    assert len(issued) == 1


def test_an_apps_token_is_minted_when_there_is_none(tmp_path):
    async def go():
        async with serving(told("app-canary")) as issuer:
            grant = AppGrant(
                platform="x", token_url=issuer.address, client_id="me", client_secret="hush"
            )
            secrets = Secrets()
            async with Transport(
                "x",
                now=lambda: AT,
                budget=Unmetered(),
                deadline_seconds=3,
                secrets=secrets,
                addresses=Addresses(private=True),
                tokens=lambda run: TokenRefresher(
                    "x", grant, run, files=TokenFiles(tmp_path), secrets=secrets, now=lambda: AT
                ),
            ) as transport:
                return await transport.tokens.access_token("x")

    assert asyncio.run(go()) == "app-canary"


def test_a_token_joins_the_secrets_that_no_text_shows(tmp_path):
    bench = Bench(tmp_path, ENDING)
    bench.asking(1, [reply()], [told()])
    for canary in ("new-canary", "ending-canary"):
        assert canary not in bench.secrets.redact(f"an error with {canary} in it")


def test_only_its_owner_can_read_a_token_and_a_half_written_one_is_never_seen(tmp_path):
    vault = TokenFiles(tmp_path / "tokens")
    vault.save(KEY, FRESH)
    vault.save("x:@dgsn/2", ENDING)
    files = sorted((tmp_path / "tokens").iterdir())
    assert len(files) == 2
    assert {stat.S_IMODE(one.stat().st_mode) for one in files} == {0o600}
    assert stat.S_IMODE((tmp_path / "tokens").stat().st_mode) == 0o700
    assert vault.load(KEY) == FRESH
    assert "canary" not in repr(vault.load(KEY))


def test_a_damaged_token_says_what_to_do_and_not_what_it_holds(tmp_path):
    bench = Bench(tmp_path, FRESH)
    [file] = tmp_path.glob("*.json")
    file.write_text('{"access_token": "half-canary"')
    results, _, _ = bench.asking(1, [reply()])
    assert isinstance(results[0], AuthFailed)
    assert "log in again" in results[0].detail
    assert "canary" not in results[0].detail


def test_a_person_must_act_before_the_refresh_token_ends_or_else_the_token():
    week = AT + timedelta(days=7)
    assert earliest_expiry(FRESH) is None
    assert earliest_expiry(Token(access_token="a", obtained_at=AT, expires_at=week)) == week
    both = Token(
        access_token="a",
        obtained_at=AT,
        expires_at=AT,
        refresh_token="r",
        refresh_expires_at=week,
    )
    assert earliest_expiry(both) == week


def test_the_first_login_that_ends_is_the_one_that_counts(tmp_path):
    vault = TokenFiles(tmp_path)
    week, day = AT + timedelta(days=7), AT + timedelta(days=1)
    for key, ends in (("x:@a", week), ("x:@b", day), ("x:@c", None)):
        vault.save(key, Token(access_token="a-canary", obtained_at=AT, expires_at=ends))
    grant = PersonGrant(
        platform="x", authorize_url="https://x/a", token_url="https://x/t", client_id="me"
    )
    tokens = TokenRefresher("x", grant, unused, files=vault, secrets=Secrets(), now=lambda: AT)
    assert tokens.first_expiry(["x:@a", "x:@b", "x:@c", "x:@unknown"]) == day
    assert tokens.first_expiry(["x:@c"]) is None
