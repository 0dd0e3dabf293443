"""No page, number or exit code says more of an account than it was seen to do."""

import json
import re
from datetime import UTC, datetime
from itertools import combinations_with_replacement

import pytest

from dashboard.components import health, wall
from dashboard.i18n.words import LANGUAGES, words
from dashboard.public.documents import pages
from dashboard.public.preview_image import preview_svg
from dashboard.view_model.refresher import Refresher
from storage.reports.status import status_of
from tests.support.followed_accounts import PLATFORMS, WHEN, Asked, publish_accounts

NOW = datetime(2026, 5, 19, 12, 0, 30, tzinfo=UTC)
#: What says that nothing is on air, that nothing began, that a count is final, that all was answered.
QUIET = ("phase.quiet", "onair.nothing")
NOT_BEGUN = ("total.unknown_before",)
FINAL = ("phase.final", "total.final")
NO_GAPS = ("health.no_gaps",)
CLAIMS = (QUIET, NOT_BEGUN, FINAL, NO_GAPS)
#: Accounts that were asked, answered in time, and said whether they are on air.
SEEN = {Asked.ANSWERED, Asked.LIVE}
ANSWERS = SEEN | {Asked.STATELESS}
#: Asked after the edition's end, with an answer that says that all is over.
OVER = {Asked.ANSWERED, Asked.PAUSED}
CASES = [asked for several in (1, 2) for asked in combinations_with_replacement(Asked, several)]


def text(html):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", html.split("<script>")[0]))


def shown(model, now, language):
    """Everything that the wall, Health and the public page of one language say."""
    say, edition = words(language, "UTC"), model.edition(None)
    return {
        "wall": "".join(
            (
                wall.now_line(edition, say, now),
                wall.hero(edition, say, now),
                wall.tiles(edition, say, now, dark=False),
                wall.on_air(edition, say, now, dark=False),
            )
        ),
        "health": health.sources(model, say, now, dark=False)
        + health.gaps(model, say, now, dead=False),
        "preview": preview_svg(model, edition, say),
    }


def allowed(asked, when, facts):
    """Which of the words the facts allow: all of them are of everybody who is followed."""
    every = set(asked)
    if facts is QUIET:
        return every <= SEEN and Asked.LIVE not in every
    if facts is NOT_BEGUN:
        return False  # each that answered has had a broadcast
    if facts is FINAL:
        return when == "after" and every <= OVER
    return every <= ANSWERS


def published(tmp_path, asked, when):
    """Publish and read; return what is current, the public files, ``live.json`` and the status."""
    folder = publish_accounts(tmp_path / "published", asked, when, NOW)
    refresher = Refresher(folder, refresh_seconds=3600, now=lambda: NOW)
    refresher.refresh()
    public = pages(refresher.current, NOW, language="en")
    told = json.loads(public["live.json"])
    return refresher.current.model, public, told, status_of(folder, now=NOW)


@pytest.mark.parametrize("when", WHEN)
@pytest.mark.parametrize("asked", CASES, ids=" + ".join)
@pytest.mark.fault(row=69)
def test_nothing_is_said_that_the_accounts_did_not_tell(tmp_path, asked, when, fault_record):
    model, public, told, status = published(tmp_path, asked, when)
    for language in LANGUAGES:
        say = words(language, "UTC")
        places = shown(model, NOW, language) | {"public": public[f"{language}.html"].decode()}
        forbidden = [key for facts in CLAIMS if not allowed(asked, when, facts) for key in facts]
        for place, html in places.items():
            assert [key for key in forbidden if say.say(key) in text(html)] == [], place
        if not {Asked.LIVE, Asked.STATELESS} & set(asked):
            cards = text(places["wall"] + places["public"])
            assert f" {say.say('state.fresh')}" not in cards
    edition = status["editions"][0]
    for state, facts in (("quiet", QUIET), ("final", FINAL)):
        if not allowed(asked, when, facts):
            assert state not in {told["state"], edition["state"]}
    check_numbers(dict(zip(PLATFORMS, asked, strict=False)), told, edition)
    assert status["nothing_answers"] == (not ANSWERS & set(asked))
    page = text(public["en.html"].decode())
    for each in told["unseen"] if told["state"] != "final" else ():
        assert each["name"] in page
    fault_record(
        69,
        "accounts that do not answer, are paused, never asked, or tell no state",
        f"{len(CASES)} combinations of {len(Asked)} kinds, before, during and after an edition",
        "no page in any language, live.json, status or preview says more than was answered",
        0,
    )


def check_numbers(asked, told, edition):
    """Who is in a *now* is live and answers; who is not known to be on air or off it is named."""
    for platform, numbers in told["platforms"].items():
        watched = 8 if asked[platform] is Asked.LIVE else None
        assert numbers["concurrent_viewers"] == watched
        assert (platform in told["late"]) or asked[platform] is not Asked.STOPPED
    live = list(asked.values()).count(Asked.LIVE)
    assert told["concurrent_viewers"] == edition["concurrent_viewers"] == (8 * live or None)
    assert edition["live"] == live
    unseen = {platform for platform, kind in asked.items() if kind not in SEEN}
    assert {each["platform"] for each in told["unseen"]} == unseen


def test_what_was_on_air_is_not_counted_as_on_air(tmp_path):
    model, public, _, _ = published(tmp_path, (Asked.LIVE, Asked.STOPPED), "during")
    for shown_text in (public["en.html"].decode(), shown(model, NOW, "en")["wall"]):
        assert "1 broadcast on air" in text(shown_text)
        assert "1 broadcast was on air" in text(shown_text)


@pytest.mark.parametrize(
    ("asked", "when", "state", "key"),
    [
        ((Asked.ANSWERED,), "during", "quiet", "phase.quiet"),
        ((Asked.ANSWERED, Asked.ANSWERED), "during", "quiet", "phase.quiet"),
        ((Asked.ANSWERED,), "after", "final", "phase.final"),
        ((Asked.LIVE, Asked.FAILED), "during", "live", "phase.live"),
        ((Asked.STOPPED,), "during", "unsure", "phase.unsure"),
        ((Asked.STATELESS,), "during", "unknown", "phase.unknown"),
        ((Asked.ANSWERED, Asked.NEVER), "during", "unknown", "phase.unknown"),
        ((Asked.FAILED,), "before", "before", "phase.before"),
        ((Asked.FAILED,), "after", "unknown", "phase.unknown_after"),
        ((Asked.ANSWERED, Asked.FAILS_SINCE), "after", "unknown", "phase.unknown_after"),
    ],
    ids=lambda value: " + ".join(value) if isinstance(value, tuple) else value,
)
def test_what_is_known_is_said(tmp_path, asked, when, state, key):
    model, public, told, status = published(tmp_path, asked, when)
    assert told["state"] == status["editions"][0]["state"] == state
    for language in LANGUAGES:
        say = words(language, "UTC")
        assert say.say(key) in text(public[f"{language}.html"].decode())
        if state != "before":
            assert say.say(key) in text(shown(model, NOW, language)["wall"])
