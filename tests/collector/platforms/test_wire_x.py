"""Every path, parameter and field of x.py against X's own software kit and specification.

The kit (PyPI ``xdk``) is generated from the specification; the Livestream API is in neither of the
two but for its schemas, so its path and ``broadcast.fields`` are checked by those alone.
"""

import ast
import inspect
import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr
from xdk import schemas
from xdk.oauth2_auth import OAuth2PKCEAuth
from xdk.posts.client import PostsClient
from xdk.usage.client import UsageClient
from xdk.users.client import UsersClient

from collector.contract.exchange import Response
from collector.platforms import x
from collector.platforms.x import posts, responses
from storage.model import Account, Broadcast, Status

NOW = datetime(2026, 5, 17, 10, 0, tzinfo=UTC)
ACCOUNT = Account(key="x:@a", platform="x", handle="@a", name="a", native_id="22", resolved_at=None)
BROADCAST = Broadcast(
    key="x:21",
    platform="x",
    account="x:@a",
    native_id="21",
    title="t",
    url="https://x.com/i/broadcasts/1mGPaZaAdNqJN",
    status=Status.UNKNOWN,
    published_at=None,
    scheduled_at=None,
    started_at=None,
    ended_at=None,
    discovered_at=NOW,
)
BY_APP = x.X(x.X.Settings(bearer_token=SecretStr("t")))
BY_PERSON = x.X(x.X.Settings(client_id="c", livestream_api=True))
#: The older spelling, which only documentation and other clients have: tried when the new one fails.
OLDER = {"tweet.fields", "retweet_count"}
#: What the answers' models have beside those of the things themselves.
ENVELOPE = {"data", "errors", "includes", "meta", "media", "next_token", "result_count", "message"}
METHODS = {
    "/2/users/by": UsersClient.get_by_usernames,
    "/2/users/me": UsersClient.get_me,
    "/2/users/{id}/tweets": UsersClient.get_posts,
    "/2/tweets": PostsClient.get_by_ids,
    "/2/usage/tweets": UsageClient.get,
}
MODELS = ("Post", "PostPublicMetrics", "PostAttachments", "PostEntities", "PostEntitiesUrlsItem")
MODELS += ("Media", "MediaPublicMetrics", "User", "Usage", "ResourceNotFoundProblem")


def requests():
    """Every request that x.py makes, in both spellings."""
    refused = Response(
        platform="x",
        source="tweets",
        status=400,
        headers={},
        body=b'{"detail": "post.fields is unknown"}',
        received_at=NOW,
    )
    app, person = (x.X(one.settings) for one in (BY_APP, BY_PERSON))
    yield next(app.resolve(ACCOUNT))
    yield next(app.probe(ACCOUNT))
    yield next(person.probe(ACCOUNT))
    exchange = app.discover(ACCOUNT, [BROADCAST], NOW, may_spend=True)
    yield next(exchange)
    yield exchange.send(refused)
    page = {"data": [{"id": "30"}], "meta": {"next_token": "further", "result_count": 1}}
    body = json.dumps(page).encode()
    yield exchange.send(replace(refused, status=200, body=body))
    exchange = x.X(app.settings).poll([BROADCAST], {}, NOW)
    yield next(exchange)
    yield exchange.send(refused)


def wire_parameters(method) -> dict[str, set[str] | None]:
    """The parameters a method of the kit sends by their names on the wire, with their values."""
    hints, source = inspect.get_annotations(method), inspect.getsource(method)
    found: dict[str, set[str] | None] = dict.fromkeys(re.findall(r'params\["([^"]+)"\]', source))
    for name, python in re.findall(r'params\["([^"]+)"\] = [^=]*?for item in (\w+)', source):
        found[name] = literals(hints[python]) or None
    if "pagination_param_name" in source:
        found[re.search(r'pagination_param_name = "(\w+)"', source)[1]] = None
    return found


def literals(annotation: str) -> set[str]:
    """The values that an annotation allows; the kit does not import the ``Literal`` it names."""
    values = re.search(r"Literal\[([^\]]*)\]", annotation)
    return set(ast.literal_eval(f"[{values[1]}]")) if values else set()


def template(url: str) -> str:
    return re.sub(r"/\d{2,}/", "/{id}/", url.removeprefix("https://api.x.com"))


def unknown_names(request) -> list[str]:
    """What the kit does not know of a request; the older spelling is left out."""
    method = METHODS.get(template(request.url))
    if method is None or f'"{template(request.url)}"' not in inspect.getsource(method):
        return [request.url]
    known = wire_parameters(method)
    unknown: list[str] = []
    for name, value in request.params.items():
        values = known.get("post.fields" if name in OLDER else name, ())
        if name not in known and name not in OLDER:
            unknown.append(name)
        elif values:
            unknown += [f"{name}={one}" for one in value.split(",") if one not in values]
    return unknown


def fields_read(*modules) -> set[str]:
    """The names of the fields that a platform's files read out of answers."""
    readers = {"count", "text", "mapping", "listed", "moment", "unix_time", "said"}
    found: set[str] = set()
    tree = ast.parse("\n".join(inspect.getsource(one) for one in modules))
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call):
            continue
        named = call.args[1:2] if getattr(call.func, "id", "") in readers else []
        if isinstance(call.func, ast.Attribute) and call.func.attr == "get":
            named = call.args[:1]
        found |= {str(one.value) for one in named if isinstance(one, ast.Constant)}
    loops = [one for one in ast.walk(tree) if isinstance(one, ast.comprehension)]
    tuples = [one.iter for one in loops if isinstance(one.iter, ast.Tuple)]
    found |= {
        str(one.value) for each in tuples for one in each.elts if isinstance(one, ast.Constant)
    }
    return {one for one in found if not one.startswith("x-rate-limit")}


def known_fields(shared) -> set[str]:
    models: list[type[BaseModel]] = [getattr(schemas, name) for name in MODELS]
    return {
        *(name for model in models for name in model.model_fields),
        *broadcast_fields(shared),
        *ENVELOPE,
        *OLDER,
    }


def broadcast_fields(shared) -> set[str]:
    path = shared / "platforms/examples/x/openapi_2.167_schemas_excerpt.json"
    specification: dict[str, Any] = json.loads(path.read_text("utf-8"))
    assert specification["ListBroadcastsResponse"]["properties"]["data"]["type"] == "array"
    return set(specification["Broadcast"]["properties"])


@pytest.mark.parametrize("request_", list(requests()), ids=lambda one: template(one.url))
def test_the_kit_knows_every_path_parameter_and_value(request_):
    assert unknown_names(request_) == []


def test_the_kit_would_not_know_a_wrong_one():
    known = next(BY_APP.poll([BROADCAST], {}, NOW))
    assert unknown_names(replace(known, url="https://api.x.com/2/posts")) != []
    for wrong in ({"post_fields": "id"}, {"post.fields": "likes"}, {"tweet.fields": "likes"}):
        assert unknown_names(replace(known, params=wrong)) != []


def test_every_field_that_is_read_is_in_a_schema(shared):
    read = fields_read(x, responses, posts)
    assert len(read) > 30
    assert {"repost_count", "view_count", "total_watched", "end_ms", "expanded_url"} <= read
    assert read - known_fields(shared) == set()


def test_the_broadcasts_fields_asked_for_are_in_the_specification(shared):
    request = next(BY_PERSON.poll([BROADCAST], {}, NOW))
    assert request.url == "https://api.x.com/2/broadcasts"
    asked = set(str(request.params["broadcast.fields"]).split(","))
    assert asked - broadcast_fields(shared) == set()


def test_the_older_spelling_is_not_the_kits():
    assert "repost_count" in schemas.PostPublicMetrics.model_fields
    assert "retweet_count" not in schemas.PostPublicMetrics.model_fields
    assert "tweet.fields" not in wire_parameters(PostsClient.get_by_ids)


def test_consent_and_tokens_are_where_the_kit_asks_for_them():
    kit, ours = inspect.getsource(OAuth2PKCEAuth), x.X.Settings()
    base = re.search(r'base_url: str = "([^"]+)"', kit)[1]
    page = re.search(r'authorization_base_url: str = "([^"]+)"', kit)[1]
    assert "{self.base_url}/2/oauth2/token" in kit
    assert ours.token_url == f"{base}/2/oauth2/token"
    assert "{self.authorization_base_url}/oauth2/authorize" in kit
    assert ours.authorize_url == f"{page}/oauth2/authorize"
    assert ours.api_url == base
