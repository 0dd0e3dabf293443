"""Who watches now, and who did when last seen: what the public page and live.json say of each."""

import json
import re
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from dashboard.i18n.words import words
from dashboard.public.documents import pages
from storage.analysis.freshness import Freshness
from tests.dashboard.public.test_documents import ready, text
from tests.support.published_edition import Rehearsal


@pytest.fixture
def found(published, now):
    return ready(published("live", Rehearsal(now=now)), now)


@pytest.mark.parametrize("state", ["dead", "unread"])
def test_nobody_is_said_to_watch_now_while_nothing_is_renewed(published, found, now, state):
    if state == "dead":
        found = ready(published("dead", Rehearsal(now=now, heartbeat_seconds_ago=7200)), now)
    else:  # the publisher cannot read what the collector publishes: its picture ages
        found = replace(found, failed_since=now - timedelta(hours=2))
    made = pages(found, now, language="en")
    page, told = text(made["en.html"]), json.loads(made["live.json"])
    assert told["state"] == "unsure"
    assert (told["concurrent_viewers"], told["late"]) == (None, ["youtube", "icecast"])
    viewers = found.model.edition(None).total.concurrent_viewers
    assert f"{viewers:,} watching when last seen, at " in page
    assert "right now" not in page
    assert "watching now" not in page
    assert "in the last hour" not in page
    assert "is" not in re.findall(r'class="([a-z]+)"', made["en.html"].decode())


def test_a_late_platform_is_in_no_sum_of_who_watches_now(published, now):
    found = ready(published("failing", Rehearsal(now=now, failing_minutes=60)), now)
    youtube, icecast = found.model.edition(None).tiles
    made = pages(found, now, language="en")
    page, told = text(made["en.html"]), json.loads(made["live.json"])
    assert f"{icecast.concurrent_viewers:,} watching right now" in page
    assert youtube.stalest_at is not None
    at = words("en", "Africa/Casablanca").moment(youtube.stalest_at, now)
    assert (
        f"without YouTube , which does not answer: {youtube.concurrent_viewers:,} when last seen, at {at}"
        in page
    )
    assert "in the last hour" not in page
    assert told["concurrent_viewers"] == icecast.concurrent_viewers
    assert told["late"] == ["youtube"]
    of_youtube = told["platforms"]["youtube"]
    assert of_youtube["concurrent_viewers"] is None
    assert of_youtube["last_concurrent_viewers"] == youtube.concurrent_viewers
    assert datetime.fromisoformat(of_youtube["seen_at"]) == youtube.stalest_at.replace(
        microsecond=0
    )


def test_viewers_of_unlike_times_are_said_to_be_of_both(found, now):
    edition = found.model.edition(None)
    first, last = now - timedelta(hours=2), now - timedelta(hours=1)
    at = {"youtube": first, "icecast": last}
    on_air = tuple(
        replace(row, freshness=Freshness.LATE, observed_at=at[row.platform])
        for row in edition.on_air
    )
    picture = replace(found.model, editions=(replace(edition, on_air=on_air),))
    page = text(pages(replace(found, model=picture), now, language="en")["en.html"])
    spoken = words("en", "Africa/Casablanca")
    between = f"between {spoken.moment(first, now)} and {spoken.moment(last, now)}"
    assert f"watching when last seen, {between}" in page


def test_who_watches_now_and_the_last_hour_are_said_while_all_answer(found, now):
    edition = found.model.edition(None)
    made = pages(found, now, language="en")
    page, told = text(made["en.html"]), json.loads(made["live.json"])
    assert f"{edition.total.concurrent_viewers:,} watching right now" in page
    assert "in the last hour" in page
    assert told["concurrent_viewers"] == edition.total.concurrent_viewers
    assert told["late"] == []
