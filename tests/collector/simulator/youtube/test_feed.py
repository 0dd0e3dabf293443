"""The public feed: shaped as observed, fifteen entries, late, and sometimes out."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from xml.etree.ElementTree import Element

import httpx
import pytest
from defusedxml.ElementTree import fromstring

from collector.simulator.wire.server import serving
from collector.simulator.world.protocol import Channel
from collector.simulator.world.scenario import Scenario
from collector.simulator.youtube.feed import Outage, OutageKind
from collector.simulator.youtube.server import YouTubeTerms
from storage.model import Status
from tests.support.simulator_examples import Clock

YT = "{http://www.youtube.com/xml/schemas/2015}"
ATOM = "{http://www.w3.org/2005/Atom}"
MEDIA = "{http://search.yahoo.com/mrss/}"


def read(client: httpx.Client, channel: Channel) -> Element:
    answer = client.get("/feeds/videos.xml", params={"channel_id": channel.channel_id})
    assert answer.status_code == 200
    return fromstring(answer.content)


def views_by_id(feed: Element) -> dict[str, int]:
    path = f"{MEDIA}group/{MEDIA}community/{MEDIA}statistics"
    return {
        str(entry.findtext(f"{YT}videoId")): int(entry.find(path).attrib["views"])
        for entry in feed.findall(f"{ATOM}entry")
    }


def outline(element: Any) -> dict:
    return {(child.tag, frozenset(child.attrib)): outline(child) for child in element}


def holds(ours: dict, theirs: dict) -> bool:
    return all(key in ours and holds(ours[key], below) for key, below in theirs.items())


def test_the_feed_looks_like_the_one_observed(
    client: httpx.Client, event: Scenario, example: Callable[[str], str]
) -> None:
    observed = fromstring(example("youtube/rss_feed_observed.xml"))
    feed = read(client, event.main)
    assert feed.tag == observed.tag
    entries = (feed.find(f"{ATOM}entry"), observed.find(f"{ATOM}entry"))
    ours, theirs = (outline(entry) for entry in entries)
    assert holds(ours, theirs)
    assert feed.findtext(f"{ATOM}entry/{ATOM}published").endswith("+00:00")


def test_it_lists_the_newest_fifteen(client: httpx.Client, event: Scenario) -> None:
    newest = event.world.listing(event.main.channel_id, event.start)[:15]
    assert list(views_by_id(read(client, event.main))) == list(newest)


def test_its_views_are_a_quarter_of_an_hour_old(client: httpx.Client, event: Scenario) -> None:
    earlier = event.start - timedelta(minutes=15)
    for native_id, views in views_by_id(read(client, event.main)).items():
        video = event.world.video(native_id, earlier)
        assert views == (video.views if video else 0)


def test_upcoming_broadcasts_are_listed_with_no_views(
    client: httpx.Client, event: Scenario, ids_by_status: dict[Status, list[str]]
) -> None:
    views = views_by_id(read(client, event.main))
    upcoming = set(ids_by_status[Status.UPCOMING]) & views.keys()
    assert {views[native_id] for native_id in upcoming} == {0}


def test_a_channel_that_does_not_exist_is_not_found(client: httpx.Client) -> None:
    assert client.get("/feeds/videos.xml?channel_id=UCnobody").status_code == 404


@pytest.mark.parametrize(
    ("kind", "status"),
    [(OutageKind.NOT_FOUND, 404), (OutageKind.SERVER_ERROR, 500), (OutageKind.CONSENT_PAGE, 200)],
)
def test_an_outage_ends_when_it_says(
    event: Scenario, clock: Clock, kind: OutageKind, status: int
) -> None:
    until = event.start + timedelta(minutes=10)
    terms = YouTubeTerms(feed_outages=[Outage(since=event.start, until=until, kind=kind)])
    params = {"channel_id": event.main.channel_id}
    with serving(event.world, now=clock, terms=terms) as served:
        out = httpx.get(served.youtube_feed, params=params, trust_env=False)
        clock.at = until
        back = httpx.get(served.youtube_feed, params=params, trust_env=False)
    assert out.status_code == status
    assert "<html" in out.text
    assert "<entry>" not in out.text
    assert "<entry>" in back.text
