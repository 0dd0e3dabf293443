"""Airings and sessions: what carried one moment of the programme."""

from datetime import datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.analysis.sessions import SessionGroups, group_sessions
from storage.model import Broadcast, Names, PlannedSession, Status
from storage.read_model.publisher import Publisher
from storage.read_model.reader import ReadModel
from storage.schema import SEGMENTS, SESSIONS
from storage.store import Store
from storage.store.event import PLANNED
from storage.store.segments import SEGMENT
from tests.support.builders import broadcast, edition, programme
from tests.support.ticks import at, seen, tick, told

EVENT = ("أيام الأبواب المفتوحة للأمن الوطني", "Journées Portes Ouvertes de la DGSN", "Open Days")
OPENING = "حفل الافتتاح | أيام الأبواب المفتوحة للأمن الوطني"
HORSES = "عرض الخيالة | أيام الأبواب المفتوحة للأمن الوطني"
NO_PLAN = pl.DataFrame(schema=PLANNED)


def aired(
    name: str, start: float, end: float | None, title: str = OPENING, **facts: object
) -> Broadcast:
    """A broadcast of the account that its name begins with: ``youtube1`` is of ``youtube:@dgsn``."""
    platform = name.rstrip("0123456789")
    return broadcast(
        name,
        **{
            "platform": platform,
            "title": title,
            "status": Status.LIVE if end is None else Status.ENDED,
            "started_at": at(start),
            "ended_at": None if end is None else at(end),
            "discovered_at": at(start),
            **facts,
        },
    )


def group(*broadcasts: Broadcast, segments=(), planned: pl.DataFrame = NO_PLAN) -> SessionGroups:
    rows = pl.DataFrame(list(segments), schema=SEGMENT, orient="row")
    return group_sessions(broadcasts, rows, planned, event_names=EVENT)


def sessions_of(*broadcasts: Broadcast, **more) -> list[list[str]]:
    """The broadcasts' names, by session."""
    of_sessions = group(*broadcasts, **more).sessions["broadcasts"].to_list()
    return [[key.partition(":")[2] for key in keys] for keys in of_sessions]


def plan(*named: tuple[str, list[str]]) -> pl.DataFrame:
    names = {"name_ar": "افتتاح", "name_fr": "Ouverture", "name_en": "Opening"}
    rows = [
        {"session": key, "edition": "test-2026", **names, "broadcasts": keys} for key, keys in named
    ]
    return pl.DataFrame(rows, schema=PLANNED)


def test_one_broadcast_is_a_session_of_its_own():
    [row] = group(aired("youtube1", 0, 60)).sessions.rows(named=True)
    assert row == {
        "session": "youtube:youtube1",
        "edition": "test-2026",
        "title": OPENING,
        "name_ar": None,
        "name_fr": None,
        "name_en": None,
        "started_at": at(0),
        "ended_at": at(60),
        "broadcasts": ["youtube:youtube1"],
        "accounts": ["youtube:@dgsn"],
        "platforms": ["youtube"],
        "is_simulcast": False,
    }


def test_several_accounts_at_one_time_under_like_titles_are_a_simulcast():
    both = (
        aired("youtube1", 0, 60),
        aired("facebook1", 3, None, "🔴 مباشر: حفل افتتاح أيام الأبواب المفتوحة #DGSN"),
    )
    [row] = group(*both).sessions.rows(named=True)
    assert row["is_simulcast"]
    assert row["session"] == "youtube:youtube1"
    assert row["platforms"] == ["youtube", "facebook"]
    assert (row["started_at"], row["ended_at"]) == (at(0), None)


@pytest.mark.parametrize(
    ("what", "other"),
    [
        ("another moment at the same time", aired("facebook1", 0, 60, HORSES)),
        ("the same title on the same account", aired("youtube2", 0, 60)),
        ("long before the other's end", aired("facebook1", 50, 120)),
        ("not at the same time", aired("facebook1", 100, 160)),
        ("another edition", aired("facebook1", 0, 60, edition=None)),
        ("an upload", aired("facebook1", 0, 60, status=Status.UPLOAD)),
    ],
)
def test_is_not_a_simulcast(what: str, other: Broadcast):
    assert not group(aired("youtube1", 0, 60), other).sessions["is_simulcast"].any(), what


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (15, 16, True),  # begins within 15 minutes
        (20, 200, True),  # 40 of the shorter one's 60 minutes
        (30, 200, True),
        (31, 200, False),  # 29 of 60
        (40, 60, True),  # all of the shorter one's 20
        (40, None, False),  # lasting counts as the longer: 20 of 60
    ],
)
def test_half_of_the_shorter_one_has_to_run_beside_the_longer(start, end, expected):
    both = group(aired("youtube1", 0, 60), aired("facebook1", start, end))
    assert (both.sessions.height == 1) is expected


def test_an_opening_and_a_closing_ceremony_are_two_moments():
    both = (aired("youtube1", 0, 60, "حفل الافتتاح"), aired("facebook1", 0, 60, "حفل الاختتام"))
    assert len(sessions_of(*both)) == 2


def test_titles_that_only_name_the_event_are_compared_by_all_their_words():
    name = "أيام الأبواب المفتوحة للأمن الوطني"
    assert len(sessions_of(aired("youtube1", 0, 60, name), aired("facebook1", 0, 60, name))) == 1
    assert len(sessions_of(aired("youtube1", 0, 60, "🔴"), aired("facebook1", 0, 60, "🔴"))) == 2


def test_a_return_under_another_id_within_15_minutes_is_the_same_airing():
    parts = (aired("twitch1", 0, 30), aired("twitch2", 44, None))
    segments = [("twitch:twitch1", at(0), at(30)), ("twitch:twitch2", at(44), None)]
    both = group(*parts, segments=segments)
    assert both.segments["airing"].to_list() == ["twitch:twitch1", "twitch:twitch1"]
    [row] = both.sessions.rows(named=True)
    assert row["broadcasts"] == ["twitch:twitch1", "twitch:twitch2"]
    assert not row["is_simulcast"], "one account"


@pytest.mark.parametrize(
    "later",
    [
        aired("twitch2", 46, 90),  # too late
        aired("twitch2", 40, 90, HORSES),  # another moment
        aired("twitch2", 20, 90),  # began long before the other's end: a second camera
        aired("twitch2", 40, 90, account="twitch:@other"),
    ],
)
def test_is_another_airing(later: Broadcast):
    segments = [("twitch:twitch1", at(0), at(30)), ("twitch:twitch2", later.started_at, at(90))]
    found = group(aired("twitch1", 0, 30), later, segments=segments).segments
    assert found["airing"].to_list() == ["twitch:twitch1", "twitch:twitch2"]


def test_an_end_that_was_seen_late_does_not_hide_the_return():
    assert sessions_of(aired("kick1", 0, 34), aired("kick2", 31, None)) == [["kick1", "kick2"]]


def test_of_one_broadcast_that_drops_every_stretch_is_a_segment_and_a_long_pause_ends_the_airing():
    stretches = [(0, 10), (20, 30), (50, None)]
    segments = [
        ("icecast:icecast1", at(start), None if end is None else at(end))
        for start, end in stretches
    ]
    found = group(aired("icecast1", 0, None), segments=segments).segments
    airings = found["airing"].to_list()
    assert airings == [*["icecast:icecast1"] * 2, "icecast:icecast1@20260517T125000Z"]
    assert found.schema == SEGMENTS


def test_a_segment_that_no_answer_ended_ends_when_its_broadcast_went():
    gone = aired("youtube1", 0, 30, status=Status.GONE)
    found = group(gone, segments=[("youtube:youtube1", at(0), None)]).segments
    assert found["ended_at"].to_list() == [at(30)]


def test_a_simulcast_goes_on_over_a_drop_of_one_of_its_accounts():
    three = (
        aired("youtube1", 0, None),
        aired("twitch1", 0, 30, "Cérémonie d'ouverture"),
        aired("twitch2", 40, None, "Cérémonie d’ouverture"),
        aired("facebook1", 5, None, "CEREMONIE D'OUVERTURE | Live"),
    )
    assert sessions_of(*three) == [["twitch1", "facebook1", "twitch2"], ["youtube1"]]


def test_the_key_is_of_the_broadcast_found_first_and_stays():
    first = aired("youtube1", 5, None)
    earlier_but_found_later = aired("facebook1", 0, None, discovered_at=at(30))
    assert group(first).sessions["session"].to_list() == ["youtube:youtube1"]
    both = group(first, earlier_but_found_later).sessions
    assert both["session"].to_list() == ["youtube:youtube1"]
    assert both["started_at"].to_list() == [at(0)]


def test_what_the_configuration_names_wins():
    three = (
        aired("youtube1", 0, 60),
        aired("facebook1", 0, 60),
        aired("tiktok1", 300, 360, HORSES),
    )
    named = plan(("test-2026/opening", ["youtube:youtube1", "tiktok:tiktok1"]))
    by_name = group(*three, planned=named).sessions
    assert by_name["session"].to_list() == ["facebook:facebook1", "test-2026/opening"]
    [row] = by_name.filter(pl.col("name_en") == "Opening").rows(named=True)
    assert row["broadcasts"] == ["youtube:youtube1", "tiktok:tiktok1"]
    assert (row["started_at"], row["ended_at"]) == (at(0), at(360))


def test_a_return_follows_its_airing_into_a_named_session():
    named = plan(("test-2026/opening", ["twitch:twitch1"]), ("test-2026/none", ["youtube:unknown"]))
    parts = (aired("twitch1", 0, 30), aired("twitch2", 40, None))
    assert group(*parts, planned=named).sessions["session"].to_list() == ["test-2026/opening"]


def test_two_named_sessions_keep_their_own_even_of_one_airing():
    named = plan(("test-2026/a", ["twitch:twitch1"]), ("test-2026/b", ["twitch:twitch2"]))
    parts = (aired("twitch1", 0, 30), aired("twitch2", 40, None))
    assert sessions_of(*parts, planned=named) == [["twitch1"], ["twitch2"]]


def test_what_has_not_begun_is_in_no_session():
    soon = broadcast(status=Status.UPCOMING, scheduled_at=at(60))
    assert group(
        soon, broadcast("B", status=Status.UNKNOWN, published_at=at(0))
    ).sessions.is_empty()
    assert group().sessions.schema == SESSIONS


minutes = st.integers(0, 120)
broadcasts_drawn = st.lists(
    st.builds(
        lambda name, start, length, title, found: aired(
            name,
            start,
            None if length is None else start + length,
            title,
            discovered_at=at(found),
        ),
        st.sampled_from(
            [f"{platform}{number}" for platform in ("yt", "fb", "x") for number in "123"]
        ),
        minutes,
        st.none() | st.integers(0, 60),
        st.sampled_from([OPENING, HORSES, "Ouverture", "Live", ""]),
        minutes,
    ),
    max_size=9,
    unique_by=lambda one: one.key,
)


@given(broadcasts_drawn, st.data())
@settings(deadline=None, max_examples=150)
def test_each_broadcast_is_in_one_session_in_whatever_order_they_come(drawn, draw):
    found = group(*drawn)
    keys = [key for keys in found.sessions["broadcasts"] for key in keys]
    assert sorted(keys) == sorted(one.key for one in drawn)
    assert found.sessions["session"].n_unique() == found.sessions.height
    shuffled = group(*draw.draw(st.permutations(drawn)))
    assert shuffled.sessions.equals(found.sessions)


@pytest.fixture
def published(empty_store: Store, tmp_path, clock):
    opening = PlannedSession(
        key="opening",
        names=Names(ar="الافتتاح", fr="Ouverture", en="Opening"),
        broadcasts=("youtube:C",),
    )
    empty_store.event.save_programme(programme(), [edition(sessions=(opening,))])
    publisher = Publisher(empty_store, tmp_path / "published", now=clock, version="test")

    def publish() -> tuple[pl.DataFrame, pl.DataFrame, str]:
        publisher.publish([])
        read = ReadModel(tmp_path / "published").open()
        return read.segments(), read.sessions(), read.manifest.tables["sessions"]

    return publish


def test_sessions_are_published_and_their_file_shared_until_facts_change(empty_store, published):
    def live(name: str, minute: float, **facts: object) -> Broadcast:
        return broadcast(name, started_at=at(minute), title=OPENING, **facts)

    other = {"account": "youtube:@second"}
    empty_store.record(
        told(live("A", 0), live("B", 1, **other), live("C", 0, account="youtube:@c"))
    )
    empty_store.record(tick(seen("youtube:A", 1, 5), seen("youtube:B", 1, 5)))
    segments, sessions, file = published()
    assert segments.select("airing", "started_at", "ended_at").rows() == [
        ("youtube:A", at(1), None),
        ("youtube:B", at(1), None),
    ]
    assert sessions.select("session", "is_simulcast", "name_ar").rows() == [
        ("test-2026/opening", False, "الافتتاح"),
        ("youtube:A", True, None),
    ]
    empty_store.record(tick(seen("youtube:A", 2, 6)))
    assert published()[2] == file, "a quiet tick writes no new file"
    empty_store.record(told(live("B", 1, **other, status=Status.ENDED, ended_at=at(3))))
    empty_store.record(tick(seen("youtube:B", 3, 6, status=Status.ENDED)))
    segments, sessions, _ = published()
    assert segments["ended_at"].to_list() == [None, at(3)]
    ended: list[datetime | None] = sessions["ended_at"].to_list()
    assert ended == [None, None], "A goes on"
