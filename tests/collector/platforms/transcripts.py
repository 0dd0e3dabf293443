"""Replays a transcript: a YAML file with a call, the exchange it makes and what must come out.

::

    call: poll | discover | resolve | probe
    settings: {…}                  the platform's own
    account: {handle: …, native_id: …}
    may_spend: true
    broadcasts: [{native_id: …, status: …, …}]
    exchange:
      - request: {url: …, params: {…}, bucket: …}     every key given must be so
        response: {status: 200, headers: {…}, json: {…} | text: "…"}
        failure: "no network"      in place of a response: the network fails
    expect: {snapshots: […], broadcasts: […], missing: […], unlisted: […], unreadable: […]}
          | {account: {…}} | {text: …} | {error: AuthFailed, detail: …}
    not_offered: why this platform has no such situation (in place of all the above)
"""

import json
from dataclasses import asdict, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from collector.errors import PlatformError, Unavailable, Unreadable
from collector.exchange import Exchange, Request, Response
from collector.registry import platforms
from storage.model import Account, Broadcast, Status

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
RECEIVED_AT = datetime(2026, 5, 17, 10, 0, tzinfo=UTC)
SITUATIONS = (
    "discover_live",
    "discover_nothing",
    "poll_live",
    "poll_hidden_count",
    "poll_ended",
    "poll_deleted",
    "error_auth",
    "error_quota",
    "error_malformed",
)


def replay_transcript(path: Path) -> None:
    """Drive the platform's method through the transcript and compare with what it expects."""
    transcript = yaml.safe_load(path.read_text(encoding="utf-8"))
    if "not_offered" in transcript:
        return
    platform_class: Any = platforms()[path.parent.name]
    platform = platform_class(platform_class.Settings(**transcript.get("settings", {})))
    exchange = _call(platform, transcript)
    expected = transcript["expect"]
    try:
        result = _drive(exchange, transcript["exchange"], platform.name)
    except PlatformError as error:
        assert type(error).__name__ == expected.get("error"), f"{error!r} was not expected"
        assert expected.get("detail", "") in error.detail
        for name, value in expected.get("attributes", {}).items():
            assert value == getattr(error, name)
        return
    assert "error" not in expected, f"expected {expected['error']}, got {result!r}"
    _compare(result, expected)


def _call(platform: Any, transcript: dict[str, Any]) -> Exchange[Any]:
    account = _account(platform.name, transcript.get("account", {}))
    broadcasts = [
        _broadcast(platform.name, account, one) for one in transcript.get("broadcasts", [])
    ]
    match transcript["call"]:
        case "poll":
            return platform.poll(broadcasts, {account.key: account}, RECEIVED_AT)
        case "discover":
            may_spend = transcript.get("may_spend", True)
            return platform.discover(account, broadcasts, may_spend=may_spend)
        case name:
            return getattr(platform, name)(account)


def _drive(exchange: Exchange[Any], steps: list[dict[str, Any]], platform: str) -> Any:
    """Send the transcript's responses, checking each request against what it says."""
    waiting = list(steps)
    try:
        request = next(exchange)
        while True:
            assert waiting, f"asked for more than the transcript has: {request}"
            step = waiting.pop(0)
            _check_request(request, step.get("request", {}))
            if "failure" in step:
                request = exchange.throw(Unavailable(platform, step["failure"]))
            else:
                request = exchange.send(_response(request, step["response"]))
    except StopIteration as end:
        assert not waiting, f"{len(waiting)} responses were not asked for"
        return end.value


def _check_request(request: Request, expected: dict[str, Any]) -> None:
    for name, value in expected.items():
        assert value == getattr(request, name)
    for name, secret in request.secrets.items():
        assert name.lower() not in {key.lower() for key in request.params}
        assert secret not in request.url


def _response(request: Request, said: dict[str, Any]) -> Response:
    text = json.dumps(said["json"]) if "json" in said else said.get("text", "")
    return Response(
        platform=request.platform,
        source=request.source,
        status=said.get("status", 200),
        headers=said.get("headers", {}),
        body=text.encode(),
        received_at=RECEIVED_AT,
    )


def _account(platform: str, said: dict[str, Any]) -> Account:
    handle = said.get("handle", "account")
    return Account(
        key=f"{platform}:{handle}",
        platform=platform,
        handle=handle,
        name=handle,
        native_id=said.get("native_id"),
        resolved_at=None,
    )


def _broadcast(platform: str, account: Account, said: dict[str, Any]) -> Broadcast:
    blank = dict.fromkeys(("published_at", "scheduled_at", "started_at", "ended_at", "observed_at"))
    facts = {
        "key": f"{platform}:{said['native_id']}",
        "platform": platform,
        "account": account.key,
        "title": "a title",
        "url": "",
        "discovered_at": RECEIVED_AT,
        **blank,
        **said,
    }
    facts["status"] = Status(facts.get("status", "live"))
    return Broadcast(**facts)


def _compare(result: Any, expected: dict[str, Any]) -> None:
    if "text" in expected:
        assert expected["text"] == result
        return
    if "account" in expected:
        found = asdict(result)
        assert expected["account"] == {name: found[name] for name in expected["account"]}
        return
    known = {field.name for field in fields(result)}
    assert set(expected) <= known, f"{set(expected) - known} cannot come out of this call"
    for name in known:
        _compare_each(name, getattr(result, name), expected.get(name, []))


def _compare_each(name: str, found: tuple[Any, ...], wanted: list[Any]) -> None:
    assert len(found) == len(wanted), f"{name}: {found}"
    for one, want in zip(found, wanted, strict=True):
        if isinstance(want, str) and isinstance(one, Unreadable):
            assert want in one.detail, one.detail
        elif isinstance(want, str):
            assert want == one
        else:
            facts = asdict(one)
            assert want == {key: facts[key] for key in want}
            if name == "snapshots":
                counts = ("views", "concurrent_viewers", "likes", "comments", "shares")
                unsaid = {key: facts[key] for key in counts if key not in want}
                assert unsaid == dict.fromkeys(unsaid), "a count that the transcript does not give"
