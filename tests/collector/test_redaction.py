"""What is masked and what stays: secrets of any shape go, names, ids and plain words never do."""

import pytest

from collector.contract.errors import Rejected, Unreadable
from collector.redaction import LONGEST_SHOWN, MASK, Secrets, shown, without_secrets

LONG = "EXAMPLEtokenEXAMPLEtokenEXAMPLEtoken0123456789"


def test_secrets_are_masked_by_value_and_by_shape():
    text = "key=abc123 https://x/?key=zzz&a=1 Bearer abcdefghij AIzaSyA1234567890123456789012345678"
    masked = Secrets(["abc123"]).redact(text)
    assert "abc123" not in masked
    assert "zzz" not in masked
    assert "abcdefghij" not in masked
    assert "AIza" not in masked
    assert "a=1" in masked


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        (f"Malformed access token {LONG}", LONG),
        ("Malformed access token abcdefgh12345678 was given", "abcdefgh12345678"),
        ("token EAABwzLixnjYBO12", "EAABwzLixnjYBO12"),
        ("access_token=short", "short"),
        ("access_token%3DEAAx1", "EAAx1"),
        ('{"access_token": "a-page-token"}', "a-page-token"),
        ("{'refresh_token': 'a-token'}", "a-token"),
        ('{\\"access_token\\":\\"a-token\\"}', "a-token"),
        ("appsecret_proof=0a1b2c", "0a1b2c"),
        ("appsecret_proof: 0a1b2c3d", "0a1b2c3d"),
        ("0a1b2c3d" * 8, "0a1b2c3d"),
        ("client_secret=abc&x=1", "abc"),
        ("Authorization: OAuth abc", "abc"),
        ("authorization: bearer abc", "abc"),
        ("Basic dXNlcjpwYXNzd29yZA==", "dXNl"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-def_123", "abc-def_123"),
        ("123456789012345|AbCdEfGhIjKlMnOpQrStUvWxYz0", "AbCd"),
        ("https://user:pw123@host.example/path", "pw123"),
        ("/live_videos?access_token=a-page-token&limit=50", "a-page-token"),
        ("AQX7-kd93_LmZZ0aAbBcCdDeEfFgGhHiIjJk", "kd93"),
    ],
)
def test_a_secret_is_masked_wherever_it_stands(text, secret):
    masked = without_secrets(text)
    assert secret not in masked
    assert MASK in masked
    assert without_secrets(masked) == masked


@pytest.mark.parametrize(
    "text",
    [
        "grant instagram_business_manage_comments to this app first",
        "requires pages_read_user_content, read_insights and instagram_basic permissions",
        "Instagram Basic permissions; Bearer authentication required",
        "page 100200300400500_900800700600500400300, urn:li:ugcPost:7123456789012345678",
        "list PL590L5WQmH8fJ54FqA5bqGzUkSUjg4QdX, video 9c1c1b3e-7f0a-4b52-9d0e-0f7a3c1b2d3e",
        "/Opening-Ceremony-Day2-of-the-DGSN-Open-Days-2026",
        "token: 190/463 Error validating access token: Session has expired on 17-May-26",
        "access_token is missing: the access token could not be decrypted",
        "pageToken=CDIQAA code=100 key=value AbCdEfGhIjKlMnOpQrS12x_",
    ],
)
def test_names_ids_and_words_stay(text):
    assert shown(text) == text


def test_of_a_long_text_both_ends_are_shown_and_no_half_of_a_secret():
    secret = "a-known-token"
    for before in range(250, 320):
        text = f"(#10) {'.' * before} {secret} {'word ' * 400}grant pages_read_engagement"
        masked = Secrets([secret]).redact(shown(text))
        assert len(masked) <= LONGEST_SHOWN
        assert masked.startswith("(#10)")
        assert masked.endswith("grant pages_read_engagement")
        assert "a-kn" not in masked


def test_every_error_shows_its_text_and_keeps_its_body_without_secrets():
    error = Rejected("somewhere", f"list: access_token={LONG} {'word ' * 400}the end", status=400)
    assert LONG not in str(error) + error.detail
    assert error.detail.endswith("the end")
    broken = Unreadable(
        "somewhere", "list", body=f'{{"next": "?access_token={LONG}"}}' + "[" * 9000
    )
    assert LONG not in broken.body
    assert 1900 < len(broken.body) <= 2000
