"""A person's consent, walked through with a real browser's steps over loopback."""

import asyncio
import socket
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from collector.auth.login import authorization_code, log_in, new_consent, receive_callback
from collector.auth.token_files import TokenFiles
from collector.contract.errors import AuthFailed
from collector.contract.oauth import PersonGrant
from collector.redaction import Secrets
from collector.transport.address_guard import Addresses
from collector.transport.client import Transport, Unmetered
from tests.support.builders import account
from tests.support.loopback_server import reply, serving

AT = datetime(2026, 5, 17, 10, 0, tzinfo=UTC)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def walk(tmp_path, answer, *, before=()):
    """Open the consent page, come back with ``answer``; return the token and the pages seen."""

    async def go():
        owner = account(platform="x", key="x:@dgsn", handle="@dgsn")
        issued = reply(b'{"access_token": "a", "expires_in": 7200, "refresh_token": "r"}')
        async with serving(issued) as issuer, httpx.AsyncClient(trust_env=False) as browser:
            grant = PersonGrant(
                platform="x",
                authorize_url="https://x/authorize",
                token_url=issuer.address,
                client_id="me",
            )
            port = free_port()
            consent = new_consent(f"http://127.0.0.1:{port}/")
            async with (
                receive_callback(port, consent, "x") as answered,
                Transport(
                    "x",
                    now=lambda: AT,
                    budget=Unmetered(),
                    deadline_seconds=3,
                    secrets=Secrets(),
                    addresses=Addresses(private=True),
                ) as transport,
            ):
                query = parse_qs(urlsplit(grant.consent_address(consent)).query)
                back = query["redirect_uri"][0]
                pages = [await browser.get(back.rstrip("/") + path) for path in before]
                said = urlencode(answer(query["state"][0]))
                pages.append(await browser.get(f"{back}?{said}"))
                token = await log_in(
                    owner,
                    grant,
                    consent,
                    answered=answered,
                    run=transport.run,
                    files=TokenFiles(tmp_path),
                )
        return token, pages

    return asyncio.run(go())


def test_the_code_that_comes_back_becomes_a_kept_token(tmp_path):
    token, pages = walk(
        tmp_path, lambda state: {"code": "c", "state": state}, before=("/favicon.ico", "/")
    )
    assert [page.status_code for page in pages] == [404, 404, 200]
    assert "has been given access" in pages[-1].text
    assert TokenFiles(tmp_path).load("x:@dgsn") == token


def test_a_refusal_is_said_in_the_browser_and_at_the_terminal(tmp_path):
    with pytest.raises(AuthFailed, match="access was not given: The user said no"):
        walk(
            tmp_path,
            lambda state: {
                "error": "access_denied",
                "error_description": "The user said no",
                "state": state,
            },
        )
    assert TokenFiles(tmp_path).load("x:@dgsn") is None


def test_an_answer_to_another_login_is_not_taken(tmp_path):
    with pytest.raises(AuthFailed, match="another login"):
        walk(tmp_path, lambda state: {"code": "c", "state": f"not {state}"})


def test_a_pasted_address_is_read_as_the_browsers_is():
    consent = new_consent("https://dgsn.example/livetally")
    assert (
        authorization_code(
            f"https://dgsn.example/livetally?code=c&state={consent.state}", consent, "x"
        )
        == "c"
    )
    with pytest.raises(AuthFailed):
        authorization_code("https://dgsn.example/livetally", consent, "x")
