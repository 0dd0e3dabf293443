"""Every platform against answers that are wrong on purpose, made from its own transcripts.

No platform has code here: its transcripts give the calls and the bodies that are then spoilt.
"""

import copy
import json
import math
from dataclasses import replace
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collector.contract import Readings
from collector.errors import PlatformError, Unavailable
from collector.exchange import Response
from collector.parsing import LARGEST_COUNT
from collector.registry import platforms
from storage.model import Metric
from tests.collector.platforms.transcripts import FIXTURES, _call, _response

PLATFORMS = sorted(platforms())
#: More requests than any transcript makes: an exchange that never ends is a fault of its own.
MOST_REQUESTS = 40
REPEATABLE = settings(
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=60,
    suppress_health_check=list(HealthCheck),
)

HOSTILE = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from([-1, -(2**63), 2**63 - 1, 2**63, 10**30, 1.5, 1e308, 0]),
    st.sampled_from(
        ["", "NaN", "Infinity", "null", "-1", "12abc", "١٢", "\ud800", "\0", "1e9", "9" * 25]
    ),
    st.sampled_from([[], {}, [[]], {"id": {}}, [None], {"a": {"b": {"c": []}}}]),
    st.text(max_size=8),
)
WHOLE_BODIES = st.sampled_from(
    [
        b"",
        b"null",
        b"[]",
        b"17",
        b'"text"',
        b"{}",
        b'{"data":',
        b"<!doctype html><html><body>Just a moment</body></html>",
        b"\xff\xfe\x00",
        b"NaN",
        b"[" * 5000,
        b'{"error":17}',
        b'{"error":{"errors":17,"details":{}}}',
    ]
)


def _polls(platform: str, *, clean: bool = False) -> list[dict[str, Any]]:
    """Return the transcripts of calls that read something; ``clean`` ones are polls that succeed."""
    found: list[dict[str, Any]] = []
    for path in sorted((FIXTURES / platform).glob("*.yaml")):
        transcript = yaml.safe_load(path.read_text(encoding="utf-8"))
        if "not_offered" in transcript or not transcript["exchange"]:
            continue
        succeeds = bool(transcript["expect"].get("snapshots"))
        if not clean or (transcript["call"] == "poll" and succeeds):
            found.append(transcript)
    return found


def _run(name: str, transcript: dict[str, Any], bodies: list[bytes]) -> tuple[Any, list[bytes]]:
    """Drive the call with these bodies, the last one again and again; return what was sent too."""
    platform_class: Any = platforms()[name]
    platform = platform_class(platform_class.Settings(**transcript.get("settings", {})))
    exchange = _call(platform, transcript)
    steps = transcript["exchange"]
    sent: list[bytes] = []
    try:
        request = next(exchange)
        for turn in range(MOST_REQUESTS):
            step = steps[min(turn, len(steps) - 1)]
            if "failure" in step:
                request = exchange.throw(Unavailable(name, step["failure"]))
                continue
            said: Response = _response(request, step["response"])
            said = replace(said, body=bodies[min(turn, len(bodies) - 1)])
            sent.append(said.body)
            platform.limits(said)
            request = exchange.send(said)
    except StopIteration as end:
        return end.value, sent
    raise AssertionError(f"{name}: no end after {MOST_REQUESTS} requests")


def _bodies(transcript: dict[str, Any]) -> list[bytes]:
    steps = [step.get("response", {}) for step in transcript["exchange"]]
    return [
        json.dumps(said["json"]).encode() if "json" in said else str(said.get("text", "")).encode()
        for said in steps
    ]


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Return every place in a JSON value, as its container and key."""
    inside = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    found: list[tuple[Any, Any]] = []
    for key, part in inside:
        found += [(value, key), *_places(part)]
    return found


def _spoil(draw: Any, value: Any) -> Any:
    """Drop or replace up to three places of a JSON value."""
    spoilt = copy.deepcopy(value)
    for _ in range(draw(st.integers(1, 3))):
        places = _places(spoilt)
        if not places:
            return draw(HOSTILE)
        container, key = draw(st.sampled_from(places))
        what = draw(st.sampled_from(["drop", "replace", "nest", "twice"]))
        if what == "drop":
            del container[key]
        elif what == "nest":
            container[key] = [{"data": container[key]}]
        elif what == "twice" and isinstance(container, list):
            container.append(copy.deepcopy(container[key]))
        else:
            container[key] = draw(HOSTILE)
    return spoilt


def _spoilt_body(draw: Any, body: bytes) -> bytes:
    kind = draw(st.sampled_from(["value", "value", "value", "cut", "whole"]))
    if kind == "whole":
        return draw(WHOLE_BODIES)
    if kind == "cut":
        return body[: draw(st.integers(0, len(body)))]
    try:
        value = json.loads(body)
    except ValueError:
        return body.replace(b'"', b"", draw(st.integers(0, 5)))
    return json.dumps(_spoil(draw, value)).encode()


def _check_counts(result: Any, sent: list[bytes]) -> None:
    """Every count is absent, or stands in an answer: nothing is made up."""
    if not isinstance(result, Readings):
        return
    text = b"\n".join(sent).decode("utf-8", errors="replace")
    numbers = _numbers(sent)
    for snapshot in result.snapshots:
        for metric in Metric:
            value = getattr(snapshot, metric)
            assert value is None or (type(value) is int and 0 <= value <= LARGEST_COUNT)
            # A sum of reposts and quotes, or of reactions, is none of the numbers themselves.
            stands = value is None or value in numbers or str(value) in text
            assert stands or metric in (Metric.LIKES, Metric.SHARES), f"{metric}={value}: {text}"


def _numbers(sent: list[bytes]) -> set[int]:
    found: set[int] = set()
    for body in sent:
        try:
            value = [json.loads(body)]
        except (ValueError, RecursionError):
            continue
        for container, key in _places(value):
            part = container[key]
            if isinstance(part, float) and not math.isfinite(part):
                continue
            if isinstance(part, str) and not (part.isascii() and part.isdigit()):
                continue
            if isinstance(part, int | float | str):
                found.add(int(part))
    return found


@pytest.mark.parametrize("name", PLATFORMS)
def test_spoilt_answers_give_a_result_or_an_error_of_the_tree(name):
    transcripts = _polls(name)

    @REPEATABLE
    @given(st.data())
    def spoil(data):
        transcript = data.draw(st.sampled_from(transcripts))
        bodies = [_spoilt_body(data.draw, body) for body in _bodies(transcript)]
        try:
            result, sent = _run(name, transcript, bodies)
        except PlatformError as error:
            assert error.detail
            return
        _check_counts(result, sent)

    spoil()


def _lists(value: Any) -> list[list[Any]]:
    """Return the lists of objects in a JSON value that hold two or more: its items."""
    parts = [container[key] for container, key in _places([value])]
    return [
        part
        for part in parts
        if isinstance(part, list) and len(part) > 1 and all(isinstance(one, dict) for one in part)
    ]


@pytest.mark.parametrize("name", PLATFORMS)
def test_one_spoilt_item_leaves_the_others_as_they_are(name):
    """Each list of items in turn gets a broken one more, and loses nothing for it."""
    tried = 0
    for transcript in _polls(name, clean=True):
        bodies = _bodies(transcript)
        clean, _ = _run(name, transcript, bodies)
        for turn, body in enumerate(bodies):
            try:
                value = json.loads(body)
            except ValueError:
                continue
            for which in range(len(_lists(value))):
                for broken in (None, 17, "text", [], {}, {"id": None}, {"id": {}}):
                    spoilt = copy.deepcopy(value)
                    _lists(spoilt)[which].append(broken)
                    changed = [*bodies[:turn], json.dumps(spoilt).encode(), *bodies[turn + 1 :]]
                    result, _ = _run(name, transcript, changed)
                    kept = {one.broadcast: one for one in result.snapshots}
                    for snapshot in clean.snapshots:
                        if any(getattr(snapshot, metric) is not None for metric in Metric):
                            assert kept.get(snapshot.broadcast) == snapshot
                            tried += 1
    if not tried:
        pytest.skip("no transcript of this platform has a list of several objects")
