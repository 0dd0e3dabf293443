"""Every platform against answers that are wrong on purpose, made from its own transcripts.

No platform has code here: its transcripts give the calls and the bodies that are then spoilt.
"""

import copy
import json
import math
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, cast

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collector.contract.errors import PlatformError, Unavailable, Unreadable
from collector.contract.exchange import Response
from collector.contract.json_fields import LARGEST_COUNT
from collector.contract.readings import Readings
from collector.platforms import platforms
from storage.model import Metric
from tests.support.transcripts import FIXTURES, _response, called

PLATFORMS = sorted(platforms())
#: More requests than any transcript makes: an exchange that never ends is a fault of its own.
MOST_REQUESTS = 40
REPEATABLE = settings(
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=250,
    suppress_health_check=cast("Any", tuple(HealthCheck)),
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


def _run(
    name: str, transcript: dict[str, Any], bodies: list[bytes], sent: list[bytes] | None = None
) -> tuple[Any, list[bytes]]:
    """Drive the call with these bodies, the last one again and again; return what was sent too."""
    platform_class: Any = platforms()[name]
    platform = platform_class(platform_class.Settings(**transcript.get("settings", {})))
    exchange = called(platform, transcript)
    steps = transcript["exchange"]
    sent = [] if sent is None else sent
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
            return copy.deepcopy(draw(HOSTILE))
        container, key = draw(st.sampled_from(places))
        what = draw(st.sampled_from(["drop", "replace", "nest", "twice"]))
        if what == "drop":
            del container[key]
        elif what == "nest":
            container[key] = [{"data": container[key]}]
        elif what == "twice" and isinstance(container, list):
            container.append(copy.deepcopy(container[key]))
        else:
            container[key] = copy.deepcopy(draw(HOSTILE))
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
    numbers = _numbers(sent)
    for snapshot in result.snapshots:
        for metric in Metric:
            value = getattr(snapshot, metric)
            assert value is None or (type(value) is int and 0 <= value <= LARGEST_COUNT)
            # A sum of reposts and quotes, of reactions, or of a post's videos is no number itself.
            stands = value is None or value in numbers or value in _sums_of_two(numbers)
            assert stands or metric in (Metric.LIKES, Metric.SHARES), f"{metric}={value}: {sent}"


def _numbers(sent: list[bytes]) -> set[int]:
    found: set[int] = set()
    for body in sent:
        try:
            value = [json.loads(body)]
        except (ValueError, RecursionError):
            text = body.decode("utf-8", errors="replace")
            found |= {int(digits) for digits in re.findall(r"[0-9]{1,20}", text)}
            found |= _rounded(text)
            continue
        for container, key in _places(value):
            part = container[key]
            if isinstance(part, float) and not math.isfinite(part):
                continue
            if isinstance(part, str) and part.startswith("{"):
                found |= _numbers([part.encode("utf-8", errors="replace")])  # a batch's answer
            if isinstance(part, str) and not (part.isascii() and part.isdigit()):
                continue
            if isinstance(part, int | float | str):
                found.add(int(part))
    return found


def _sums_of_two(numbers: set[int]) -> set[int]:
    return {one + other for one in numbers for other in numbers}


def _rounded(text: str) -> set[int]:
    """Return what is written like 12.3K."""
    scales = {"K": 1_000, "M": 1_000_000}
    written = re.findall(r"([0-9]+)(?:\.([0-9]{1,3}))?([KMkm])", text)
    return {
        int(whole) * scales[unit.upper()]
        + int(part.ljust(6, "0") or "0") * scales[unit.upper()] // 1_000_000
        for whole, part, unit in written
    }


BROKEN_ITEMS = (None, 17, "text", [], {}, {"id": None}, {"id": {}})


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

    for transcript in transcripts:
        bodies = _bodies(transcript)
        for dropped in _with_one_dropped(bodies):
            try:
                result, sent = _run(name, transcript, dropped)
            except PlatformError:
                continue
            _check_counts(result, sent)
    spoil()


def _with_one_dropped(bodies: list[bytes]) -> Iterator[list[bytes]]:
    """Yield the bodies as they are, then each with one field missing, then null."""
    yield bodies
    for turn, body in enumerate(bodies):
        try:
            value = json.loads(body)
        except ValueError:
            continue
        for place in range(len(_places(value))):
            for is_null in (True, False):
                other = copy.deepcopy(value)
                container, key = _places(other)[place]
                if is_null:
                    container[key] = None
                else:
                    del container[key]
                yield [*bodies[:turn], json.dumps(other).encode(), *bodies[turn + 1 :]]


def _lists(value: Any) -> list[list[Any]]:
    """Return the lists of objects in a JSON value: its items."""
    parts = [container[key] for container, key in _places([value])]
    return [
        part
        for part in parts
        if isinstance(part, list) and part and all(isinstance(one, dict) for one in part)
    ]


def _with_broken(value: Any) -> Iterator[Any]:
    """Yield the value with one broken item: one more in a list, or in the place of another."""
    for which, items in enumerate(_lists(value)):
        for broken in BROKEN_ITEMS:
            more = copy.deepcopy(value)
            _lists(more)[which].append(broken)
            yield more
            for place in range(len(items) if len(items) > 1 else 0):
                other = copy.deepcopy(value)
                _lists(other)[which][place] = broken
                yield other


def _counted(result: Readings) -> dict[str, Any]:
    """Return the snapshots that hold a count, by broadcast."""
    return {
        one.broadcast: one
        for one in result.snapshots
        if any(getattr(one, metric) is not None for metric in Metric)
    }


@pytest.mark.fault(row=8)
@pytest.mark.parametrize("name", PLATFORMS)
def test_one_broken_item_costs_one_snapshot_at_most(name):
    tried = 0
    for transcript in _polls(name, clean=True):
        bodies = _bodies(transcript)
        clean = _counted(_run(name, transcript, bodies)[0])
        for turn, body in enumerate(bodies):
            try:
                value = json.loads(body)
            except ValueError:
                continue
            for spoilt in _with_broken(value):
                changed = [*bodies[:turn], json.dumps(spoilt).encode(), *bodies[turn + 1 :]]
                tried += 1
                sent: list[bytes] = []
                try:
                    kept = _counted(_run(name, transcript, changed, sent)[0])
                except Unreadable:
                    if len(sent) > len(bodies):
                        continue  # it asked for more, which the transcript has no answer to
                    # Told by their places alone, answers of another number belong to nobody.
                    assert isinstance(value, list)
                    assert len(value) != len(spoilt)
                    continue
                lost = [key for key, one in clean.items() if kept.get(key) != one]
                is_one_more = len(_places(spoilt)) > len(_places(value))
                # Asked for alone, a broadcast may depend on each entry of its own answer.
                most = 0 if is_one_more and len(clean) > 1 else 1
                assert len(lost) <= most, f"lost {lost}: {spoilt}"
    if not tried:
        pytest.skip("no poll of this platform answers with a list of objects")
