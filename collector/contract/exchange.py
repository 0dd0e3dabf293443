"""Conversations with the network left out.

A platform's method is a generator that *yields a Request and is sent a Response*, the shape of
httpx's own ``auth_flow``. Tokens and further pages are just more yields. ``replay`` drives one
from prepared responses; ``collector.transport`` drives one over the network.
"""

import json
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias, TypeVar

from collector.contract.errors import PlatformError, Unreadable

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """One call: a GET, unless ``form`` or ``json`` makes it a POST.

    A parameter with several values is repeated in the address. ``headers`` may be shown to anyone;
    ``secrets`` are headers, and ``form`` a body, kept out of every log and error text. ``token``
    names the token that authorises the call, which the transport puts in. ``scope`` names the account
    or server whose limits it counts towards, where those are not the whole platform's.

    ``costs`` says how many units of which bucket are charged before the call is made, at the
    most; ``settle`` reads from the answer what it was in the end. ``from_reserve`` lets it use
    what the buckets keep back from polling. A call that is not ``repeatable`` is made once,
    however it fails: a refresh token that rotates is void after its first use.
    """

    platform: str
    url: str
    source: str
    params: Mapping[str, str | Sequence[str]] = field(default_factory=dict[str, str])
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    secrets: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    form: Mapping[str, str] | None = field(default=None, repr=False)
    json: Any = None
    token: str | None = None
    scope: str | None = None
    costs: Mapping[str, int] = field(default_factory=dict[str, int])
    settle: "Callable[[Response], Mapping[str, int]] | None" = field(default=None, repr=False)
    from_reserve: bool = False
    repeatable: bool = True

    @property
    def bucket(self) -> str:
        """The name of the limit on requests of this source."""
        return bucket_of(self.platform, self.source, self.scope)


@dataclass(frozen=True, kw_only=True, slots=True)
class Response:
    """What came back, stamped by the transport's clock when the last byte arrived.

    ``scope`` is the request's.
    """

    platform: str
    source: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    received_at: datetime
    scope: str | None = None

    @property
    def bucket(self) -> str:
        """The name of the limit on requests of this source."""
        return bucket_of(self.platform, self.source, self.scope)

    def text(self) -> str:
        """Return the body as text; bytes that are not UTF-8 become replacement characters."""
        return self.body.decode("utf-8", errors="replace")

    def json(self) -> Any:
        """Return the body as JSON; raises :class:`Unreadable` when it is not (HTML, truncated)."""
        try:
            return parse_json(self.body)
        except KeyTwice as error:
            detail = f"{self.source}: {error}"
        except (ValueError, RecursionError) as error:
            detail = f"{self.source}: not JSON ({error.__class__.__name__})"
        raise Unreadable(self.platform, detail, body=self.text())


class KeyTwice(ValueError):
    """A key stands twice in one object: which of its values is meant, nobody can tell."""


def parse_json(text: str | bytes) -> Any:
    """Read JSON that means one thing only.

    Raises:
        ValueError: it is no JSON, or has a key twice.
        RecursionError: it is too deep.
    """
    return json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_object)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        counts = Counter(key for key, _ in pairs)
        twice = counts.most_common(1)[0][0]
        raise KeyTwice(f"key twice in an object: '{twice[:40]}'")
    return values


def bucket_of(platform: str, source: str, scope: str | None) -> str:
    """Name the limit on one kind of request; each account or server has its own if it has a scope."""
    return f"{platform}.{source}" + (f" of {scope}" if scope else "")


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
