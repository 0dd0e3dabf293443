"""What is asked for again with less, and of whom it is remembered."""

import json
import re
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import SecretStr

from collector.contract.errors import PlatformError
from collector.contract.exchange import Response
from collector.platforms.facebook import Facebook
from collector.platforms.instagram import Instagram
from collector.platforms.threads import Threads
from storage.model import Status
from tests.support.builders import NOON, account, broadcast

TOO_LARGE = {"code": 1, "message": "Please reduce the amount of data you're asking for"}
PLATFORMS = {
    "facebook": Facebook(Facebook.Settings(page_token=SecretStr("a-token"))),
    "instagram": Instagram(Instagram.Settings(access_token=SecretStr("a-token"))),
    "threads": Threads(Threads.Settings(access_token=SecretStr("a-token"))),
}


def own_account(name):
    return account(key=f"{name}:x", platform=name, handle="x", native_id="100")


class Asked:
    """A platform that is new, whose requests are answered by ``answer_to`` and written down."""

    def __init__(self, name, answer_to):
        self.platform = type(PLATFORMS[name])(PLATFORMS[name].settings)
        self.account, self.answer_to = own_account(name), answer_to
        self.requests: list[Any] = []

    def run(self, exchange):
        self.requests.clear()
        try:
            request = next(exchange)
            while True:
                self.requests.append(request)
                assert len(self.requests) < 20, "it asks without end"
                status, body = self.answer_to(request)
                request = exchange.send(
                    Response(
                        platform=request.platform,
                        source=request.source,
                        status=status,
                        headers={},
                        body=json.dumps(body).encode(),
                        received_at=NOON,
                    )
                )
        except StopIteration as end:
            return end.value

    def poll(self, *native_ids, over=True):
        ended = {"status": Status.ENDED, "ended_at": NOON - timedelta(hours=5)} if over else {}
        broadcasts = [
            broadcast(
                one,
                platform=self.account.platform,
                account=self.account.key,
                url=f"https://x.example/{one}",
                started_at=NOON - timedelta(hours=6),
                **ended,
            )
            for one in native_ids
        ]
        return self.run(self.platform.poll(broadcasts, {self.account.key: self.account}, NOON))

    def discover(self):
        return self.run(self.platform.discover(self.account, [], NOON, may_spend=True))


def refusing(name, error, **more):
    """Answer a request for what is called ``name`` with this error, any other with two media."""

    def answer_to(request):
        if name in request.params.get("fields", request.params.get("metric", "")):
            return 400, {"error": error}
        media = [{"id": one, "permalink": f"https://x.example/{one}", **more} for one in "AB"]
        return 200, {"data": media}

    return answer_to


@pytest.mark.parametrize(
    ("error", "goes_for_all"),
    [
        ({"code": 100, "message": "(#100) views cannot be told for this kind of media"}, False),
        ({"code": 100, "message": "(#100) metric[0] must be one of the following values: reach"}, False),
        ({"code": 10, "message": "(#10) Not enough viewers for the media to show insights"}, False),
        ({"code": 10, "message": "(#10) Application does not have permission for this action"}, True),
        ({"code": 200, "message": "Requires instagram_manage_insights permission"}, True),
    ],
)  # fmt: skip
def test_a_replays_refusal_is_its_own_and_a_missing_consent_the_accounts(error, goes_for_all):
    instagram = Asked("instagram", refusing("insights", error, like_count=6))

    def fields():
        return ["insights" in request.params["fields"] for request in instagram.requests]

    assert [one.likes for one in instagram.poll("A").snapshots] == [6]
    assert fields() == [True, False]
    instagram.poll("A")
    assert fields() == [False]
    instagram.poll("B")
    assert fields() == ([False] if goes_for_all else [True, False])
    instagram.answer_to = refusing("nothing", error)
    instagram.discover()
    instagram.poll("A")
    assert fields() == [True]


def test_a_posts_refused_metric_is_its_own():
    threads = Asked("threads", refusing("quotes", {"code": 100, "message": "(#100) quotes: no"}))
    threads.poll("A")
    assert [request.params["metric"] for request in threads.requests] == [
        "views,likes,replies,reposts,quotes",
        "views,likes,replies,reposts",
    ]
    threads.poll("B")
    assert "quotes" in threads.requests[0].params["metric"]


def limited(most, *forbidden):
    """Answer a list only up to so many items, and without fields that make it too large."""

    def answer_to(request):
        limit, fields = int(request.params.get("limit", 25)), request.params.get("fields", "")
        if limit > most or any(name in fields for name in forbidden):
            return 500, {"error": TOO_LARGE}
        return 200, {"data": [{"id": "A", "status": "LIVE"}]}

    return answer_to


@pytest.mark.parametrize("name", ["facebook", "instagram"])
@pytest.mark.parametrize("most", [1, 3, 10, 20])
def test_a_list_that_is_too_large_is_asked_for_by_halves_and_remembered_so(name, most):
    platform = Asked(name, limited(most))
    assert platform.poll("A", over=False).snapshots
    fitting = platform.requests[-1].params["limit"]
    assert int(fitting) <= most
    assert platform.poll("A", over=False).snapshots
    assert [request.params["limit"] for request in platform.requests] == [fitting]
    platform.discover()
    assert len(platform.requests) == 1
    other = own_account(name)
    platform.account = type(other)(**{**vars_of(other), "key": f"{name}:other"})
    platform.poll("A", over=False)
    assert len(platform.requests) > 1, "another account's list may be smaller"


def vars_of(one):
    return {name: getattr(one, name) for name in one.__dataclass_fields__}


def test_where_no_number_of_items_is_small_enough_fields_are_left_out_and_stay_so():
    facebook = Asked("facebook", limited(50, "reactions", "comments"))
    assert facebook.poll("A", over=False).snapshots
    assert "reactions" not in facebook.requests[-1].params["fields"]
    facebook.discover()
    assert facebook.poll("A", over=False).snapshots
    assert len(facebook.requests) == 1


def test_what_is_too_large_in_any_case_is_an_outage_in_the_end():
    facebook = Asked("facebook", limited(0))
    with pytest.raises(PlatformError, match="reduce the amount"):
        facebook.poll("A", over=False)


def test_a_batch_that_is_too_large_is_halved():
    sizes = []

    def answer_to(request):
        if not request.form:
            return 200, {"data": []}
        paths = [call["relative_url"] for call in json.loads(request.form["batch"])]
        sizes.append(len(paths))
        if len(paths) > 2:
            return 500, {"error": TOO_LARGE}
        ids = [urlsplit(path).path.rpartition("/")[2] for path in paths]
        return 200, [{"code": 200, "body": json.dumps({"id": one, "status": "VOD"})} for one in ids]

    facebook = Asked("facebook", answer_to)
    assert len(facebook.poll(*"ABCDE").snapshots) == 5
    assert sizes == [5, 2, 2, 1]
    facebook.poll(*"ABCDE")
    assert sizes == [5, 2, 2, 1, 2, 2, 1]


@pytest.mark.parametrize(
    "error",
    [
        TOO_LARGE,
        {"code": 100, "message": "(#100) Tried accessing (comments)"},
        {"code": 10, "message": "(#10) Not enough viewers for the comments of this video"},
    ],
)
def test_a_part_that_refuses_is_asked_for_again_with_fewer_fields_and_its_neighbour_not(error):
    def answer_to(request):
        if not request.form:
            return 200, {"data": []}
        parts = []
        for call in json.loads(request.form["batch"]):
            address = urlsplit(call["relative_url"])
            fields, native_id = parse_qs(address.query)["fields"][0], address.path[-1]
            refused = native_id == "A" and "comments" in fields
            body = {"error": error} if refused else {"id": native_id, "status": "VOD"}
            parts.append({"code": 400 if refused else 200, "body": json.dumps(body)})
        return 200, parts

    def batches():
        for request in facebook.requests[1:]:
            calls = json.loads(request.form["batch"])
            yield [(one["relative_url"][6], "comments" in one["relative_url"]) for one in calls]

    facebook = Asked("facebook", answer_to)
    assert len(facebook.poll("A", "B").snapshots) == 2
    assert list(batches()) == [[("A", True), ("B", True)], [("A", False)]]
    assert len(facebook.poll("A", "B").snapshots) == 2
    assert list(batches()) == [[("A", False), ("B", True)]]


@pytest.mark.parametrize("code", [32, 190])
def test_nothing_is_asked_twice_once_a_part_reaches_a_limit_or_refuses_the_token(code):
    errors = [{"code": 100, "message": "no (comments)"}, {"code": code, "message": "no"}]

    def answer_to(request):
        parts = [{"code": 400, "body": json.dumps({"error": error})} for error in errors]
        return 200, parts if request.form else {"data": []}

    facebook = Asked("facebook", answer_to)
    readings = facebook.poll("A", "B")
    assert len(facebook.requests) == 2
    assert [error.pauses for error in readings.failures.values()] == [False, True]


@pytest.mark.parametrize(
    ("message", "dropped"),
    [
        ("{}The value that cannot be given: reactions", {"reactions"}),
        ("{}Tried accessing nonexisting field (comments) on node type (LiveVideo)", {"comments"}),
        ("{}the field 'title' of an object with a description and a status", {"title"}),
        ("{}reactions and comments want more consent", {"reactions", "comments"}),
        ("{}fields must be one of: title, description, reactions", {"reactions", "comments"}),
        ("{}grant pages_read_comments_of_others", {"reactions", "comments"}),
    ],
)
def test_only_what_an_error_refuses_is_left_out_however_late_it_is_named(message, dropped):
    error = {"code": 100, "message": message.format("Read what this version offers. " * 40)}
    facebook = Asked("facebook", lambda request: (400, {"error": error}))
    with pytest.raises(PlatformError):
        facebook.poll("A", over=False)
    first, second = (
        set(re.findall(r"\w+", re.sub(r"\.\w+\(\w+\)", "", request.params["fields"])))
        for request in facebook.requests[:2]
    )
    assert first - second == dropped
