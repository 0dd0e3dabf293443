"""Icecast's status page as 2.4.4 writes it: texts that look like numbers stand without quotes."""

from datetime import UTC, datetime

import pytest

from collector.contract.errors import PlatformError, Unreadable
from collector.contract.exchange import Response, replay
from collector.contract.platform_protocol import PlatformSettings
from collector.platforms.icecast import Icecast
from storage.model import Status
from tests.support.builders import account, broadcast

NOW = datetime(2026, 5, 17, 12, 30, tzinfo=UTC)
BEGUN = datetime(2026, 5, 17, 12, 0, tzinfo=UTC)
SERVER = "http://radio.example:8000"
#: What libxml2 takes for a number, or for true; JSON takes some of them for another one.
BARE = [
    "-",
    "3.",
    ".7",
    "-.5",
    "-5.",
    ".",
    "-007",
    "1e",
    "-1e5",
    "3.10",
    " 5. ",
    "\n-",
    "true",
    "NaN",
]
BARE += ["foo bar", "12:30", "", "Infinity", "٣", "-5"]


def source(mount, listeners="8", more='"dummy":null', begun='"2026-05-17T12:00:00+0000"'):
    listen = f'"listenurl":"http://localhost:8000{mount}","listeners":{listeners}'
    return f'{{{listen},"stream_start_iso8601":{begun},{more}}}'


def page(*sources):
    listed = sources[0] if len(sources) == 1 else f"[{','.join(sources)}]"
    return f'{{"icestats":{{"server_id":"Icecast 2.4.4","source":{listed},"dummy":null}}}}'


def answer(text):
    body = text if isinstance(text, bytes) else text.encode()
    return Response(
        platform="icecast",
        source="status-json",
        status=200,
        headers={},
        body=body,
        received_at=NOW,
    )


def polled(text, mounts=("one", "two")):
    platform = Icecast(PlatformSettings())
    live = [
        broadcast(name, url=f"{SERVER}/{name}.mp3", status=Status.LIVE, started_at=BEGUN)
        for name in mounts
    ]
    readings = replay(platform.poll(live, {}, NOW), [answer(text)])
    counts = {
        each.broadcast.partition(":")[2]: (str(each.status), each.concurrent_viewers)
        for each in readings.snapshots
    }
    return counts, readings


def titles(text):
    platform = Icecast(PlatformSettings())
    found = replay(
        platform.discover(account(handle=SERVER, native_id=SERVER), [], NOW, may_spend=False),
        [answer(text)],
    )
    return {each.url.removeprefix(SERVER): each.title for each in found.broadcasts}


GOOD = source("/two.mp3", "44")


@pytest.mark.parametrize("bare", BARE)
@pytest.mark.parametrize("field", ["title", "server_name", "server_description", "genre"])
def test_a_bare_text_in_any_field_leaves_every_count_as_it_is(field, bare):
    odd = source("/one.mp3", more=f'"{field}":{bare}')
    for text in (
        page(odd, GOOD),
        page(GOOD, odd),
        page(odd, source("/x.mp3", more=f'"a":{bare}'), GOOD),
    ):
        counts, readings = polled(text)
        assert counts == {"one": ("live", 8), "two": ("live", 44)}
        assert not readings.unreadable


@pytest.mark.parametrize("bare", BARE)
def test_a_bare_title_is_the_title_as_it_was_sent(bare):
    expected = bare.strip() or "/one.mp3"
    assert titles(page(source("/one.mp3", more=f'"title":{bare}'))) == {"/one.mp3": expected}


@pytest.mark.parametrize("bare", [*BARE, "8.0", "+8", "0x8", "8e0", "1 2"])
def test_bare_listeners_are_no_count_and_cost_their_own_mount_alone(bare):
    counts, readings = polled(page(source("/one.mp3", bare), GOOD))
    assert counts == {"two": ("live", 44)}
    assert [error.native_id for error in readings.unreadable] == ["one"]
    assert not readings.broadcasts


@pytest.mark.parametrize("odd", [source("/one.mp3", begun="-"), "17", "null", "{}", "[]"])
def test_a_source_that_cannot_be_read_ends_nobody(odd):
    counts, readings = polled(page(odd, GOOD))
    assert counts == {"two": ("live", 44)}
    assert not readings.broadcasts
    assert len(readings.unreadable) == 1


def test_a_source_whose_mount_is_bare_may_be_anyones():
    odd = '{"listenurl":-,"listeners":8,"dummy":null}'
    counts, readings = polled(page(odd, GOOD))
    assert counts == {"two": ("live", 44)}
    assert (readings.unlisted, readings.broadcasts) == (("youtube:one",), ())


@pytest.mark.parametrize(
    "words",
    [
        r"a \":-,\" b",
        ":-,",
        ":.5}",
        r"\\",
        r"\\\":3.,",
        "{[:-,]}",
        "٣:-, 🎉",
        "12:30, live: -, end",
    ],
)
def test_what_stands_inside_quotes_stays(words):
    odd = source("/one.mp3", more=f'"title":"{words}","genre":-')
    expected = words.replace(r"\"", '"').replace("\\\\", "\\")
    assert titles(page(odd, GOOD))["/one.mp3"] == expected
    assert polled(page(odd, GOOD))[0] == {"one": ("live", 8), "two": ("live", 44)}


def test_a_title_that_is_not_utf_8_costs_no_mount():
    odd = page(source("/one.mp3", more='"title":"caf?"'), GOOD).encode().replace(b"?", b"\xe9")
    assert polled(odd)[0] == {"one": ("live", 8), "two": ("live", 44)}
    assert titles(odd)["/one.mp3"] == "caf\ufffd"


WHOLE = page(source("/one.mp3", more='"title":-'), GOOD)


@pytest.mark.parametrize(
    "text",
    [
        '{"icestats":"server_id":"Icecast 2.4.4","source":[]}}',
        '{"icestats":{"source":{"title":"a "broken" title"}}}',
        page(source("/one.mp3", more='"title":-"x"'), GOOD),
        page(source("/one.mp3", more='"title" -'), GOOD),
        page(source("/one.mp3", more='"title":-,'), GOOD),
        page(source("/one.mp3"), "-", GOOD),
        "{}",
        "[]",
        "",
        "<html>:-,</html>",
        '{"icestats":-}',
        '{"icestats":[]}',
        *(WHOLE[:length] for length in range(1, len(WHOLE), 7)),
    ],
)
def test_a_page_that_is_broken_otherwise_is_refused(text):
    with pytest.raises(Unreadable):
        polled(text)


@pytest.mark.parametrize(
    "text", ['{"icestats":{}}', '{"icestats":{"dummy":null}}', page("null"), page("[null]")]
)
def test_a_page_that_does_not_say_that_nothing_is_on_the_air_ends_nobody(text):
    counts, readings = polled(text)
    assert (counts, readings.broadcasts) == ({}, ())
    assert readings.unreadable


def test_a_server_without_sources_has_ended_them_all():
    counts, _ = polled('{"icestats":{"server_id":"Icecast 2.4.4","dummy":null}}')
    assert counts == {"one": ("ended", None), "two": ("ended", None)}


@pytest.mark.parametrize("text", ['"' + '\\"' * 200_000, ":" * 400_000 + '"', ":" + " " * 400_000])
def test_a_hostile_page_is_read_once(text):
    with pytest.raises(PlatformError):
        polled(text)


def test_the_pages_that_blinded_a_server_are_read(shared):
    for path in sorted((shared / "cases" / "answers").glob("icecast-*-*.json")):
        if "broken" not in path.name:
            assert polled(path.read_text("utf-8"))[0]["two"] == ("live", 44)
