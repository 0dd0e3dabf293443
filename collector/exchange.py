"""Conversations with the network left out.

A platform's method is a generator that *yields a Request and is sent a Response*, the shape of
httpx's own ``auth_flow``. Tokens and further pages are just more yields. ``replay`` drives one
from prepared responses; ``collector.transport`` drives one over the network.
"""

import json
from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias, TypeVar

from collector.errors import PlatformError, Unreadable

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """One GET. ``secrets`` are headers kept out of every log and error text.

    ``bucket`` and ``units`` say what the call costs; ``None`` when it is free. ``from_reserve``
    lets it use what the bucket keeps back from polling.
    """

    platform: str
    url: str
    source: str
    params: Mapping[str, str] = field(default_factory=dict[str, str])
    secrets: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    bucket: str | None = None
    units: int = 0
    from_reserve: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Response:
    """What came back, stamped by the transport's clock when the last byte arrived."""

    platform: str
    source: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    received_at: datetime

    def text(self) -> str:
        """The body as text; bytes that are not UTF-8 become replacement characters."""
        return self.body.decode("utf-8", errors="replace")

    def json(self) -> Any:
        """The body as JSON; raises :class:`Unreadable` when it is not (HTML, truncated)."""
        try:
            return json.loads(self.body, parse_constant=_refuse_constant)
        except (ValueError, RecursionError) as error:
            detail = f"{self.source}: not JSON ({error.__class__.__name__})"
            raise Unreadable(self.platform, detail, body=self.text()) from None


def _refuse_constant(name: str) -> None:
    message = f"{name} is not JSON"
    raise ValueError(message)


Exchange: TypeAlias = Generator[Request, Response, T]


def replay(exchange: Exchange[T], responses: Iterable[Response | PlatformError]) -> T:
    """Drive ``exchange`` from prepared responses; an error among them is thrown into it.

    Raises:
        EOFError: the exchange asked for more than there is, or left some unread.
    """
    waiting = iter(responses)
    try:
        next(exchange)
        while True:
            answer = next(waiting, None)
            if answer is None:
                raise EOFError("the exchange asked for a response that the transcript lacks")
            if isinstance(answer, PlatformError):
                exchange.throw(answer)
            else:
                exchange.send(answer)
    except StopIteration as end:
        if next(waiting, None) is not None:
            raise EOFError("the exchange ended before the transcript did") from None
        return end.value
