"""Tokens and how they are obtained."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Protocol, Self, cast, runtime_checkable

from collector.contract.errors import AuthFailed, PlatformError, Rejected, Unreadable
from collector.contract.exchange import Exchange, Response
from collector.contract.http_errors import error_text, failure_of
from collector.contract.json_fields import count, fields_of, text
from storage.model import Account


@dataclass(frozen=True, kw_only=True, slots=True)
class Token:
    """What authorises calls. A time that is ``None`` never comes, or was not told."""

    access_token: str = field(repr=False)
    obtained_at: datetime
    expires_at: datetime | None = None
    refresh_token: str | None = field(default=None, repr=False)
    refresh_expires_at: datetime | None = None
    scopes: tuple[str, ...] = ()

    @classmethod
    def from_response(cls, response: Response, *, before: Self | None = None) -> Self:
        """Read a token endpoint's answer; what it leaves out stays as it was ``before``.

        Raises:
            PlatformError: the endpoint refuses, fails, or answers with something else.
        """
        now, fields = response.received_at, _fields_in(response)
        try:
            access_token = _secret(fields, "access_token")
            if not access_token:
                raise ValueError("no access_token")
            refresh_token = _secret(fields, "refresh_token")
            refresh_seconds = count(fields, "refresh_expires_in")
            if refresh_seconds is None:
                refresh_seconds = count(fields, "refresh_token_expires_in")
            seconds = count(fields, "expires_in")
        except ValueError as error:
            # No body: whatever is wrong with it, it may hold a token.
            raise Unreadable(response.platform, f"{response.source}: {error}") from None
        refresh_expires_at = _after(now, refresh_seconds)
        if before and refresh_token is None:
            refresh_token, refresh_expires_at = before.refresh_token, before.refresh_expires_at
        return cls(
            access_token=access_token,
            obtained_at=now,
            expires_at=_after(now, seconds),
            refresh_token=refresh_token,
            refresh_expires_at=refresh_expires_at,
            scopes=_scopes(fields.get("scope")) or (before.scopes if before else ()),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Consent:
    """One visit to a platform's consent page; ``verifier`` proves that the code is ours (PKCE)."""

    redirect_uri: str
    state: str = field(repr=False)
    verifier: str = field(repr=False)


class Renewable(Protocol):
    """How a platform's tokens are renewed; its methods are exchanges without I/O."""

    @property
    def renew_before_seconds(self) -> float:
        """How long before its end a token is renewed."""
        ...

    def renew(self, token: Token | None) -> Exchange[Token]:
        """Return a token with more time; ``None``: the first, where nobody has to consent.

        Raises:
            AuthFailed: a person has to consent (again).
        """
        ...

    def inspect(self, token: Token) -> Exchange[Token]:
        """Return the token with its end as the platform tells it."""
        ...


@runtime_checkable
class Consentable(Renewable, Protocol):
    """How tokens are obtained to which the account's owner has to consent."""

    def consent_address(self, consent: Consent) -> str:
        """Return the address of the page where the account's owner consents."""
        ...

    def redeem(self, code: str, consent: Consent, account: Account) -> Exchange[Token]:
        """Turn the code of a consent into a token for ``account``."""
        ...


def _fields_in(response: Response) -> dict[str, Any]:
    """Return the answer's fields, or raise what its status or its ``error`` means."""
    try:
        fields = fields_of(response.json())
    except (Unreadable, ValueError):
        fields = {}
    if response.status != HTTPStatus.OK or fields.get("error") is not None:
        raise _refusal(response)
    if not fields:
        raise Unreadable(response.platform, f"{response.source}: no JSON object")
    return fields


def _refusal(response: Response) -> PlatformError:
    error = failure_of(response, error_text(response, "error", "message"))
    return AuthFailed(error.platform, error.detail) if isinstance(error, Rejected) else error


def _after(now: datetime, seconds: int | None) -> datetime | None:
    try:
        return None if seconds is None else now + timedelta(seconds=seconds)
    except OverflowError:
        return None


def _secret(fields: Mapping[str, Any], name: str) -> str | None:
    """Return a token whole, however long; one that no header can carry raises ``ValueError``."""
    value = fields.get(name)
    if value is not None and not (
        isinstance(value, str) and value.isascii() and value.isprintable()
    ):
        message = f"{name} is not a token"
        raise ValueError(message)
    return value


def _scopes(scope: Any) -> tuple[str, ...]:
    """Return the scopes of a text (spaces or commas) or a list: Twitch gives a list."""
    names = cast("list[Any]", scope) if isinstance(scope, list) else [scope]
    texts = [text({"scope": name}, "scope") or "" for name in names]
    return tuple(" ".join(texts).replace(",", " ").split())
