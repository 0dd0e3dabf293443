"""Tokens as platforms give them: what is asked, what is read, what is refused."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from collector.contract.errors import (
    AuthFailed,
    CredentialMissing,
    RateLimited,
    Unavailable,
    Unreadable,
)
from collector.contract.exchange import Response, replay
from collector.contract.grants import Consent, Token
from collector.contract.oauth import AppGrant, PersonGrant, s256_in_hex
from storage.model import Account

AT = datetime(2026, 5, 17, 10, 0, tzinfo=UTC)
ACCOUNT = Account(key="x:@a", platform="x", handle="@a", name="a", native_id=None, resolved_at=None)
CONSENT = Consent(redirect_uri="http://127.0.0.1:8499/", state="s", verifier="v" * 64)
APP = AppGrant(
    platform="twitch", token_url="https://id/token", client_id="me", client_secret="hush"
)
PERSON = PersonGrant(
    platform="x",
    authorize_url="https://x/authorize",
    token_url="https://x/token",
    client_id="me",
    scopes=("read", "offline"),
)
HELD = Token(access_token="old", obtained_at=AT, refresh_token="r1", scopes=("read",))


def answer(fields, status=200, **headers):
    body = fields if isinstance(fields, bytes) else json.dumps(fields).encode()
    return Response(
        platform="x", source="token", status=status, headers=headers, body=body, received_at=AT
    )


def request_of(exchange):
    return next(exchange)


def test_an_apps_token_is_minted_with_its_secret_in_the_form_and_never_repeated():
    request = request_of(APP.renew(None))
    assert request.form == {
        "client_id": "me",
        "client_secret": "hush",
        "grant_type": "client_credentials",
    }
    assert not request.repeatable
    assert "hush" not in repr(request)


def test_a_confidential_client_may_show_its_secret_in_the_header_instead():
    basic = PersonGrant(
        platform="x",
        authorize_url="https://x/a",
        token_url="https://x/t",
        client_id="me",
        client_secret="hush",
        basic=True,
    )
    request = request_of(basic.renew(HELD))
    assert request.secrets == {"Authorization": "Basic bWU6aHVzaA=="}
    assert "client_secret" not in (request.form or {})


def test_the_consent_page_is_told_who_asks_for_what_and_gets_a_challenge_not_the_verifier():
    query = parse_qs(urlsplit(PERSON.consent_address(CONSENT)).query)
    assert query["scope"] == ["read offline"]
    assert query["code_challenge_method"] == ["S256"]
    # RFC 7636, 4.2: BASE64URL(SHA256(verifier)) without padding, of 64 times "v".
    assert query["code_challenge"] == ["w1TpKUdYE9hUAcNSeeSRFioHDxfUxuHho_JHAfZ_vDM"]
    assert CONSENT.verifier not in PERSON.consent_address(CONSENT)


def test_the_code_is_redeemed_with_the_verifier():
    request = request_of(PERSON.redeem("abc", CONSENT, ACCOUNT))
    assert request.form == {
        "client_id": "me",
        "grant_type": "authorization_code",
        "code": "abc",
        "redirect_uri": CONSENT.redirect_uri,
        "code_verifier": CONSENT.verifier,
    }


def test_a_refresh_token_that_rotates_takes_the_place_of_the_old_one():
    token = replay(
        PERSON.renew(HELD),
        [
            answer(
                {
                    "access_token": "new",
                    "expires_in": 7200,
                    "refresh_token": "r2",
                    "refresh_expires_in": 86_400,
                }
            )
        ],
    )
    assert token.access_token == "new"
    assert token.expires_at == AT + timedelta(hours=2)
    assert token.refresh_token == "r2"
    assert token.refresh_expires_at == AT + timedelta(days=1)
    assert token.scopes == ("read",)


def test_a_refresh_token_that_is_not_told_again_stays():
    token = replay(PERSON.renew(HELD), [answer({"access_token": "new", "expires_in": "3600"})])
    assert token.refresh_token == "r1"
    assert token.expires_at == AT + timedelta(hours=1)


def test_a_token_without_an_end_has_none():
    assert replay(APP.renew(None), [answer({"access_token": "a"})]).expires_at is None


@pytest.mark.parametrize(
    ("response", "error"),
    [
        (answer({"error": "invalid_grant", "error_description": "gone"}), AuthFailed),
        (answer({"error": "invalid_grant"}, 400), AuthFailed),
        (answer(b"<html>", 401), AuthFailed),
        (answer({}, 429), RateLimited),
        (answer(b"<html>", 503), Unavailable),
        (answer(b"<html>"), Unreadable),
        (answer({"expires_in": 7200}), Unreadable),
        (answer({"access_token": "a-canary", "expires_in": -1}), Unreadable),
    ],
)
def test_a_refusal_has_its_remedy_and_no_error_holds_a_token(response, error):
    with pytest.raises(error) as caught:
        replay(PERSON.renew(HELD), [response])
    assert "canary" not in str(caught.value)
    assert "canary" not in getattr(caught.value, "body", "")


@pytest.mark.parametrize("token", [None, Token(access_token="a", obtained_at=AT)])
def test_without_a_refresh_token_a_person_has_to_log_in(token):
    with pytest.raises(AuthFailed if token else CredentialMissing):
        replay(PERSON.renew(token), [])


def test_a_platform_may_want_its_challenge_in_hexadecimal():
    grant = replace(PERSON, challenge=s256_in_hex)
    query = parse_qs(urlsplit(grant.consent_address(CONSENT)).query)
    assert query["code_challenge"] == [hashlib.sha256(b"v" * 64).hexdigest()]


def test_a_platform_that_refuses_pkce_is_shown_neither_challenge_nor_verifier():
    grant = replace(PERSON, challenge=None)
    assert "code_challenge" not in grant.consent_address(CONSENT)
    form = request_of(grant.redeem("a-code", CONSENT, ACCOUNT)).form
    assert form is not None
    assert form["code"] == "a-code"
    assert "code_verifier" not in form


@pytest.mark.parametrize("token", ["a\0b", "a\nX: y", "\ud800", 7, ["a"]])
def test_a_token_that_no_header_can_carry_is_none(token):
    with pytest.raises(Unreadable, match="access_token is not a token"):
        replay(APP.renew(None), [answer({"access_token": token})])


def test_a_token_is_kept_whole_however_long():
    long = "t" * 2048
    assert replay(APP.renew(None), [answer({"access_token": long})]).access_token == long
