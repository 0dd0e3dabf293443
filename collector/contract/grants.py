"""Tokens and how they are had."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from collector.contract.exchange import Exchange
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


@dataclass(frozen=True, kw_only=True, slots=True)
class Consent:
    """One visit to a platform's consent page; ``verifier`` proves that the code is ours (PKCE)."""

    redirect_uri: str
    state: str = field(repr=False)
    verifier: str = field(repr=False)


class Grant(Protocol):
    """How a platform's tokens are had and renewed; its methods are exchanges without I/O."""

    @property
    def needs_person(self) -> bool:
        """Tell whether someone has to consent; an app's own token needs nobody."""
        ...

    @property
    def renew_before_seconds(self) -> float:
        """How long before its end a token is renewed."""
        ...

    def consent_address(self, consent: Consent) -> str:
        """Return the address of the page where the account's owner consents."""
        ...

    def redeem(self, code: str, consent: Consent, account: Account) -> Exchange[Token]:
        """Turn the code of a consent into a token for ``account``."""
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
