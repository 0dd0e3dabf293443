"""What the simulated JSON platforms share: a call as read once, counted by method, then answered."""

import json
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from collector.simulator.wire.faults import FaultScript


class SimulatedError(Exception):
    """A call that is answered with an error instead."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status_code)
        self.response = response


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """One call; ``path`` holds the parts of the path that are names, ``body`` is as it came."""

    at: datetime
    verb: str
    path: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def form(self) -> dict[str, str]:
        """The body as an urlencoded form."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))

    def json(self) -> Any:
        """The body as JSON; raises ``ValueError`` when it is none."""
        return json.loads(self.body)

    @property
    def bearer(self) -> str | None:
        """The token of the ``Authorization`` header."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token if scheme.lower() == "bearer" and token else None


#: Raises :class:`SimulatedError` where it answers with an error.
Method: TypeAlias = Callable[[Call], Response]


class Endpoints:
    """Makes endpoints of methods. ``calls`` counts by the method's name, spoilt calls too."""

    def __init__(self, *, now: Callable[[], datetime], faults: FaultScript) -> None:
        self.calls: Counter[str] = Counter()
        self._now = now
        self._faults = faults

    def of(
        self, name: str | Callable[[Call], str], method: Method
    ) -> Callable[[Request], Awaitable[ASGIApp]]:
        """Return the endpoint that counts a call of ``name`` and answers it."""

        async def endpoint(request: Request) -> ASGIApp:
            call = Call(
                at=self._now(),
                verb=request.method,
                path={key: str(value) for key, value in request.path_params.items()},
                query=dict(request.query_params),
                headers=dict(request.headers),
                body=await request.body(),
            )
            self.calls[name if isinstance(name, str) else name(call)] += 1
            try:
                response = method(call)
            except SimulatedError as refusal:
                response = refusal.response
            return await self._faults.answer(request.url.path, response)

        return endpoint
