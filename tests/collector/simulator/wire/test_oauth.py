"""Tokens: codes and refresh tokens are good for one use, and everything ends in its time."""

import base64
import hashlib
from datetime import timedelta

import pytest

from collector.simulator.wire.oauth import Client, InvalidClient, InvalidGrant, Issuer
from tests.support.simulator_examples import START, Clock

REDIRECT = "http://127.0.0.1:1/back"
VERIFIER = "v" * 64
DIGEST = hashlib.sha256(VERIFIER.encode())


def issuer_at(clock: Clock, *, hex_challenge: bool = False) -> Issuer:
    return Issuer(
        name="test",
        now=clock,
        access_lasts=timedelta(hours=2),
        refresh_lasts=timedelta(days=180),
        person="owner",
        hex_challenge=hex_challenge,
    )


def code_of(issuer: Issuer, **query: str) -> str:
    address = issuer.consent({"redirect_uri": REDIRECT, "state": "s", **query})
    assert address.startswith(f"{REDIRECT}?code=")
    assert address.endswith("&state=s")
    return address.split("code=")[1].split("&")[0]


def test_a_code_is_good_once_and_for_its_own_address() -> None:
    issuer = issuer_at(Clock(START))
    with pytest.raises(InvalidGrant):
        issuer.redeem({"code": code_of(issuer), "redirect_uri": "http://elsewhere"})
    form = {"code": code_of(issuer), "redirect_uri": REDIRECT}
    assert issuer.redeem(form).owner == "owner"
    with pytest.raises(InvalidGrant):
        issuer.redeem(form)


@pytest.mark.parametrize("in_hex", [False, True])
def test_the_verifier_must_be_that_of_the_challenge(*, in_hex: bool) -> None:
    issuer = issuer_at(Clock(START), hex_challenge=in_hex)
    url_safe = base64.urlsafe_b64encode(DIGEST.digest()).rstrip(b"=").decode()
    challenge = DIGEST.hexdigest() if in_hex else url_safe
    for verifier, is_taken in ((VERIFIER, True), ("w" * 64, False)):
        code = code_of(issuer, code_challenge=challenge)
        form = {"code": code, "redirect_uri": REDIRECT, "code_verifier": verifier}
        if is_taken:
            assert issuer.redeem(form).access_token
        else:
            with pytest.raises(InvalidGrant):
                issuer.redeem(form)


def test_a_refresh_token_is_good_once_until_its_end() -> None:
    clock = Clock(START)
    issuer = issuer_at(clock)
    first = issuer.issue("owner", scope="read")
    second = issuer.refresh({"refresh_token": first.refresh_token})
    assert (second.owner, second.scope) == ("owner", "read")
    with pytest.raises(InvalidGrant):
        issuer.refresh({"refresh_token": first.refresh_token})
    clock.advance(days=180)
    with pytest.raises(InvalidGrant):
        issuer.refresh({"refresh_token": second.refresh_token})


def test_an_access_token_ends_and_is_still_known() -> None:
    clock = Clock(START)
    issuer = issuer_at(clock)
    issued = issuer.issue("owner")
    assert issuer.seconds_left(issued.expires_at) == 7200
    assert issuer.find_valid(issued.access_token) == issued
    clock.advance(hours=2)
    assert issuer.find_valid(issued.access_token) is None
    assert issuer.find_issued(issued.access_token) == issued
    assert issuer.find_issued("never given") is None


def test_only_the_app_itself_is_taken() -> None:
    client = Client()
    client.check_credentials(client.client_id, client.client_secret)
    with pytest.raises(InvalidClient):
        client.check_credentials(client.client_id, "guess")
