"""Meta's Graph API v26: tokens, batches, paging, limits and errors, over any nodes.

Facebook and Instagram are two such graphs with nodes of their own. A batch's parts count as calls
each, and some of them may be scripted to time out.
"""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Protocol, cast
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from collector.simulator.meta.nodes import BODIES, ERRORS, Node, Params, edge_body, node_body
from collector.simulator.meta.tokens import GraphTokens
from collector.simulator.wire.faults import FaultScript
from collector.simulator.wire.oauth import Issued
from collector.simulator.wire.platform_server import Call, PlatformServer
from collector.simulator.wire.rate_limit import RollingWindow
from collector.simulator.wire.templates import SimulatedError

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
    """How the limit of one account is named, in its header and in the error of calling too often."""

    kind: str
    code: int
    account: str


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


class GraphServer(PlatformServer):
    """One platform's graph.

    ``calls`` counts HTTP calls by edge (``node`` for a node itself, ``batch`` for a batch),
    ``parts`` those within batches.
    """

    def __init__(
        self, family: Family, *, now: Callable[[], datetime], terms: GraphTerms, faults: FaultScript
    ) -> None:
        super().__init__(now=now, faults=faults)
        self.family = family
        self.terms = terms
        self.tokens = GraphTokens(family.name, family.pages(), now=now)
        self.parts: Counter[str] = Counter()
        self._app_calls = RollingWindow(timedelta(hours=1))
        self._account_calls = RollingWindow(timedelta(days=1))
        self._parts_answered = 0

    def routes(self) -> list[Route]:
        """Return the routes below the platform's own prefix."""
        base = f"/{self.family.name}/{VERSION}"

        def name(call: Call) -> str:
            return _name(call.path["rest"], call.verb)

        return [
            self.route(f"{base}/dialog/oauth", "consent", self._consent),
            self.route(f"{base}/{{rest:path}}", name, self._graph, "GET", "POST"),
        ]

    def _consent(self, call: Call) -> Response:
        return RedirectResponse(self.tokens.consent(call.query), HTTPStatus.FOUND)

    def _graph(self, call: Call) -> Response | dict[str, Any]:
        path = call.path["rest"].strip("/")
        params = dict(call.query) | (call.form if call.verb == "POST" else {})
        if path == "oauth/access_token":
            return self.tokens.access_token(params, call.at)
        token = call.bearer or params.get("access_token")
        issued = self.tokens.authenticate(token, call.at)
        if call.verb == "POST" and not path:
            return self._batch(params, issued, call.at)
        return self._answer(path, params, issued, call.at)

    def _batch(self, params: Params, issued: Issued, at: datetime) -> Response:
        try:
            parts = cast("list[Any]", json.loads(params.get("batch", "")))
            addresses = [str(part["relative_url"]) for part in parts]
        except (ValueError, TypeError, KeyError):
            expected = "a JSON list of operations"
            raise ERRORS.error("bad_parameter", name="batch", expected=expected) from None
        if len(addresses) > MOST_IN_BATCH:
            raise ERRORS.error("too_many_in_batch", most=MOST_IN_BATCH)
        answers = [self._part_of_batch(address, issued, at) for address in addresses]
        # The usage is the whole call's; each part only counted for it.
        usage = {
            name: value
            for answer in answers[-1:]
            for name, value in answer.headers.items()
            if name.startswith(("x-", "facebook-"))
        }
        first = self._parts_answered + 1
        self._parts_answered += len(answers)
        body = [self._as_part(answer, number) for number, answer in enumerate(answers, first)]
        return JSONResponse(body, headers=usage)

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

    def _answer(self, path: str, params: Params, issued: Issued, at: datetime) -> Response:
        if not path:
            raise ERRORS.error("ids_are_gone" if "ids" in params else "unknown_path", name="")
        name, _, edge = path.partition("/")
        if name == "debug_token":
            return JSONResponse(self.tokens.inspect(params), headers=self._counted("", at))
        node = self._node(name, issued, at)
        headers = self._counted(node.owner if node else "", at)
        if node is None:
            raise ERRORS.error("not_there", native_id=name)
        if not edge:
            body = node_body(node, params)
        else:
            others = {key: value for key, value in params.items() if key != "after"}
            # As Graph does: the address of the next page carries the token.
            query = urlencode(others | {"access_token": issued.access_token})
            address = f"https://graph.facebook.com/{VERSION}/{path}?{query}"
            body = edge_body(node, edge, params, address)
        return JSONResponse(body, headers=headers)

    def _node(self, name: str, issued: Issued, at: datetime) -> Node | None:
        if name == "me":
            return self.tokens.me(issued, lambda page: self.family.node(page, at))
        return self.family.node(name, at)

    def _counted(self, owner: str, at: datetime) -> dict[str, str]:
        """Count a call, refuse it over a limit, and return the headers that tell of both."""
        app = 100 * self._app_calls.used("app", at) // self.terms.app_calls_an_hour
        own = 100 * self._account_calls.used(owner, at) // self.terms.account_calls_a_day
        is_full = bool(owner) and own >= FULL
        business = self.family.business
        usage = BODIES.fill("app_usage", **_usage(app))
        headers = {"facebook-api-version": VERSION, "X-App-Usage": json.dumps(usage)}
        if owner:
            wait = self._account_calls.time_until_free(owner, at) if is_full else None
            minutes = 0 if wait is None else 1 + wait // timedelta(minutes=1)
            usage = BODIES.fill("business_usage", business=business, minutes=minutes, **_usage(own))
            headers["X-Business-Use-Case-Usage"] = json.dumps({owner: [usage]})
        if app >= FULL or is_full:
            limit = "app_limit" if app >= FULL else "business_limit"
            refusal = ERRORS.error(limit, business=business)
            refusal.response.headers.update(headers)
            raise refusal
        self._app_calls.add("app", at)
        self._account_calls.add(owner, at)
        return headers


def _usage(percent: int) -> dict[str, int]:
    used = min(percent, FULL)
    return {"used": used, "time": used // 4}


def _name(path: str, verb: str) -> str:
    name, _, edge = path.strip("/").partition("/")
    if not name:
        return "batch" if verb == "POST" else "ids"
    return edge or ("debug_token" if name == "debug_token" else "node")
