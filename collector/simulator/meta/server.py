"""Speaks Meta's Graph API v26: auth, batches, paging, limits and errors, over any nodes.

Facebook and Instagram are two such graphs with nodes of their own. A batch's parts count as calls
each, and some of them may be scripted to time out.
"""

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Protocol, cast
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from collector.simulator.meta import errors
from collector.simulator.meta.nodes import Node, Params, edge_body, node_body
from collector.simulator.meta.tokens import GraphTokens
from collector.simulator.wire.endpoint import Call, Endpoints, SimulatedError
from collector.simulator.wire.faults import FaultScript
from collector.simulator.wire.oauth import Issued
from collector.simulator.wire.rate_limit import Rolling

VERSION = "v26.0"
MOST_IN_BATCH = 50
FULL = 100  # per cent


@dataclass(frozen=True, kw_only=True, slots=True)
class GraphTerms:
    """What the app and each account may be asked, and which of a batch's parts time out.

    ``timed_out`` numbers the parts of all batches from 1.
    """

    app_calls_an_hour: int = 1_000_000
    account_calls_a_day: int = 1_000_000
    timed_out: frozenset[int] = frozenset()


@dataclass(frozen=True, kw_only=True, slots=True)
class Business:
    """How the limit of one account is named."""

    kind: str
    code: int
    what: str


class Family(Protocol):
    """The nodes of one of Meta's platforms."""

    name: str
    business: Business

    def pages(self) -> Sequence[str]:
        """Return the id of every Page, each of which has a token."""
        ...

    def node(self, name: str, at: datetime) -> Node | None:
        """Return the node of an id or of a Page's username."""
        ...


class GraphServer:
    """One platform's graph. ``calls`` counts HTTP calls by edge, ``parts`` those within batches."""

    def __init__(
        self,
        family: Family,
        *,
        now: Callable[[], datetime],
        terms: GraphTerms,
        faults: FaultScript,
    ) -> None:
        self.family = family
        self.terms = terms
        self.tokens = GraphTokens(family.name, family.pages(), now=now)
        self.parts: Counter[str] = Counter()
        self._endpoints = Endpoints(now=now, faults=faults)
        self._app_calls = Rolling(timedelta(hours=1))
        self._account_calls = Rolling(timedelta(days=1))
        self._part = 0

    @property
    def calls(self) -> Counter[str]:
        """HTTP calls by the edge's name; ``node`` for a node itself, ``batch`` for a batch."""
        return self._endpoints.calls

    def routes(self) -> list[Route]:
        """Return the routes below the platform's own prefix."""
        base = f"/{self.family.name}/{VERSION}"
        graph = self._endpoints.of(lambda call: _name(call.path["rest"], call.verb), self._graph)
        consent = self._endpoints.of("consent", self._consent)
        return [
            Route(f"{base}/dialog/oauth", consent),
            Route(f"{base}/{{rest:path}}", graph, methods=["GET", "POST"]),
        ]

    def _consent(self, call: Call) -> Response:
        return RedirectResponse(self.tokens.consent(call.query), HTTPStatus.FOUND)

    def _graph(self, call: Call) -> Response:
        path = call.path["rest"].strip("/")
        given = dict(call.query) | (call.form if call.verb == "POST" else {})
        if path == "oauth/access_token":
            return JSONResponse(self.tokens.access_token(given, call.at))
        token = call.bearer or given.get("access_token")
        issued = self.tokens.check(token, call.at)
        if call.verb == "POST" and not path:
            return self._batch(given, issued, call.at)
        return self._answer(path, given, issued, call.at)

    def _batch(self, given: Mapping[str, str], issued: Issued, at: datetime) -> Response:
        try:
            parts = cast("list[Any]", json.loads(given.get("batch", "")))
            addresses = [str(part["relative_url"]) for part in parts]
        except (ValueError, TypeError, KeyError):
            raise errors.bad_parameter("batch", "a JSON list of operations") from None
        if len(addresses) > MOST_IN_BATCH:
            raise errors.too_many_in_batch(MOST_IN_BATCH)
        answered = [self._part_of_batch(one, issued, at) for one in addresses]
        # The usage is the whole call's; each part only counted for it.
        usage = {
            name: value
            for one in answered[-1:]
            for name, value in one.headers.items()
            if name.startswith(("x-", "facebook-"))
        }
        shown = [self._as_part(one, number) for number, one in enumerate(answered, self._part + 1)]
        self._part += len(answered)
        return JSONResponse(shown, headers=usage)

    def _part_of_batch(self, address: str, issued: Issued, at: datetime) -> Response:
        split = urlsplit(address)
        path = split.path.strip("/").removeprefix(VERSION).strip("/")
        self.parts[_name(path, "GET")] += 1
        try:
            return self._answer(path, dict(parse_qsl(split.query)), issued, at)
        except SimulatedError as refusal:
            return refusal.response

    def _as_part(self, response: Response, number: int) -> Any:
        if number in self.terms.timed_out:
            return None
        return {"code": response.status_code, "body": bytes(response.body).decode()}

    def _answer(self, path: str, given: Params, issued: Issued, at: datetime) -> Response:
        if not path:
            raise errors.ids_are_gone() if "ids" in given else errors.unknown_path("")
        name, _, edge = path.partition("/")
        if name == "debug_token":
            return JSONResponse(self.tokens.inspected(given), headers=self._counted("", at))
        node = self._node(name, issued, at)
        owner = node.owner if node else ""
        headers = self._counted(owner, at)
        if node is None:
            raise errors.not_there(name)
        if not edge:
            body = node_body(node, given)
        else:
            kept = {key: value for key, value in given.items() if key != "after"}
            # As Graph does: the address of the next page carries the token.
            query = urlencode(kept | {"access_token": issued.access_token})
            address = f"https://graph.facebook.com/{VERSION}/{path}?{query}"
            body = edge_body(node, edge, given, address)
        return JSONResponse(body, headers=headers)

    def _node(self, name: str, issued: Issued, at: datetime) -> Node | None:
        if name == "me":
            return self.tokens.me(issued, lambda page: self.family.node(page, at))
        return self.family.node(name, at)

    def _counted(self, owner: str, at: datetime) -> dict[str, str]:
        """Count a call, refuse it over a limit, and return the headers that tell of both."""
        app = 100 * self._app_calls.used("app", at) // self.terms.app_calls_an_hour
        own = 100 * self._account_calls.used(owner, at) // self.terms.account_calls_a_day
        headers = {"facebook-api-version": VERSION, "X-App-Usage": json.dumps(_usage(app))}
        if owner:
            full_for = self._account_calls.free_in(owner, at) if own >= FULL else None
            business = {
                "type": self.family.business.kind,
                **_usage(own),
                "estimated_time_to_regain_access": _minutes(full_for),
            }
            headers["X-Business-Use-Case-Usage"] = json.dumps({owner: [business]})
        refusal = self._refusal(app, own if owner else 0)
        if refusal is not None:
            refusal.response.headers.update(headers)
            raise refusal
        self._app_calls.add("app", at)
        self._account_calls.add(owner, at)
        return headers

    def _refusal(self, app: int, own: int) -> SimulatedError | None:
        if app >= FULL:
            return errors.app_limit()
        business = self.family.business
        return errors.business_limit(business.code, business.what) if own >= FULL else None


def _usage(percent: int) -> dict[str, int]:
    used = min(percent, FULL)
    return {"call_count": used, "total_cputime": used // 4, "total_time": used // 4}


def _minutes(wait: timedelta | None) -> int:
    return 0 if wait is None else 1 + wait // timedelta(minutes=1)


def _name(path: str, verb: str) -> str:
    name, _, edge = path.strip("/").partition("/")
    if not name:
        return "batch" if verb == "POST" else "ids"
    return edge or ("debug_token" if name == "debug_token" else "node")
