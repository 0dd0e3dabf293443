"""OAuth tokens of the simulated platforms: issued, refreshed, and refused in each one's own words.

One consent page for all: whoever visits it has already agreed, so it leads back at once. Refresh
tokens rotate: the one used is void from then on.
"""

import base64
import hashlib
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from urllib.parse import urlencode

from collector.simulator.wire.templates import Templates


class OAuthError(Exception):
    """A consent or a token that is refused; ``template`` names the platform's words for it."""

    template = ""


class InvalidConsent(OAuthError):
    """The consent page is asked for without an address to lead back to, or for no code."""

    template = "invalid_consent"


class InvalidGrant(OAuthError):
    """What was presented is no code or token of ours, is used up, or has ended."""

    template = "invalid_grant"


class InvalidClient(OAuthError):
    """The app's id or secret is wrong."""

    template = "invalid_client"


@contextmanager
def refusals_from(errors: Templates) -> Generator[None]:
    """Refuse in the platform's own words what fails in the block or the decorated function."""
    try:
        yield
    except OAuthError as error:
        raise errors.error(error.template) from None


@dataclass(frozen=True, kw_only=True, slots=True)
class Client:
    """The app that is registered with the platform."""

    client_id: str = "simulated-client"
    client_secret: str = "simulated-secret"  # noqa: S105 - of a server on loopback

    def check_credentials(self, client_id: str | None, client_secret: str | None) -> None:
        """Accept id and secret, or raise :class:`InvalidClient`."""
        if (client_id, client_secret) != (self.client_id, self.client_secret):
            raise InvalidClient


@dataclass(frozen=True, kw_only=True, slots=True)
class Issued:
    """A pair of tokens, the account that owns them and when they end; ``None`` is never."""

    owner: str
    access_token: str
    refresh_token: str
    scope: str
    expires_at: datetime | None
    refresh_expires_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class _Consent:
    owner: str
    redirect_uri: str
    scope: str
    challenge: str | None


@dataclass(kw_only=True, slots=True)
class Issuer:
    """Issues tokens and knows them by their text.

    ``person`` is who agrees at the consent page. Tokens last for ever where how long is ``None``.
    """

    name: str
    now: Callable[[], datetime]
    access_lasts: timedelta | None = timedelta(hours=2)
    refresh_lasts: timedelta | None = timedelta(days=180)
    person: str = ""
    hex_challenge: bool = False
    by_access: dict[str, Issued] = field(default_factory=dict[str, Issued], init=False)
    by_refresh: dict[str, Issued] = field(default_factory=dict[str, Issued], init=False)
    _consents: dict[str, _Consent] = field(default_factory=dict[str, _Consent], init=False)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1), init=False)

    def issue(self, owner: str, *, scope: str = "", label: str | None = None) -> Issued:
        """Return a new pair for ``owner``; with a ``label`` it is the same on every run."""
        mark = label or f"{owner}-{next(self._numbers)}"
        issued = Issued(
            owner=owner,
            access_token=f"{self.name}-access-{mark}",
            refresh_token=f"{self.name}-refresh-{mark}",
            scope=scope,
            expires_at=self._end(self.access_lasts),
            refresh_expires_at=self._end(self.refresh_lasts),
        )
        self.by_access[issued.access_token] = issued
        self.by_refresh[issued.refresh_token] = issued
        return issued

    def consent(self, query: Mapping[str, str]) -> str:
        """Return where the consent page leads: back to the app, with a code."""
        if not query.get("redirect_uri") or query.get("response_type", "code") != "code":
            raise InvalidConsent
        code = f"{self.name}-code-{next(self._numbers)}"
        self._consents[code] = _Consent(
            owner=self.person,
            redirect_uri=query["redirect_uri"],
            scope=query.get("scope", ""),
            challenge=query.get("code_challenge"),
        )
        return (
            f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query.get('state', '')})}"
        )

    def exchange(self, form: Mapping[str, str]) -> Issued:
        """Turn what the form holds into tokens: a refresh token or a code."""
        is_refresh = form.get("grant_type") == "refresh_token"
        return self.refresh(form) if is_refresh else self.redeem(form)

    def redeem(self, form: Mapping[str, str]) -> Issued:
        """Turn a code into tokens, once."""
        consent = self._consents.pop(form.get("code", ""), None)
        if consent is None or consent.redirect_uri != form.get("redirect_uri"):
            raise InvalidGrant
        if consent.challenge is not None and consent.challenge != self._challenge(form):
            raise InvalidGrant
        return self.issue(consent.owner, scope=consent.scope)

    def refresh(self, form: Mapping[str, str]) -> Issued:
        """Turn a refresh token into a new pair; the access token given with it goes on working."""
        used = self.by_refresh.pop(form.get("refresh_token", ""), None)
        if used is None or self._is_over(used.refresh_expires_at):
            raise InvalidGrant
        return self.issue(used.owner, scope=used.scope)

    def find_issued(self, access_token: str | None) -> Issued | None:
        """Return the pair of ``access_token``, ended or not; ``None`` if it was never issued."""
        return self.by_access.get(access_token or "")

    def find_valid(self, access_token: str | None) -> Issued | None:
        """Return the pair of ``access_token`` if it has not ended."""
        issued = self.find_issued(access_token)
        return None if issued is None or self._is_over(issued.expires_at) else issued

    def seconds_left(self, until: datetime | None) -> int:
        """Return the seconds until ``until`` as an answer has them; 0 for never."""
        return 0 if until is None else max(round((until - self.now()).total_seconds()), 0)

    def _end(self, lasts: timedelta | None) -> datetime | None:
        return None if lasts is None else self.now() + lasts

    def _is_over(self, until: datetime | None) -> bool:
        return until is not None and self.now() >= until

    def _challenge(self, form: Mapping[str, str]) -> str:
        """Return the challenge of the verifier: base64url by RFC 7636, hexadecimal on TikTok."""
        digest = hashlib.sha256(form.get("code_verifier", "").encode())
        if self.hex_challenge:
            return digest.hexdigest()
        return base64.urlsafe_b64encode(digest.digest()).rstrip(b"=").decode()
