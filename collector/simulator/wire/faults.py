"""Faults that make a simulated platform misbehave, by path and by number of the call.

Faults spoil what the platform would have answered; the platform still counts the call.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send


@dataclass(frozen=True, kw_only=True, slots=True)
class InjectedFault:
    """What goes wrong on a path, from call ``first`` to call ``last`` (from 1, both inclusive).

    ``path`` is the URL's path, or ``"*"``; ``last=None`` is for ever. Each of the others is
    applied if given: another ``status``, ``body`` or ``headers``; only the first ``keep_bytes`` of
    the body, announced as such; ``delay_seconds`` before answering; ``hang_up`` closes the
    connection in the middle of the body.
    """

    path: str
    first: int = 1
    last: int | None = None
    status: int | None = None
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    keep_bytes: int | None = None
    delay_seconds: float = 0
    hang_up: bool = False

    def applies_to(self, path: str, call: int) -> bool:
        """Tell whether call number ``call`` on ``path`` is spoilt."""
        on_path = self.path in ("*", path)
        return on_path and self.first <= call and (self.last is None or call <= self.last)


class FaultScript:
    """The faults to come. ``calls`` counts every call by path, spoilt or not."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self._faults: list[InjectedFault] = []

    def add(self, *faults: InjectedFault) -> None:
        """Add faults; of several that apply to a call, the one added last wins."""
        self._faults.extend(faults)

    def clear(self) -> None:
        """Forget the faults; the counts stay."""
        self._faults.clear()

    async def answer(self, path: str, response: Response) -> ASGIApp:
        """Count a call on ``path`` and return ``response``, spoilt if a fault applies."""
        self.calls[path] += 1
        call = self.calls[path]
        fault = next(
            (known for known in reversed(self._faults) if known.applies_to(path, call)), None
        )
        if fault is None:
            return response
        if fault.delay_seconds:
            await asyncio.sleep(fault.delay_seconds)
        return _spoilt(response, fault)


def _spoilt(response: Response, fault: InjectedFault) -> ASGIApp:
    content = bytes(response.body) if fault.body is None else fault.body
    unspoilt = {name: value for name, value in response.headers.items() if name != "content-length"}
    changed = {name.lower(): value for name, value in fault.headers.items()}
    spoilt = Response(
        content[: fault.keep_bytes],
        status_code=fault.status or response.status_code,
        headers=unspoilt | changed,
    )
    return _hanging_up(spoilt) if fault.hang_up else spoilt


def _hanging_up(response: Response) -> ASGIApp:
    """Announce the whole body, send half of it and leave; the server closes the connection."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        del scope, receive
        status, headers = response.status_code, response.raw_headers
        await send({"type": "http.response.start", "status": status, "headers": headers})
        half = bytes(response.body[: len(response.body) // 2])
        await send({"type": "http.response.body", "body": half, "more_body": True})

    return answer
