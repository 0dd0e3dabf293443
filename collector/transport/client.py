"""The HTTP client that carries exchanges over the network: the only module that imports httpx."""

import asyncio
import logging
import ssl
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from types import TracebackType
from typing import Protocol, Self, TypeVar

import httpcore
import httpx
import stamina

from collector.auth.refresher import Run, TokenRefresher
from collector.contract.errors import (
    CredentialMissing,
    PlatformError,
    Rejected,
    Unavailable,
    Unreadable,
)
from collector.contract.exchange import Exchange, Request, Response
from collector.contract.http_errors import retry_after_seconds
from collector.contract.quota import Limit
from collector.redaction import Secrets
from collector.transport.address_guard import Addresses, Forbidden, GuardedBackend, Unresolved
from collector.transport.body import ENCODINGS, Body
from storage.model import GapReason

T = TypeVar("T")

USER_AGENT = "livetally/0.1 (engagement tracker of the account's owner)"
RETRIED_STATUSES = frozenset({408, 429, 500, 502, 503, 504})
ATTEMPTS = 3

# Where structlog is installed, stamina prints every retry to stdout, past the log and its masks. A
# retry that succeeds is no trouble, and one that does not is reported by the source's health.
stamina.instrumentation.set_on_retry_hooks([])
# httpx prints whole addresses at INFO, parameters included.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)
# A platform that fails is reported once, not at every try.
logging.getLogger("stamina").setLevel(logging.ERROR)


@dataclass(slots=True)
class Tally:
    """What one exchange took: requests, units, and which method with whose token came last."""

    requests: int = 0
    units: int = 0
    source: str = ""
    token: str | None = None


class Budget(Protocol):
    """What may still be called."""

    async def charge(self, request: Request) -> None:
        """Write the request's units down before it is made; raise ``QuotaExceeded`` instead."""
        ...

    async def settle(self, request: Request, response: Response) -> None:
        """Take note of what the request really cost."""
        ...

    def observe(self, limits: Iterable[Limit]) -> None:
        """Take note of what the answer says of the platform's own limits."""
        ...


class Unmetered:
    """The budget of a person who asks: without the store there is no meter."""

    async def charge(self, request: Request) -> None:
        """Charge nothing."""

    async def settle(self, request: Request, response: Response) -> None:
        """Correct nothing."""

    def observe(self, limits: Iterable[Limit]) -> None:
        """Remember nothing."""


def _no_limits(response: Response) -> Sequence[Limit]:
    del response
    return ()


class _Again(Exception):
    """An answer worth another try, with the wait it asks for."""

    def __init__(self, response: Response, wait_seconds: float) -> None:
        super().__init__(response.status)
        self.response = response
        self.wait_seconds = wait_seconds


_Call = Callable[[Request, Tally], Awaitable[Response]]


class Transport:
    """One platform's connection, open as long as the collector runs.

    ``now`` stamps each answer when its last byte has arrived: the only place where time enters.
    ``limits`` reads an answer's headers for the budget; ``tokens`` builds, on
    :meth:`run_without_token`, what gives requests that name one their token.
    """

    def __init__(
        self,
        platform: str,
        *,
        now: Callable[[], datetime],
        budget: Budget,
        deadline_seconds: float,
        secrets: Secrets,
        addresses: Addresses,
        limits: Callable[[Response], Sequence[Limit]] = _no_limits,
        tokens: Callable[[Run], TokenRefresher] | None = None,
    ) -> None:
        self.platform = platform
        self.clock_ahead_seconds: float | None = None  # of the newest answer's Date
        self._now = now
        self._budget = budget
        self._deadline_seconds = deadline_seconds
        self._secrets = secrets
        self._limits = limits
        self.tokens = tokens(self.run_without_token) if tokens else None
        self._addresses = addresses
        self._client = httpx.AsyncClient(
            timeout=httpx.Timeout(10, connect=5, pool=5),
            transport=_guarded(addresses),
            follow_redirects=False,  # httpx would carry X-Goog-Api-Key to another host
            trust_env=False,  # HTTP_PROXY would take over even 127.0.0.1
            headers={"User-Agent": USER_AGENT, "Accept-Encoding": ENCODINGS},
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

    def redact(self, text: str) -> str:
        """Return the text without the platform's secrets: an answer may have echoed one."""
        return self._secrets.redact(text)

    async def run(self, exchange: Exchange[T], tally: Tally | None = None) -> T:
        """Drive an exchange to its result, adding what it takes to ``tally``.

        A failure of the network is thrown into the exchange, which may know another way.

        Raises:
            PlatformError: whatever the exchange does not catch.
        """
        return await self._drive(exchange, tally or Tally(), self._authorise)

    async def run_without_token(self, exchange: Exchange[T]) -> T:
        """Drive an exchange that obtains or inspects a token: none of its requests names one."""
        return await self._drive(exchange, Tally(), self._retry)

    async def _drive(self, exchange: Exchange[T], tally: Tally, call: _Call) -> T:
        try:
            request = next(exchange)
            while True:
                tally.source, tally.token = request.source, request.token
                try:
                    response = await self._answer(request, tally, call)
                except PlatformError as error:
                    request = exchange.throw(error)
                else:
                    request = exchange.send(response)
        except StopIteration as end:
            return end.value
        finally:
            exchange.close()

    async def _answer(self, request: Request, tally: Tally, call: _Call) -> Response:
        """Return the answer to one request within the total deadline, retries included."""
        try:
            async with asyncio.timeout(self._deadline_seconds):
                return await call(request, tally)
        except _Again as last:
            return last.response
        except Forbidden as error:
            raise Rejected(self.platform, f"{request.source}: {error}", status=0) from None
        except Unresolved as error:
            raise self._unavailable(request, str(error), GapReason.DNS) from None
        except (TimeoutError, httpx.TimeoutException):
            raise self._unavailable(request, "no answer in time", GapReason.TIMEOUT) from None
        except httpx.TransportError as error:
            detail = error.__class__.__name__
            raise self._unavailable(request, detail, GapReason.UNREACHABLE) from None
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            detail = self._secrets.redact(f"{request.source}: {error}")
            raise Unreadable(self.platform, detail) from None

    async def _authorise(self, request: Request, tally: Tally) -> Response:
        """Make the call with the token it names; one that is refused is renewed once."""
        if request.token is None:
            return await self._retry(request, tally)
        if self.tokens is None:
            detail = f"{request.source}: no token, and no way to obtain one"
            raise CredentialMissing(self.platform, detail)
        bearer = await self.tokens.access_token(request.token)
        response = await self._retry(request, tally, bearer)
        if response.status != HTTPStatus.UNAUTHORIZED:
            return response
        other = await self.tokens.replace_refused(request.token, bearer)
        return await self._retry(request, tally, other) if other else response

    async def _retry(self, request: Request, tally: Tally, bearer: str | None = None) -> Response:
        async for attempt in stamina.retry_context(
            on=_wait_before_retry,
            attempts=ATTEMPTS if request.repeatable else 1,
            timeout=self._deadline_seconds,
            wait_initial=0.2,
            wait_max=3.0,
            wait_jitter=0.5,
        ):
            with attempt:
                response = await self._charge_and_send(request, tally, bearer)
                if response.status in RETRIED_STATUSES and request.repeatable:
                    wait = retry_after_seconds(response.headers, response.received_at, default=1)
                    raise _Again(response, wait)
                return response
        raise AssertionError("stamina leaves its loop by return or raise")  # pragma: no cover

    async def _charge_and_send(
        self, request: Request, tally: Tally, bearer: str | None
    ) -> Response:
        """Make one call: every try costs its units, so every try is charged first."""
        await self._budget.charge(request)
        tally.requests += 1
        tally.units += sum(request.costs.values())
        response = await self._send(request, bearer)
        await self._budget.settle(request, response)
        self._budget.observe(self._limits(response))
        return response

    async def _send(self, request: Request, bearer: str | None) -> Response:
        self._addresses.check_address(request.url)
        headers = {**request.headers, **request.secrets}
        if bearer is not None:
            headers["Authorization"] = f"Bearer {bearer}"
        is_post = request.form is not None or request.json is not None
        async with self._client.stream(
            "POST" if is_post else "GET",
            request.url,
            params=_repeated(request.params) or None,
            headers=headers,
            data=dict(request.form) if request.form is not None else None,
            json=request.json,
        ) as answer:
            body = Body(answer.headers.get("content-encoding", ""))
            try:
                async for chunk in answer.aiter_raw():
                    body.add(chunk)
                content = body.content()
            except ValueError as error:
                detail, start = f"{request.source}: {error}", body.start()
                raise Unreadable(self.platform, detail, body=start) from None
            received_at = self._now()
            self.clock_ahead_seconds = _ahead_of(answer.headers.get("date", ""), received_at)
            return Response(
                platform=request.platform,
                source=request.source,
                status=answer.status_code,
                headers={name.lower(): value for name, value in answer.headers.items()},
                body=content,
                received_at=received_at,
                scope=request.scope,
            )

    def _unavailable(self, request: Request, detail: str, reason: GapReason) -> Unavailable:
        text = self._secrets.redact(f"{request.source}: {detail}")
        return Unavailable(self.platform, text, reason=reason)


def _guarded(addresses: Addresses) -> httpx.AsyncHTTPTransport:
    transport = httpx.AsyncHTTPTransport(trust_env=False)
    # httpx passes no network backend on to its pool, so the pool is made here.
    transport._pool = httpcore.AsyncConnectionPool(  # noqa: SLF001 - as just said  # pyright: ignore[reportPrivateUsage]
        ssl_context=ssl.create_default_context(),
        max_connections=10,
        max_keepalive_connections=5,
        keepalive_expiry=5,
        network_backend=GuardedBackend(addresses),
    )
    return transport


def _repeated(params: Mapping[str, str | Sequence[str]]) -> dict[str, str | list[str]]:
    return {
        name: value if isinstance(value, str) else list(value) for name, value in params.items()
    }


def _wait_before_retry(error: Exception) -> bool | float:
    """Retry a broken connection and what the platform asks to repeat soon, nothing else."""
    if isinstance(error, _Again):
        return error.wait_seconds if error.wait_seconds < 5 else False  # noqa: PLR2004 - within a tick
    if isinstance(error, Unresolved):
        return error.soon
    return isinstance(error, httpx.ConnectError | httpx.ReadError | httpx.RemoteProtocolError)


def _ahead_of(http_date: str, now: datetime) -> float | None:
    try:
        return (now - parsedate_to_datetime(http_date)).total_seconds()
    except (TypeError, ValueError):
        return None
