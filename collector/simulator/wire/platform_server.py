"""What every simulated server repeats: a call is counted, answered, and spoilt where a fault says so."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias
from urllib.parse import parse_qsl

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from collector.simulator.wire.faults import FaultScript
from collector.simulator.wire.templates import SimulatedError


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """One call, at an instant of the simulated clock."""

    at: datetime
    verb: str
    path: Mapping[str, str]  # the parts of the path that are names
    query: QueryParams
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def form(self) -> dict[str, str]:
        """The body as an urlencoded form."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))

    @property
    def bearer(self) -> str | None:
        """The token of the ``Authorization`` header."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token if scheme.lower() == "bearer" and token else None


#: Returns a response, or a body that is answered as JSON; raises :class:`SimulatedError` to refuse.
Method: TypeAlias = Callable[[Call], Response | dict[str, Any]]


class PlatformServer:
    """One simulated platform. ``calls`` counts by method, refused and spoilt calls too."""

    def __init__(self, *, now: Callable[[], datetime], faults: FaultScript) -> None:
        self.calls: Counter[str] = Counter()
        self._now = now
        self._faults = faults

    def route(
        self, path: str, name: str | Callable[[Call], str], method: Method, *verbs: str
    ) -> Route:
        """Return the route of ``path`` that counts a call of ``name`` and answers it.

        ``verbs`` are those it takes, ``GET`` unless said otherwise.
        """

        async def endpoint(request: Request) -> ASGIApp:
            call = Call(
                at=self._now(),
                verb=request.method,
                path={key: str(value) for key, value in request.path_params.items()},
                query=request.query_params,
                headers=request.headers,
                body=await request.body(),
            )
            self.calls[name if isinstance(name, str) else name(call)] += 1
            try:
                response = respond(method(call))
            except SimulatedError as refusal:
                response = refusal.response
            return await self._faults.answer(request.url.path, response)

        return Route(path, endpoint, methods=list(verbs or ("GET",)))


def respond(answer: Response | dict[str, Any]) -> Response:
    """Return ``answer`` as a response: a body as JSON."""
    return answer if isinstance(answer, Response) else JSONResponse(answer)
