"""Every name of peertube.py against the types that PeerTube's makers publish (npm peertube-types).

An answer built from the types alone must give every fact; addresses are not among the types.
"""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from collector.contract.exchange import Response, replay
from collector.platforms import peertube
from storage.model import Account, Broadcast, Status
from tests.support.builders import broadcast

TYPES = Path(__file__).resolve().parents[3] / ".venv/peertube-types/index.d.ts"
NOW = datetime(2026, 5, 17, 10, 0, tzinfo=UTC)
TIME = "2026-05-17T09:00:00.000Z"
ACCOUNT = Account(
    key="peertube:a",
    platform="peertube",
    handle="a",
    name="a",
    native_id="https://videos.example.ma/video-channels/a",
    resolved_at=None,
)
SIMPLE = {"string": "text", "boolean": True, "Date | string": TIME, "number | null": 1.5}
PLATFORM = peertube.PeerTube(peertube.PeerTube.Settings())


@pytest.fixture(scope="module")
def types() -> str:
    if not TYPES.is_file():
        pytest.skip("PeerTube's types are not in .venv: `make setup-dev` fetches them")
    return TYPES.read_text("utf-8")


def members(types: str, name: str) -> dict[str, str]:
    """An interface's members with those it inherits: each one's type by its name."""
    head = re.search(
        rf"^interface {name}(?: extends ([^{{]+?))? \{{$(.*?)^\}}$", types, re.MULTILINE | re.DOTALL
    )
    assert head, f"no interface {name}"
    inherited = re.findall(r"\w+", (head[1] or "").replace("Partial", ""))
    found = {member: kind for one in inherited for member, kind in members(types, one).items()}
    return found | dict(re.findall(r"^    (\w+)\??: ([^;{]+);$", head[2], re.MULTILINE))


def sample(types: str, name: str) -> dict[str, object]:
    """An object of that type; each of its numbers is another one."""
    told: dict[str, object] = {}
    for number, (member, kind) in enumerate(members(types, name).items(), start=1000):
        if kind == "number":
            told[member] = number
        elif kind in SIMPLE:
            told[member] = SIMPLE[kind]
        elif kind == "ConstantLabel<VideoStateType>":
            told[member] = {"id": constants(types, "VideoState")["PUBLISHED"], "label": "Published"}
        elif kind.endswith("[]") and f"\ninterface {kind[:-2]} {{" in types:
            told[member] = [sample(types, kind[:-2])]
    return told


def constants(types: str, name: str) -> dict[str, int]:
    block = re.search(rf"declare const {name}: \{{(.*?)\}};", types, re.DOTALL)[1]
    return {key: int(value) for key, value in re.findall(r"readonly (\w+): (\d+);", block)}


def choices(types: str, name: str) -> list[str]:
    return re.findall(r"'([^']+)'", re.search(rf"^type {name} = ([^;]+);", types, re.MULTILINE)[1])


def answer(request, body) -> Response:
    return Response(
        platform="peertube",
        source=request.source,
        status=200,
        headers={},
        body=json.dumps(body).encode(),
        received_at=NOW,
    )


def known(native_id) -> Broadcast:
    return broadcast(native_id, platform="peertube", account=ACCOUNT.key, title="before")


def list_requests():
    yield next(PLATFORM.probe(ACCOUNT))
    yield next(PLATFORM.poll([known("u")], {ACCOUNT.key: ACCOUNT}, NOW))
    discovery = PLATFORM.discover(ACCOUNT, [], NOW, may_spend=False)
    first = next(discovery)
    yield first
    yield discovery.send(replace(answer(first, {}), status=400))


def unknown_parameters(types: str, params) -> list[str]:
    known, fixed = members(types, "VideosCommonQuery"), {"boolean": ["true", "false"]}
    fixed |= {"BooleanBothQuery": choices(types, "BooleanBothQuery")}
    unknown = [name for name in params if name not in known]
    unknown += [
        name
        for name, value in params.items()
        if value not in fixed.get(known.get(name, ""), [value])
    ]
    sorts = choices(types, "VideoSortField")
    return unknown + [name for name in ("sort",) if params.get(name, sorts[0]) not in sorts]


def test_parameters_and_their_values_are_of_the_query(types):
    for request in list_requests():
        assert unknown_parameters(types, request.params) == []


@pytest.mark.parametrize("wrong", [{"nsfw": "all"}, {"is_live": "true"}, {"sort": "-published"}])
def test_a_wrong_parameter_is_not(types, wrong):
    assert unknown_parameters(types, wrong) != []


def test_a_video_of_the_types_gives_every_count_and_fact(types):
    video = sample(types, "VideoDetails")
    response = answer(next(list_requests()), {"data": [video]})
    exchange = PLATFORM.poll([known("text")], {ACCOUNT.key: ACCOUNT}, NOW)
    told = replay(exchange, [response])
    (snapshot,), (facts,) = told.snapshots, told.broadcasts
    assert snapshot.views == video["views"]
    assert snapshot.concurrent_viewers == video["viewers"]
    assert snapshot.likes == video["likes"]
    assert snapshot.comments == video["comments"]
    assert (facts.status, facts.title, facts.description) == (Status.LIVE, "text", "text")
    assert facts.published_at == facts.scheduled_at == datetime(2026, 5, 17, 9, tzinfo=UTC)
    (found,) = replay(PLATFORM.discover(ACCOUNT, [], NOW, may_spend=False), [response]).broadcasts
    assert found.url == "https://videos.example.ma/w/text"


def test_without_one_of_its_names_a_count_is_missing(types):
    video = sample(types, "VideoDetails")
    video["viewCount"] = video.pop("views")
    response = answer(next(list_requests()), {"data": [video]})
    told = replay(PLATFORM.poll([known("text")], {ACCOUNT.key: ACCOUNT}, NOW), [response])
    assert told.snapshots[0].views is None


@pytest.mark.parametrize("kind", ["VideoChannel", "Account"])
def test_a_channel_of_the_types_is_resolved(types, kind):
    exchange = PLATFORM.resolve(replace(ACCOUNT, handle="https://videos.example.ma/c/a"))
    request = next(PLATFORM.resolve(replace(ACCOUNT, handle="https://videos.example.ma/c/a")))
    found = replay(exchange, [answer(request, sample(types, kind))])
    assert found.native_id == "https://text/video-channels/text"


def test_states_and_error_codes_are_those_of_the_types(types):
    states = constants(types, "VideoState")
    assert states["PUBLISHED"] == peertube._PUBLISHED
    assert states["WAITING_FOR_LIVE"] == peertube._WAITING
    assert states["LIVE_ENDED"] == peertube._OVER
    assert '"does_not_respect_follow_constraints"' in types
    assert {"code", "detail"} <= set(members(types, "PeerTubeProblemDocument"))
    assert (
        "data"
        in re.search(r"^interface ResultList<T> \{(.*?)^\}", types, re.MULTILINE | re.DOTALL)[1]
    )
