"""Replays a transcript: a YAML file with a call, the exchange it makes and what must come out.

::

    call: poll | discover | resolve | probe | renew | redeem | inspect (these three: of the grant)
    settings: {…}                  the platform's own
    account: {handle: …, native_id: …, playlists: […]}
    may_spend: true
    token: {access_token: …, refresh_token: …, expires_at: …}     renew, inspect
    code: …                                                       redeem
    broadcasts: [{native_id: …, status: …, …}]
    exchange:
      - request: {url: …, params: {…}, costs: {…}}    every key given must be so
        response: {status: 200, headers: {…}, json: {…} | text: "…"}
        settled: {bucket: units}   what the response says the call cost in the end
        failure: "no network"      in place of a response: the network fails
    expect: {snapshots: […], broadcasts: […], missing: […], unlisted: […], unreadable: […],
             failures: {key: "AuthFailed: what it says"}}
          | {account: {…}} | {text: …} | {token: {…}} | {error: AuthFailed, detail: …}
    limits: [{…}]                  what the last response's headers say
    not_offered: why this platform has no such situation (in place of all the above)
"""

import json
from dataclasses import asdict, fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from collector.contract.errors import PlatformError, Unavailable, Unreadable
from collector.contract.exchange import Exchange, Request, Response
from collector.contract.grants import Consent, Token
from collector.platforms import platforms
from storage.model import Account, Broadcast, Metric, Status

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"
RECEIVED_AT = datetime(2026, 5, 17, 10, 0, tzinfo=UTC)
CONSENT = Consent(redirect_uri="http://127.0.0.1:8499/", state="a-state", verifier="v" * 64)
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


def missing_situations(folder: Path) -> list[str]:
    """Name the situations for which a platform's folder has no transcript."""
    stems = {path.stem for path in folder.glob("*.yaml")}
    return [situation for situation in SITUATIONS if situation not in stems]


def replay_transcript(path: Path) -> None:
    """Drive the platform's method through the transcript and compare with what it expects."""
    transcript = yaml.safe_load(path.read_text(encoding="utf-8"))
    if "not_offered" in transcript:
        return
    platform = configured(path.parent.name, transcript)
    exchange = called(platform, transcript)
    expected = transcript["expect"]
    answers: list[Response] = []
    try:
        result = _drive(exchange, transcript["exchange"], platform, answers)
    except PlatformError as error:
        assert type(error).__name__ == expected.get("error"), f"{error!r} was not expected"
        assert expected.get("detail", "") in error.detail
        for name, value in expected.get("attributes", {}).items():
            assert value == getattr(error, name)
    else:
        assert "error" not in expected, f"expected {expected['error']}, got {result!r}"
        _compare(result, expected)
    if "limits" in transcript:
        _compare_each("limits", tuple(platform.limits(answers[-1])), transcript["limits"])


def configured(name: str, transcript: dict[str, Any]) -> Any:
    """Return the platform of that name with the transcript's settings."""
    platform_class: Any = platforms()[name]
    return platform_class(platform_class.Settings(**transcript.get("settings", {})))


def called(platform: Any, transcript: dict[str, Any]) -> Exchange[Any]:
    """Begin the exchange that the transcript is about."""
    account = _account(platform.name, transcript.get("account", {}))
    broadcasts = [
        _broadcast(platform.name, account, spec) for spec in transcript.get("broadcasts", [])
    ]
    match transcript["call"]:
        case "poll":
            return platform.poll(broadcasts, {account.key: account}, RECEIVED_AT)
        case "discover":
            may_spend = transcript.get("may_spend", True)
            return platform.discover(account, broadcasts, RECEIVED_AT, may_spend=may_spend)
        case "renew":
            return platform.grant.renew(_token(transcript.get("token")))
        case "inspect":
            return platform.grant.inspect(_token(transcript["token"]))
        case "redeem":
            return platform.grant.redeem(transcript["code"], CONSENT, account)
        case name:
            return getattr(platform, name)(account)


def _token(fields: dict[str, Any] | None) -> Token | None:
    return None if fields is None else Token(**{"obtained_at": RECEIVED_AT, **fields})


def _drive(
    exchange: Exchange[Any], steps: list[dict[str, Any]], platform: Any, answers: list[Response]
) -> Any:
    """Send the transcript's responses, checking each request against what it says."""
    waiting = list(steps)
    try:
        request = next(exchange)
        while True:
            assert waiting, f"asked for more than the transcript has: {request}"
            step = waiting.pop(0)
            _check_request(request, step.get("request", {}))
            if "failure" in step:
                request = exchange.throw(Unavailable(platform.name, step["failure"]))
            else:
                answers.append(_response(request, step["response"]))
                _check_settled(request, answers[-1], step)
                request = exchange.send(answers[-1])
    except StopIteration as end:
        assert not waiting, f"{len(waiting)} responses were not asked for"
        return end.value


def _check_request(request: Request, expected: dict[str, Any]) -> None:
    for name, value in expected.items():
        assert value == getattr(request, name)
    for name, secret in request.secrets.items():
        assert name.lower() not in {key.lower() for key in request.params}
        assert secret not in request.url


def _check_settled(request: Request, answer: Response, step: dict[str, Any]) -> None:
    """Compare what the call cost; whatever an answer says, no more than was charged for it."""
    settled = request.settle(answer) if request.settle else dict(request.costs)
    assert all(0 <= units <= request.costs[name] for name, units in settled.items())
    if "settled" in step:
        assert step["settled"] == settled


def _response(request: Request, spec: dict[str, Any]) -> Response:
    text = json.dumps(spec["json"]) if "json" in spec else spec.get("text", "")
    return Response(
        platform=request.platform,
        source=request.source,
        status=spec.get("status", 200),
        headers=spec.get("headers", {}),
        body=text.encode(),
        received_at=RECEIVED_AT,
    )


def _account(platform: str, spec: dict[str, Any]) -> Account:
    handle = spec.get("handle", "account")
    return Account(
        key=f"{platform}:{handle}",
        platform=platform,
        handle=handle,
        name=handle,
        native_id=spec.get("native_id"),
        resolved_at=None,
        playlists=tuple(spec.get("playlists", ())),
    )


def _broadcast(platform: str, account: Account, spec: dict[str, Any]) -> Broadcast:
    blank = dict.fromkeys(("published_at", "scheduled_at", "started_at", "ended_at", "observed_at"))
    facts = {
        "key": f"{platform}:{spec['native_id']}",
        "platform": platform,
        "account": account.key,
        "title": "a title",
        "url": "",
        "discovered_at": RECEIVED_AT - timedelta(days=1),
        **blank,
        **spec,
    }
    facts["status"] = Status(facts.get("status", "live"))
    facts["playlists"] = tuple(facts.get("playlists", ()))
    return Broadcast(**facts)


def _compare(result: Any, expected: dict[str, Any]) -> None:
    if "text" in expected:
        assert expected["text"] == result
        return
    if "account" in expected:
        actual = asdict(result)
        assert expected["account"] == {name: actual[name] for name in expected["account"]}
        return
    if "token" in expected:
        actual = asdict(result)
        assert expected["token"] == {name: actual[name] for name in expected["token"]}
        return
    known = {field.name for field in fields(result)}
    assert set(expected) <= known, f"{set(expected) - known} cannot come out of this call"
    errors = getattr(result, "failures", {})
    failures = {key: f"{type(error).__name__}: {error.detail}" for key, error in errors.items()}
    assert failures == expected.get("failures", {}), f"failures: {failures}"
    assert getattr(result, "paid_failed", False) == expected.get("paid_failed", False)
    for name in known - {"failures", "paid_failed"}:
        _compare_each(name, getattr(result, name), expected.get(name, []))


def _compare_each(name: str, actual: tuple[Any, ...], wanted: list[Any]) -> None:
    assert len(actual) == len(wanted), f"{name}: {actual}"
    for item, want in zip(actual, wanted, strict=True):
        if isinstance(want, str) and isinstance(item, Unreadable):
            assert want in item.detail, item.detail
        elif isinstance(want, str):
            assert want == item
        else:
            facts = {name: _as_listed(value) for name, value in asdict(item).items()}
            assert want == {key: facts[key] for key in want}
            if name == "snapshots":
                unsaid = {key: facts[key] for key in map(str, Metric) if key not in want}
                assert unsaid == dict.fromkeys(unsaid), "a count that the transcript does not give"


def _as_listed(value: Any) -> Any:
    """YAML has lists and no tuples."""
    return list(value) if isinstance(value, tuple) else value
