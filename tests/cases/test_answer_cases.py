"""Answers of the real cases, given to the platforms' own polls, discoveries and probes: a row a case."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from collector.contract.errors import PlatformError, RateLimited, Unavailable, Unreadable
from collector.contract.exchange import Exchange, Response
from storage.model import Status
from tests.support.odd_answers import MOST_REQUESTS, became, cases, outcome_of
from tests.support.transcripts import RECEIVED_AT, _account, _broadcast, called, configured

CALLS = ("probe", "discover", "poll")
META = ("facebook", "instagram", "threads")
#: A status page's broadcasts go on with the connection that it tells of.
CONNECTED = datetime(2026, 5, 17, 12, 0, tzinfo=UTC)
SERVER = "http://radio.example.org:8000"
RADIO = {
    "account": {"handle": SERVER, "native_id": SERVER},
    "broadcasts": [
        {"native_id": name, "url": f"{SERVER}/{name}.mp3", "started_at": CONNECTED}
        for name in ("one", "two")
    ],
}


class Asked:
    """A platform whose every request is answered by ``answer_to``, and written down."""

    def __init__(self, name, **facts):
        self.name, self.case = name, {**cases()[name], **facts}
        self.platform = configured(name, self.case)
        self.requests: list[Any] = []

    def broadcasts(self, specs=None):
        account = _account(self.name, self.case["account"])
        return [_broadcast(self.name, account, spec) for spec in specs or self.case["broadcasts"]]

    def run(self, answer_to, call="poll", broadcasts=None) -> Any:
        """What the call returns, or the error that it ends with; ``answer_to`` gives status and body."""
        self.requests.clear()
        asked = self.case["broadcasts"] if broadcasts is None else broadcasts
        transcript = {**self.case, "call": call, "broadcasts": asked if call == "poll" else []}
        exchange: Exchange[Any] = called(self.platform, transcript)
        try:
            request = next(exchange)
            while True:
                self.requests.append(request)
                assert len(self.requests) < MOST_REQUESTS, "it asks without end"
                status, body = answer_to(request)
                request = exchange.send(
                    Response(
                        platform=self.name,
                        source=request.source,
                        status=status,
                        headers={},
                        body=body if isinstance(body, bytes) else json.dumps(body).encode(),
                        received_at=RECEIVED_AT,
                    )
                )
        except StopIteration as end:
            return end.value
        except PlatformError as error:
            return error

    def polled(self, answer_to):
        """What a poll returns, and what it comes to when it is the second one to be answered so."""
        result = self.run(answer_to)
        return result, outcome_of(self.name, result, self.broadcasts())


def always(body, status=200):
    return lambda request: (status, body)


def body(shared, name):
    return (shared / "cases/answers" / name).read_bytes()


def value(shared, name):
    return json.loads(body(shared, name))


def errors_in(result):
    return [result] if isinstance(result, PlatformError) else [*result.failures.values()]


def words(asked, outcome):
    return {each.native_id: became(outcome, each.key) for each in asked.broadcasts()}


def counts(result, metric):
    return {each.broadcast.partition(":")[2]: getattr(each, metric) for each in result.snapshots}


# A platform's error, by the call that meets it: how often it is asked, and what a person is shown.
REMEDY = "Page Public Content Access"
REFUSALS = {
    "meta-review-long.json": (400, ("facebook",), 1, REMEDY),
    "meta-review-short.json": (400, ("facebook",), 1, REMEDY),
    "meta-long-permission-name.json": (403, META, None, "instagram_business_manage_comments"),
    "meta-token-in-message.json": (400, META, None, "Malformed access token"),
}
TOKEN = "EXAMPLEtokenEXAMPLEtokenEXAMPLEtoken0123456789"


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    ("case", "name"), [(case, name) for case, row in REFUSALS.items() for name in row[1]]
)
def test_a_refusal_is_one_for_a_person_who_is_told_what_to_do(shared, case, name, call):
    status, _, requests, said = REFUSALS[case]
    asked = Asked(name)
    errors = errors_in(asked.run(always(body(shared, case), status), call))
    assert {type(error).__name__ for error in errors} == {"AuthFailed"}
    assert all(said in str(error) for error in errors)
    assert not any(TOKEN in str(error) for error in errors)
    assert requests is None or len(asked.requests) == requests


def test_the_field_that_is_refused_is_left_out_alone(shared):
    asked = Asked("facebook")
    found = cases()["facebook"]["items"]

    def answer_to(request):
        refused = len(asked.requests) == 1
        return (400, body(shared, "meta-field-late.json")) if refused else (200, {"data": found})

    result = asked.run(answer_to)
    first, second = (set(request.params["fields"].split(",")) for request in asked.requests)
    assert {each.partition(".")[0] for each in first - second} == {"reactions"}
    assert second < first
    assert len(result.snapshots) == len(found)


FACEBOOK_BATCHES = {
    "facebook-batch-token.json": "auth",
    "facebook-batch-permission.json": "auth",
    "facebook-batch-rate.json": "rate_limited",
    "facebook-batch-timeout.json": "timeout",
    "facebook-batch-outage.json": "server_error",
}


@pytest.mark.parametrize("case", FACEBOOK_BATCHES)
def test_a_part_of_a_batch_has_its_own_reason_and_costs_its_neighbour_nothing(shared, case):
    asked = Asked("facebook", broadcasts=[{"native_id": "1"}, {"native_id": "2"}])
    parts = dict(zip("12", value(shared, case), strict=True))

    def answer_to(request):
        if not request.form:
            return 200, {"data": []}
        paths = [call["relative_url"].partition("?")[0] for call in json.loads(request.form["batch"])]  # fmt: skip
        return 200, [parts[path.rpartition("/")[2]] for path in paths]

    result, outcome = asked.polled(answer_to)
    assert words(asked, outcome) == {"1": f"gap `{FACEBOOK_BATCHES[case]}`", "2": "read"}
    assert counts(result, "concurrent_viewers") == {"2": 9}
    assert counts(result, "views") == {"2": 40}
    assert outcome.poll.outcome == FACEBOOK_BATCHES[case]
    error = result.failures["facebook:1"]
    if isinstance(error, RateLimited):
        assert error.retry_after_seconds > 0
    assert isinstance(error, RateLimited) == (case == "facebook-batch-rate.json")


TOO_LARGE = {
    "of more than 3 items": lambda request: int(request.params["limit"]) > 3,
    "with reactions": lambda request: "reactions" in request.params["fields"],
}


@pytest.mark.parametrize("too_large", TOO_LARGE)
def test_what_is_too_much_is_asked_for_with_less_and_then_read(shared, too_large):
    asked, found = Asked("facebook"), cases()["facebook"]["items"]

    def answer_to(request):
        if TOO_LARGE[too_large](request):
            return 500, body(shared, "facebook-too-much-data.json")
        return 200, {"data": found}

    result, outcome = asked.polled(answer_to)
    assert len(asked.requests) > 1
    assert set(words(asked, outcome).values()) == {"read"}
    assert counts(result, "concurrent_viewers") == {"9001": 3, "9002": 4}
    if too_large == "of more than 3 items":
        assert len(Asked("facebook").run(answer_to, "discover").broadcasts) == 2


UNREAD, ALL_GONE = "gap `bad_payload`", {"AAAAAAAAA01": "gone", "AAAAAAAAA02": "gone"}
LISTS = {
    "youtube-no-items.json": {"AAAAAAAAA01": UNREAD, "AAAAAAAAA02": UNREAD},
    "youtube-item-without-id.json": {"AAAAAAAAA01": "read", "AAAAAAAAA02": UNREAD},
    "youtube-none-said.json": ALL_GONE,
    "youtube-empty-items.json": ALL_GONE,
    "tiktok-item-without-id.json": {"1001": "read", "1002": UNREAD},
}


@pytest.mark.parametrize("case", LISTS)
def test_only_a_list_that_is_read_to_its_end_tells_who_is_gone(shared, case):
    asked = Asked(case.partition("-")[0])
    result, outcome = asked.polled(always(body(shared, case)))
    assert words(asked, outcome) == LISTS[case]
    is_whole = UNREAD not in LISTS[case].values()
    assert (outcome.poll.outcome == "ok") == is_whole
    if "read" in LISTS[case].values():
        [told] = counts(result, "views").values()
        assert told in (50, 5)


def test_an_error_of_a_code_nobody_knows_is_asked_again(shared):
    asked = Asked("tiktok")
    result, outcome = asked.polled(always(body(shared, "tiktok-unknown-code.json")))
    assert isinstance(result, Unavailable)
    assert "7001001" in str(result)
    assert set(words(asked, outcome).values()) == {"gap `server_error`"}
    assert not outcome.broadcasts


ICECAST = (
    "icecast-title-dash.json",
    "icecast-title-number-dot.json",
    "icecast-description-dot-number.json",
)


@pytest.mark.parametrize("case", ICECAST)
def test_a_text_of_one_mount_that_is_no_json_blinds_no_other(shared, case):
    asked = Asked("icecast", **RADIO)
    result, outcome = asked.polled(always(body(shared, case)))
    heard = counts(result, "concurrent_viewers")
    assert heard["two"] == 44
    assert heard.get("one", 8) == 8
    assert words(asked, outcome)["one"] == ("read" if "one" in heard else UNREAD)
    found = asked.run(always(body(shared, case)), "discover")
    mounts = {each.url.rpartition("/")[2] for each in found.broadcasts}
    assert "two.mp3" in mounts
    assert len(mounts) + len(found.unreadable) == 2


def test_a_page_that_is_broken_elsewhere_is_read_as_nothing(shared):
    asked, broken = Asked("icecast", **RADIO), body(shared, "icecast-broken-elsewhere.json")
    result, outcome = asked.polled(always(broken))
    assert isinstance(result, Unreadable)
    assert words(asked, outcome) == {"one": UNREAD, "two": UNREAD}
    assert isinstance(asked.run(always(broken), "discover"), Unreadable)


def test_what_one_replay_refuses_is_asked_of_the_next(shared):
    asked = Asked("instagram")
    first, second = value(shared, "instagram-two-replays.json")["polls"]
    answers = iter(first["answers"])

    def refused(request):
        answer = next(answers)
        return answer["status"], answer["body"]

    settled = {"status": "ended", "started_at": datetime(2026, 5, 10, tzinfo=UTC),
               "ended_at": datetime(2026, 5, 10, 3, tzinfo=UTC)}  # fmt: skip
    replays = [
        {"native_id": each["replay"], "url": f"https://www.instagram.com/reel/{each['replay']}/", **settled}
        for each in (first, second)
    ]  # fmt: skip
    result = asked.run(refused, broadcasts=replays[:1])
    assert counts(result, "likes") == {"A": 6}
    assert "insights" not in asked.requests[-1].params["fields"]
    asked.run(always({"data": []}), broadcasts=replays[1:])
    assert "insights" in asked.requests[0].params["fields"]


STARTED = datetime(2026, 5, 17, 12, 1, tzinfo=UTC)
#: What was believed before; what it is then, its viewers on and off the air, and when it started.
STATES = {
    "youtube-waiting.json": ("upcoming", Status.UPCOMING, None, 220, None),
    "youtube-started-but-upcoming.json": ("upcoming", Status.LIVE, 31, None, STARTED),
    "youtube-end-null.json": ("live", Status.LIVE, 31, None, STARTED),
}


@pytest.mark.parametrize("case", STATES)
def test_viewers_are_concurrent_ones_on_the_air_alone(shared, case):
    before, status, viewers, off_air, started_at = STATES[case]
    asked = Asked("youtube", broadcasts=[{"native_id": "AAAAAAAAA01", "status": before}])
    result, outcome = asked.polled(always(body(shared, case)))
    [snapshot] = result.snapshots
    assert (snapshot.status, snapshot.concurrent_viewers, snapshot.off_air_viewers, snapshot.views) == (status, viewers, off_air, 50)  # fmt: skip
    [facts] = outcome.broadcasts
    assert (facts.status, facts.started_at, facts.ended_at) == (status, started_at, None)


@pytest.mark.parametrize(("airing", "status"), [(0, Status.UPCOMING), (1, Status.ENDED)])
def test_who_watches_a_livestream_off_the_air_is_no_concurrent_viewer(shared, airing, status):
    link = "1mGPaZaAdNqJN"
    asked = Asked(
        "x",
        settings={"client_id": "our-app", "livestream_api": True},
        broadcasts=[{"native_id": "21", "url": f"https://x.com/i/broadcasts/{link}"}],
    )
    told = value(shared, "x-livestream-not-on-air.json")[airing]

    def answer_to(request):
        of_airings = request.url.endswith("/broadcasts")
        return 200, {"data": [{"id": link, **told} if of_airings else {"id": "21"}]}

    [snapshot] = asked.run(answer_to).snapshots
    assert (snapshot.status, snapshot.concurrent_viewers) == (status, None)
    assert (snapshot.off_air_viewers, snapshot.views) == (18, told["total_watched"])


def test_an_end_in_the_year_1_is_the_end_that_was_seen(shared):
    asked = Asked("owncast")
    result, outcome = asked.polled(always(body(shared, "owncast-year-one.json")))
    assert [each.concurrent_viewers for each in result.snapshots] == [None]
    [facts] = outcome.broadcasts
    assert (facts.status, facts.ended_at) == (Status.ENDED, RECEIVED_AT)


def test_every_case_is_tried(shared):
    tried = {*REFUSALS, *FACEBOOK_BATCHES, *LISTS, *ICECAST, *STATES,
             "meta-field-late.json", "facebook-too-much-data.json", "tiktok-unknown-code.json",
             "icecast-broken-elsewhere.json", "instagram-two-replays.json",
             "x-livestream-not-on-air.json", "owncast-year-one.json"}  # fmt: skip
    assert sorted(tried) == sorted(path.name for path in (shared / "cases/answers").iterdir())
