"""Answers of others, read in place: Twitch's recorded ones, the documents' of the four."""

import json
from datetime import UTC, datetime

import pytest

from collector.contract.errors import AuthFailed, PlatformError, Rejected, Unreadable
from collector.contract.exchange import Response, replay
from collector.contract.grants import Token
from collector.platforms.dailymotion import Dailymotion
from collector.platforms.kick import Kick
from collector.platforms.twitch import Twitch
from collector.platforms.vimeo import Vimeo
from storage.model import Account, Broadcast, Status

AT = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)
APP = {"client_id": "an-app", "client_secret": "a-secret"}
OWNER = {"token": "owners"}
TWITCH, KICK = Twitch(Twitch.Settings(**APP)), Kick(Kick.Settings(**APP))
VIMEO = Vimeo(Vimeo.Settings(**OWNER))
DAILYMOTION = Dailymotion(Dailymotion.Settings())


def _account(platform, native_id, handle="an-account"):
    return Account(
        key=f"{platform.name}:{handle}",
        platform=platform.name,
        handle=handle,
        name=handle,
        native_id=native_id,
        resolved_at=None,
    )


def _broadcast(platform, native_id, **facts):
    blank = dict.fromkeys(("published_at", "scheduled_at", "started_at", "ended_at"))
    told = {"status": Status.LIVE, "url": "", **blank, **facts}
    return Broadcast(
        key=f"{platform.name}:{native_id}",
        platform=platform.name,
        account=f"{platform.name}:an-account",
        native_id=native_id,
        title="a title",
        discovered_at=AT,
        **told,
    )


def _said(platform, path, status=200, source="recorded"):
    return Response(
        platform=platform.name,
        source=source,
        status=status,
        headers={},
        body=path.read_bytes(),
        received_at=AT,
    )


def _polled(platform, native_id, channel, *responses, **facts):
    account = _account(platform, channel)
    broadcast = _broadcast(platform, native_id, **facts)
    return replay(platform.poll([broadcast], {account.key: account}, AT), responses)


def _discovered(platform, channel, *responses):
    account = _account(platform, channel)
    return replay(platform.discover(account, [], AT, may_spend=True), responses)


@pytest.mark.parametrize(
    ("path", "stream", "channel", "viewers"),
    [
        ("recordings/twitch/tw-streams-one-live.json", "40971485260", "508623691", 2),
        ("platforms/examples/twitch/get_streams_Example_1.json", "123456789", "98765", 78365),
        ("platforms/examples/twitch/get_streams_Example_2.json", "40952121085", "101051819", 1490),
    ],
)
def test_twitch_streams(shared, path, stream, channel, viewers):
    readings = _polled(TWITCH, stream, channel, _said(TWITCH, shared / path))
    assert [one.concurrent_viewers for one in readings.snapshots] == [viewers]
    assert readings.snapshots[0].views is None
    assert not readings.unreadable


def test_twitch_users_and_their_void_view_count(shared):
    for path, native_id in (
        ("recordings/twitch/tw-users.json", "18587270"),
        ("platforms/examples/twitch/get_users_Example.json", "141981764"),
    ):
        response = _said(TWITCH, shared / path)
        assert replay(TWITCH.resolve(_account(TWITCH, None)), [response]).native_id == native_id


def test_twitch_schedule_and_videos(shared):
    examples = shared / "platforms/examples/twitch"
    nobody = _off_air(TWITCH)
    plans = _discovered(
        TWITCH, "141981764", nobody, _said(TWITCH, examples / "get_schedule_Example.json")
    )
    (plan,) = plans.broadcasts
    assert plan.title == "TwitchDev Monthly Update // July 1, 2021"
    assert plan.scheduled_at == datetime(2021, 7, 1, 18, 0, tzinfo=UTC)
    ended = {"status": Status.ENDED, "ended_at": datetime(2018, 11, 15, tzinfo=UTC)}
    videos = _said(TWITCH, examples / "get_videos_Example.json")
    address = "https://www.twitch.tv/videos/335921245"
    by_id = _polled(TWITCH, "1", "141981764", videos, url=address, **ended)
    assert [one.views for one in by_id.snapshots] == [1863062]
    # An upload has no stream: it is nobody's archive.
    joined = _polled(TWITCH, "1", "141981764", videos, **ended)
    assert joined.snapshots == ()
    assert joined.unlisted == ("twitch:1",)


def _off_air(platform):
    """Return the answer of a channel that is off the air."""
    return Response(
        platform=platform.name,
        source="streams",
        status=200,
        headers={},
        body=b'{"data":[],"pagination":{}}',
        received_at=AT,
    )


@pytest.mark.parametrize(
    "path",
    [
        "recordings/twitch/tw-channels-two.json",
        "platforms/examples/twitch/get_channels_Example.json",
        "platforms/examples/twitch/get_channels_followers_Example_1.json",
        "platforms/examples/twitch/get_clips_Example_1.json",
        "platforms/examples/twitch/get_clips_Example_2.json",
    ],
)
def test_what_is_no_stream_gives_no_number_and_no_end(shared, path):
    readings = _polled(TWITCH, "1", "141981764", _said(TWITCH, shared / path))
    assert readings.snapshots == ()
    assert readings.broadcasts == ()
    assert readings.unreadable


def test_the_total_of_followers_is_no_viewer(shared):
    path = shared / "platforms/examples/twitch/get_channels_followers_Example_2.json"
    readings = _polled(TWITCH, "1", "141981764", _said(TWITCH, path))
    assert [one.concurrent_viewers for one in readings.snapshots] == [None]


@pytest.mark.parametrize(
    ("path", "status", "error", "words"),
    [
        ("recordings/twitch/tw-streamkey-401.json", 401, AuthFailed, "Missing User OAUTH Token"),
        ("recordings/twitch/tw-editors-401-app-token.json", 401, AuthFailed, "broadcaster_id must"),
        ("recordings/twitch/tw-channels-400.json", 400, Rejected, "Missing required parameter"),
        ("recordings/twitch/tw-search-channels.json", 400, Rejected, "Missing required parameter"),
        ("recordings/twitch/tw-modify-400.json", 400, Rejected, "game_id is not valid"),
        (
            "platforms/examples/twitch/error_401_missing_token_observed.json",
            401,
            AuthFailed,
            "OAuth token is missing",
        ),
    ],
)
def test_twitch_refusals(shared, path, status, error, words):
    with pytest.raises(error, match=words):
        _polled(TWITCH, "1", "2", _said(TWITCH, shared / path, status))


@pytest.mark.parametrize(
    ("name", "status", "words"),
    [
        ("tw-oauth-401-1d17", 401, "invalid access token"),
        ("tw-oauth-400-3acd", 400, "missing refresh token"),
        ("tw-oauth-400-0187", 400, "missing client id"),
    ],
)
def test_twitch_token_refusals(shared, name, status, words):
    path = shared / "recordings/twitch" / f"{name}.json"
    with pytest.raises(AuthFailed, match=words):
        replay(TWITCH.grant.renew(None), [_said(TWITCH, path, status)])


def test_kick(shared):
    examples = shared / "platforms/examples/kick"
    live = _said(KICK, examples / "v1_users_livestreams_fixture.json")
    (found,) = _discovered(KICK, "123", live).broadcasts
    assert (found.native_id, found.title) == ("stream-456", "Live now")
    assert _polled(KICK, "stream-456", "123", live).snapshots[0].concurrent_viewers == 42
    older = _said(KICK, examples / "v1_livestreams_constructed_from_recordings.json")
    key = "123@20260629T120000Z"
    assert _discovered(KICK, "123", older).broadcasts[0].native_id == key
    assert _polled(KICK, key, "123", older).snapshots[0].concurrent_viewers == 42
    off = _said(KICK, examples / "v1_livestreams_offline_observed.json")
    (ended,) = _polled(KICK, "stream-456", "123", off).snapshots
    assert (ended.status, ended.concurrent_viewers) == (Status.ENDED, None)


def test_kick_channels_resolve_and_are_never_read_as_streams(shared):
    for state in ("live", "offline"):
        name = f"v1_channels_{state}_constructed_from_recordings.json"
        channel = _said(KICK, shared / "platforms/examples/kick" / name)
        assert replay(KICK.resolve(_account(KICK, None)), [channel]).native_id == "123"
        readings = _polled(KICK, "stream-456", "123", channel)
        assert readings.snapshots == ()
        assert readings.unreadable


def test_kick_refusal_token_and_webhook(shared):
    examples = shared / "platforms/examples/kick"
    refusal = examples / "error_400_unknown_slug_constructed_from_recordings.json"
    with pytest.raises(Rejected, match="no channel has the slug"):
        replay(KICK.resolve(_account(KICK, None)), [_said(KICK, refusal, 400)])
    with pytest.raises(Rejected, match="Invalid request"):
        _polled(KICK, "stream-456", "123", _said(KICK, refusal, 400))
    token = Token.from_response(_said(KICK, examples / "oauth_token_observed.json"))
    assert (token.expires_at - AT).days == 60
    with pytest.raises(Unreadable, match="data is not a list"):
        _polled(KICK, "a", "123", _said(KICK, examples / "webhook_livestream_ended_docs.json"))


def test_vimeo_and_dailymotion_refusals(shared):
    examples = shared / "platforms/examples"
    vimeo = _said(VIMEO, examples / "vimeo/error_docs.json", 404)
    with pytest.raises(Rejected, match="5000 The specified resource does not exist"):
        _polled(VIMEO, "1", "2", vimeo)
    gone = _said(DAILYMOTION, examples / "dailymotion/error_404_docs.json", 404)
    with pytest.raises(Rejected, match="not_found object_not_found Can't find object video"):
        _polled(DAILYMOTION, "x1", "x2", gone)


@pytest.mark.parametrize("platform", [TWITCH, KICK, VIMEO, DAILYMOTION], ids=lambda one: one.name)
def test_no_body_of_anyone_crashes_a_poll_or_gives_a_number_it_lacks(shared, platform):
    folders = [shared / "recordings/twitch"]
    folders += [shared / "platforms/examples" / one for one in ("kick", "vimeo", "dailymotion")]
    paths = sorted(path for folder in folders for path in folder.glob("*.json"))
    assert len(paths) >= 21
    for path in paths:
        try:
            said = _said(platform, path)
            readings = _polled(platform, "40971485260", "508623691", said)
        except PlatformError:
            continue
        numbers = [one.concurrent_viewers for one in readings.snapshots]
        numbers += [one.views for one in readings.snapshots]
        text = json.dumps(json.loads(path.read_bytes()))
        assert all(number is None or f": {number}," in text for number in numbers)
