"""Carries exchanges over the network: the only module that imports httpx."""

import asyncio
import logging
import ssl
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Protocol, Self, TypeVar

import httpx
import stamina

from collector.errors import PlatformError, Unavailable, Unreadable
from collector.exchange import Exchange, Request, Response
from collector.parsing import retry_after_seconds
from collector.redaction import redact
from storage.model import GapReason

T = TypeVar("T")

BODY_CAP = 5 * 1024 * 1024
USER_AGENT = "livetally/0.1 (engagement tracker of the account's owner)"
RETRIED_STATUSES = frozenset({408, 429, 500, 502, 503, 504})
ATTEMPTS = 3

# httpx prints whole addresses at INFO, parameters included.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)


@dataclass(slots=True)
class Tally:
    """What one exchange took: requests, units, and which of the platform's methods came last."""

    requests: int = 0
    units: int = 0
    source: str = ""


class Charge(Protocol):
    """Writes a request's units down before it is made; raises ``QuotaExceeded`` instead."""

    def __call__(self, request: Request) -> Awaitable[None]:
        """Charge the request."""
        ...


class _Again(Exception):
    """An answer worth another try, with the wait it asks for."""

    def __init__(self, response: Response, wait_seconds: float) -> None:
        super().__init__(response.status)
        self.response = response
        self.wait_seconds = wait_seconds


class Transport:
    """One platform's connection, open as long as the collector runs.

    ``now`` stamps each answer when its last byte has arrived: the only place where time enters.
    """

    def __init__(
        self,
        platform: str,
        *,
        now: Callable[[], datetime],
        charge: Charge,
        deadline_seconds: float,
        secrets: Sequence[str] = (),
    ) -> None:
        self.platform = platform
        self.clock_ahead_seconds: float | None = None  # of the newest answer's Date
        self._now = now
        self._charge = charge
        self._deadline_seconds = deadline_seconds
        self._secrets = tuple(secrets)
        self._client = httpx.AsyncClient(
            timeout=httpx.Timeout(10, connect=5, pool=5),
            limits=httpx.Limits(max_connections=10, max_keepalive_connections=5),
            follow_redirects=False,  # httpx would carry X-Goog-Api-Key to another host
            trust_env=False,  # HTTP_PROXY would take over even 127.0.0.1
            verify=ssl.create_default_context(),
            headers={"User-Agent": USER_AGENT},
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._client.aclose()

    async def run(self, exchange: Exchange[T], tally: Tally | None = None) -> T:
        """Drive an exchange to its result, adding what it takes to ``tally``.

        A failure of the network is thrown into the exchange, which may know another way.

        Raises:
            PlatformError: whatever the exchange does not catch.
        """
        tally = tally or Tally()
        try:
            request = next(exchange)
            while True:
                tally.source = request.source
                try:
                    response = await self._answer(request, tally)
                except PlatformError as error:
                    request = exchange.throw(error)
                else:
                    request = exchange.send(response)
        except StopIteration as end:
            return end.value
        finally:
            exchange.close()

    async def _answer(self, request: Request, tally: Tally) -> Response:
        """Return the answer to one request within the total deadline, retries included."""
        try:
            async with asyncio.timeout(self._deadline_seconds):
                return await self._with_retries(request, tally)
        except _Again as last:
            return last.response
        except (TimeoutError, httpx.TimeoutException):
            raise self._unavailable(request, "no answer in time", GapReason.TIMEOUT) from None
        except httpx.TransportError as error:
            detail = error.__class__.__name__
            raise self._unavailable(request, detail, GapReason.UNREACHABLE) from None
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            detail = redact(f"{request.source}: {error}", self._secrets)
            raise Unreadable(self.platform, detail) from None

    async def _with_retries(self, request: Request, tally: Tally) -> Response:
        async for attempt in stamina.retry_context(
            on=_wait_before_retry,
            attempts=ATTEMPTS,
            timeout=self._deadline_seconds,
            wait_initial=0.2,
            wait_max=3.0,
            wait_jitter=0.5,
        ):
            with attempt:
                response = await self._once(request, tally)
                if response.status in RETRIED_STATUSES:
                    wait = retry_after_seconds(response.headers, response.received_at, default=1)
                    raise _Again(response, wait)
                return response
        raise AssertionError("stamina leaves its loop by return or raise")  # pragma: no cover

    async def _once(self, request: Request, tally: Tally) -> Response:
        """Make one call: every try costs its units, so every try is charged first."""
        await self._charge(request)
        tally.requests += 1
        tally.units += request.units
        async with self._client.stream(
            "GET", request.url, params=dict(request.params) or None, headers=dict(request.secrets)
        ) as answer:
            body = bytearray()
            async for chunk in answer.aiter_bytes():
                body += chunk
                if len(body) > BODY_CAP:
                    detail = f"{request.source}: body over {BODY_CAP // 2**20} MB"
                    start = body[:2000].decode("utf-8", errors="replace")
                    raise Unreadable(self.platform, detail, body=start)
            received_at = self._now()
            self.clock_ahead_seconds = _ahead_of(answer.headers.get("date", ""), received_at)
            return Response(
                platform=request.platform,
                source=request.source,
                status=answer.status_code,
                headers={name.lower(): value for name, value in answer.headers.items()},
                body=bytes(body),
                received_at=received_at,
            )

    def _unavailable(self, request: Request, detail: str, reason: GapReason) -> Unavailable:
        text = redact(f"{request.source}: {detail}", self._secrets)
        return Unavailable(self.platform, text, reason=reason)


def _wait_before_retry(error: Exception) -> bool | float:
    """Retry a broken connection and what the platform asks to repeat soon, nothing else."""
    if isinstance(error, _Again):
        return error.wait_seconds if error.wait_seconds < 5 else False  # noqa: PLR2004 - within a tick
    return isinstance(error, httpx.ConnectError | httpx.ReadError | httpx.RemoteProtocolError)


def _ahead_of(http_date: str, now: datetime) -> float | None:
    try:
        return (now - parsedate_to_datetime(http_date)).total_seconds()
    except (TypeError, ValueError):
        return None
