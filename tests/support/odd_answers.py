"""Gives every platform answers of odd shapes, and says in words what became of two broadcasts.

The table that comes of it stands in docs/platforms.md; tests/collector/platforms/test_odd_answers.py
holds the rule behind it. What is asked of whom is in tests/fixtures/odd_answers.yaml.
"""

import copy
import json
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import yaml

from collector.contract.errors import PlatformError
from collector.contract.exchange import Exchange, Response
from collector.contract.readings import Readings
from collector.jobs.poll_outcome import PollAttempt, PollOutcome, answered_outcome, failed_outcome
from collector.platforms import platforms
from collector.scheduling.due_queue import QueueEntry
from storage.model import Broadcast, Poll, Status
from tests.support.transcripts import (
    FIXTURES,
    RECEIVED_AT,
    _account,
    _broadcast,
    called,
    configured,
)

MOST_REQUESTS = 60
ITEMS = "ITEMS"
COLUMNS = (
    "an item that cannot be read",
    "an empty list",
    "an item that is missing",
    "an error in a part",
    "an unknown error under HTTP 200",
)
#: What no platform's list of the things asked for holds in the place of one.
ODD_ITEMS = (None, 17, "text", True, 1.5, [], [[]], {}, {"id": None})
ODD_IDS = (None, {}, [], True, 1.5, 12345, "")
UNKNOWN = {"error": {"code": "7001001", "message": "server error"}}


@cache
def cases() -> dict[str, dict[str, Any]]:
    """Return what is asked of each platform, by its name."""
    return yaml.safe_load((FIXTURES / "odd_answers.yaml").read_text(encoding="utf-8"))


def items_of(name: str) -> list[Any]:
    """Return the good items of a platform's answer; one where it is of one broadcast alone."""
    return copy.deepcopy(cases()[name]["items"])


def is_list(name: str) -> bool:
    """Tell whether one answer of the platform shows several broadcasts as a list."""
    return "id" in cases()[name]


def body_of(name: str, items: Any) -> bytes:
    """Return the platform's answer with these items; Telegram's is a page, LinkedIn's an object."""
    if name == "telegram":
        posts = [each if isinstance(each, dict) else {} for each in items]
        return "".join(map(_post, posts)).encode() or b'<main class="tgme_main"></main>'
    if name == "linkedin":
        named = [each if isinstance(each, dict) else {"id": None, "post": each} for each in items]
        items = {str(each.get("id")): each.get("post") for each in named}
    if name == "owncast":
        [items] = items
    return json.dumps(_filled(cases()[name]["body"], items)).encode()


def _filled(body: Any, items: Any) -> Any:
    if body == ITEMS:
        return items
    return (
        {key: _filled(value, items) for key, value in body.items()}
        if isinstance(body, dict)
        else body
    )


def _post(item: dict[str, Any]) -> str:
    views = f'<span class="tgme_widget_message_views">{item.get("views", "")}</span>'
    return (
        f'<div class="tgme_widget_message" data-post="{item.get("data-post") or ""}">{views}</div>'
    )


def odd_items(name: str) -> Iterator[Any]:
    """Yield what may stand in the place of the first item: no item, or one without a readable id."""
    key = cases()[name]["id"]
    first = items_of(name)[0]
    yield from ODD_ITEMS
    yield {field: value for field, value in first.items() if field != key}
    yield from ({**first, key: native_id} for native_id in ODD_IDS)


def run(name: str, bodies: Sequence[bytes], *, call: str = "poll") -> Any:
    """Return what the call returns to these bodies, the last one again and again, or its error."""
    transcript = {**cases()[name], "call": call}
    if call == "discover":
        transcript["broadcasts"] = []
    exchange: Exchange[Any] = called(configured(name, transcript), transcript)
    try:
        request = next(exchange)
        for turn in range(MOST_REQUESTS):
            body = bodies[min(turn, len(bodies) - 1)]
            status = 404 if body.startswith(b'{"status": 404') else 200
            answer = Response(
                platform=name,
                source=request.source,
                status=status,
                headers={},
                body=body,
                received_at=RECEIVED_AT,
            )
            request = exchange.send(answer)
    except StopIteration as end:
        return end.value
    except PlatformError as error:
        return error
    raise AssertionError(f"{name}: no end after {MOST_REQUESTS} requests")


def broadcasts_of(name: str) -> list[Broadcast]:
    """Return the broadcasts that are asked for."""
    case = cases()[name]
    account = _account(name, case["account"])
    return [_broadcast(name, account, spec) for spec in case["broadcasts"]]


def outcome_of(
    name: str, result: Readings | PlatformError, broadcasts: Sequence[Broadcast] | None = None
) -> PollOutcome:
    """Return what a second such answer in a row means for each broadcast, ``None``: the usual ones."""
    broadcasts = broadcasts_of(name) if broadcasts is None else broadcasts
    poll = Poll(
        poll_id=1,
        platform=name,
        purpose="poll",
        source="list",
        started_at=RECEIVED_AT,
        finished_at=RECEIVED_AT,
        asked=len(broadcasts),
        answered=0,
        requests=1,
        outcome="ok",
        error=None,
    )
    entries = [
        QueueEntry(
            broadcast=broadcast,
            next_due_at=None,
            interval_seconds=60.0,
            absences=1,
            end_seen_at=RECEIVED_AT,
        )
        for broadcast in broadcasts
    ]
    attempt = PollAttempt(poll=poll, entries=entries)
    if isinstance(result, PlatformError):
        return failed_outcome(attempt, result)
    return answered_outcome(attempt, result)


def word_of(name: str, result: Readings | PlatformError) -> str:
    """Say what becomes of the first broadcast once such an answer has come twice."""
    return became(outcome_of(name, result), broadcasts_of(name)[0].key)


def became(outcome: PollOutcome, key: str) -> str:
    """Say what an outcome is for a broadcast."""
    for changed in outcome.broadcasts:
        if changed.key == key and changed.status in (Status.GONE, Status.ENDED):
            return str(changed.status)
    reasons = {miss.broadcast: miss.reason for miss in outcome.misses}
    return f"gap `{reasons[key]}`" if key in reasons else "read"


def answers_of(name: str) -> list[list[bytes] | None]:
    """Return what stands under each of the columns, ``None`` where the platform has no such answer."""
    case = cases()[name]
    parts, unknown = case.get("parts"), case.get("unknown", UNKNOWN)
    [first, *others] = items_of(name)
    lists: list[list[bytes] | None] = [
        [body_of(name, items), *_bodies(case.get("then", ()))] if is_list(name) else None
        for items in ([_without_id(name, first), *others], [], others)
    ]
    return [*lists, _bodies(parts) if parts else None, _bodies([unknown])]


def _without_id(name: str, item: dict[str, Any]) -> dict[str, Any]:
    return {**item, cases()[name].get("id", ""): None, **cases()[name].get("odd", {})}


def _bodies(values: Sequence[Any]) -> list[bytes]:
    return [json.dumps(value).encode() for value in values]


def table() -> str:
    """Return the table: a row a platform, a column an odd answer."""
    lines = [f"| | {' | '.join(COLUMNS)} |", "|---" * (len(COLUMNS) + 1) + "|"]
    for name in platforms():
        alone = cases()[name].get("asks_alone", False)
        words = [
            "—"
            if answers is None
            else "asked for alone"
            if alone and column in COLUMNS[:3]
            else word_of(name, run(name, answers))
            for column, answers in zip(COLUMNS, answers_of(name), strict=True)
        ]
        lines.append(f"| **{platforms()[name].display_name}** | {' | '.join(words)} |")
    return "\n".join(lines)
