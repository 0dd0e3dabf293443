"""Addresses as people paste them, on every platform, and what is nobody's page."""

import pytest

from collector.platforms import platforms
from collector.setup.recognition import Recognized, Unrecognized, recognize

KNOWN = platforms()
PAGES = {
    "youtube:@DGSN": [
        "https://www.youtube.com/@DGSN",
        "https://m.youtube.com/@DGSN/streams?app=desktop",
        "youtube.com/@DGSN/",
        "  <https://youtube.com/@DGSN?si=abc>  ",
    ],
    "youtube:@الأمن_الوطني": [
        "https://www.youtube.com/@%D8%A7%D9%84%D8%A3%D9%85%D9%86_%D8%A7%D9%84%D9%88%D8%B7%D9%86%D9%8A"
    ],
    "youtube:UCabcdefghijklmnopqrstuv": [
        "https://www.youtube.com/channel/UCabcdefghijklmnopqrstuv",
        "https://studio.youtube.com/channel/UCabcdefghijklmnopqrstuv/livestreaming",
    ],
    "facebook:DGSN.Maroc": [
        "https://www.facebook.com/DGSN.Maroc",
        "https://fr-fr.facebook.com/DGSN.Maroc/videos/123456/",
        "fb.com/DGSN.Maroc",
    ],
    "facebook:100064321098765": [
        "https://www.facebook.com/profile.php?id=100064321098765",
        "https://www.facebook.com/people/DGSN/100064321098765/",
        "https://www.facebook.com/p/DGSN-Maroc-100064321098765/",
    ],
    "instagram:dgsn.maroc": ["https://www.instagram.com/dgsn.maroc/", "instagram.com/dgsn.maroc/reels"],
    "x:DGSN_MAROC": [
        "https://x.com/DGSN_MAROC",
        "https://twitter.com/DGSN_MAROC?lang=ar",
        "https://mobile.twitter.com/DGSN_MAROC/status/1790000000000000000",
    ],
    "tiktok:@dgsn.maroc": ["https://www.tiktok.com/@dgsn.maroc/live", "tiktok.com/@dgsn.maroc"],
    "twitch:dgsn": ["https://www.twitch.tv/dgsn", "https://m.twitch.tv/dgsn/schedule"],
    "kick:dgsn": ["https://kick.com/dgsn"],
    "telegram:@dgsn_maroc": ["https://t.me/dgsn_maroc", "https://t.me/s/dgsn_maroc/12"],
    "threads:dgsn.maroc": ["https://www.threads.com/@dgsn.maroc", "https://www.threads.net/@dgsn.maroc"],
    "vimeo:dgsn": ["https://vimeo.com/dgsn"],
    "dailymotion:dgsn": ["https://www.dailymotion.com/dgsn", "https://www.dailymotion.com/user/dgsn"],
    "linkedin:dgsn-maroc": [
        "https://www.linkedin.com/company/dgsn-maroc/posts/",
        "https://ma.linkedin.com/showcase/dgsn-maroc",
    ],
    "peertube:https://video.example.org/c/dgsn": ["https://video.example.org/c/dgsn/videos"],
    "peertube:https://video.example.org:8443/a/dgsn": ["https://video.example.org:8443/a/dgsn"],
    "peertube:dgsn@home.example.org": ["https://video.example.org/c/dgsn@home.example.org"],
}  # fmt: skip
NOBODY = [
    "https://www.youtube.com/watch?v=dQw4w9WgXcQ",
    "https://www.youtube.com/live/dQw4w9WgXcQ",
    "https://www.youtube.com/",
    "https://www.facebook.com/watch/?v=1",
    "https://www.instagram.com/p/abc/",
    "https://x.com/i/broadcasts/1abc",
    "https://t.me/joinchat/abc",
    "https://www.twitch.tv/videos/123",
    "https://www.linkedin.com/in/somebody",
    "https://www.tiktok.com/live",
]


@pytest.mark.parametrize(
    ("key", "address"), [(key, address) for key, pages in PAGES.items() for address in pages]
)
def test_an_account_is_recognized_by_the_address_of_its_page(key, address):
    assert [each.key for each in recognize(address, KNOWN)] == [key]


def test_every_platform_with_a_site_is_among_the_pages():
    platforms_met = {key.partition(":")[0] for key in PAGES}
    assert {name for name, platform in KNOWN.items() if platform.sites} <= platforms_met


@pytest.mark.parametrize("address", NOBODY)
def test_what_is_nobodys_page_says_what_to_paste(address):
    with pytest.raises(Unrecognized, match="open the account and paste that address"):
        recognize(address, KNOWN)


@pytest.mark.parametrize(
    "text", ["@DGSN", "dgsn", "", "ftp://example.org/x", "https://", "http://a b:x/"]
)
def test_what_is_no_address_says_so(text):
    with pytest.raises(Unrecognized, match=r"not the address of a page|--platform"):
        recognize(text, KNOWN)


@pytest.mark.parametrize(
    ("address", "owncast", "icecast"),
    [
        ("http://radio.example.org:8000", "http://radio.example.org:8000", "http://radio.example.org:8000"),
        ("http://radio.example.org:8000/status.xsl", "http://radio.example.org:8000", "http://radio.example.org:8000"),
        ("http://u:p@radio.example.org/live.mp3.m3u", "http://radio.example.org", "http://radio.example.org/live.mp3"),
        ("http://127.0.0.1:8000/stream", "http://127.0.0.1:8000", "http://127.0.0.1:8000/stream"),
        ("https://youtube.com.example.org/@DGSN", "https://youtube.com.example.org", "https://youtube.com.example.org/@DGSN"),
    ],
)  # fmt: skip
def test_a_server_of_ones_own_is_one_of_those_there_are(address, owncast, icecast):
    assert set(recognize(address, KNOWN)) == {
        Recognized(platform="owncast", handle=owncast),
        Recognized(platform="icecast", handle=icecast),
    }
