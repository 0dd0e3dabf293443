"""What an error of Meta means, by its code and by the whole of its text."""

import json

import pytest
from pydantic import SecretStr

from collector.contract.errors import PlatformError
from collector.contract.exchange import Response
from collector.platforms.facebook import Facebook
from tests.support.builders import NOON, account

PAGE = account(key="facebook:page", platform="facebook", handle="page", native_id="100")
#: Longer than anything that is shown or kept of a title.
PROSE = "What was asked for is described in the reference of this object, version by version. " * 20


def refused(error, status=400):
    """Return what the probe of a page raises for this error."""
    exchange = Facebook(Facebook.Settings(page_token=SecretStr("a-page-token"))).probe(PAGE)
    request = next(exchange)
    response = Response(
        platform="facebook",
        source=request.source,
        status=status,
        headers={},
        body=json.dumps({"error": error}).encode(),
        received_at=NOON,
    )
    with pytest.raises(PlatformError) as caught:
        exchange.send(response)
    return caught.value


@pytest.mark.parametrize(
    ("code", "words", "kind"),
    [
        (100, "the feature 'Page Public Content Access' is missing", "AuthFailed"),
        (100, "the feature 'Page Public Metadata Access' is missing", "AuthFailed"),
        (100, "it requires the permission pages_read_engagement", "AuthFailed"),
        (10, "grant instagram_business_manage_comments to this app first", "AuthFailed"),
        (100, "nonexisting field (reactions)", "Rejected"),
        (None, "no valid access token", "AuthFailed"),
        (9999, "an internal server error", "Unavailable"),
    ],
)
@pytest.mark.parametrize("place", ["message", "error_user_msg"])
def test_an_error_is_judged_by_all_it_says_and_shows_what_has_to_be_done(code, words, kind, place):
    error = refused({"message": "Refused.", "code": code, place: PROSE + words})
    assert type(error).__name__ == kind
    assert error.detail.endswith(words)
    assert len(error.detail) <= 600


@pytest.mark.parametrize("token", ["EXAMPLEtokenEXAMPLEtoken0123456789", "EAABwzLixnjYBO12"])
def test_a_token_stands_in_no_error(token):
    error = refused({"message": f"{PROSE}access_token={token} Malformed {token}", "code": 190})
    assert token not in error.detail


@pytest.mark.parametrize(
    ("code", "subcode", "kind"),
    [
        (1, None, "Unavailable"),
        (2, None, "Unavailable"),
        (4, None, "RateLimited"),
        (17, 2446079, "RateLimited"),
        (32, None, "RateLimited"),
        (613, None, "RateLimited"),
        (80006, None, "RateLimited"),
        (10, None, "AuthFailed"),
        (200, None, "AuthFailed"),
        (299, None, "AuthFailed"),
        (368, None, "AuthFailed"),
        (190, 460, "AuthFailed"),
        (190, 492, "AuthFailed"),
        (100, 33, "Rejected"),
        (803, None, "Rejected"),
        (12, None, "Rejected"),
    ],
)
@pytest.mark.parametrize("status", [200, 400])
def test_a_code_means_the_same_under_any_status(code, subcode, kind, status):
    error = refused({"message": "Refused.", "code": code, "error_subcode": subcode}, status)
    assert type(error).__name__ == kind
    # HTTP 200 would say that the platform does not know the account.
    assert getattr(error, "status", 400) == 400


@pytest.mark.parametrize("error", [{"message": "Oh.", "code": 9999}, {"code": 9999}, "oh", {}, 17])
def test_an_unknown_error_under_http_200_is_an_outage_and_no_mistake_of_ours(error):
    assert type(refused(error, 200)).__name__ == "Unavailable"
