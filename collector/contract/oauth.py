"""OAuth 2.0 as platforms speak it: an app's own tokens, and those a person consents to.

Exchanges without I/O, like the platforms' own. Where a platform departs from RFC 6749 it says so
by an argument here; Meta departs so far that it has grants of its own in ``platforms/_meta``.
Why not a library: docs/decisions/0006-oauth-without-a-library.md.
"""

import base64
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import urlencode

from pydantic import SecretStr

from collector.contract.errors import AuthFailed, CredentialMissing
from collector.contract.exchange import Exchange, Request
from collector.contract.grants import Consent, Token
from storage.model import Account

#: How long before its end a token is renewed, unless the platform wants it earlier.
RENEW_BEFORE_SECONDS = 300.0


def s256(verifier: str) -> str:
    """Return the challenge of RFC 7636: base64url of the verifier's SHA-256, without padding."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def s256_in_hex(verifier: str) -> str:
    """Return the challenge as TikTok wants it from a program that listens on loopback."""
    return hashlib.sha256(verifier.encode()).hexdigest()


@dataclass(frozen=True, kw_only=True)
class AppGrant:
    """An app's own token (client credentials): minted anew when it ends, nobody is asked."""

    platform: str
    token_url: str
    client_id: str
    client_secret: str = field(repr=False)
    scope: str = ""
    basic: bool = False  # id and secret in the Authorization header, not in the form
    renew_before_seconds: float = RENEW_BEFORE_SECONDS

    @classmethod
    def from_settings(
        cls,
        platform: str,
        token_url: str,
        client_id: SecretStr | None,
        client_secret: SecretStr | None,
        *,
        scope: str = "",
        basic: bool = False,
    ) -> Self | None:
        """Return the grant of an app as the settings have it; ``None`` while it is not set."""
        if not client_id or not client_secret:
            return None
        return cls(
            platform=platform,
            token_url=token_url,
            client_id=client_id.get_secret_value(),
            client_secret=client_secret.get_secret_value(),
            scope=scope,
            basic=basic,
        )

    def renew(self, token: Token | None) -> Exchange[Token]:
        """Mint a token; the one before plays no part."""
        del token
        form = {"grant_type": "client_credentials"}
        if self.scope:
            form["scope"] = self.scope
        response = yield _token_request(self, form)
        return Token.from_response(response)

    def inspect(self, token: Token) -> Exchange[Token]:
        """Return the token: its end was told when it was minted."""
        yield from ()
        return token


@dataclass(frozen=True, kw_only=True)
class PersonGrant:
    """A token that the account's owner consents to (authorization code with PKCE).

    ``challenge`` makes PKCE's challenge of a verifier; ``None`` where the platform refuses PKCE.
    """

    platform: str
    authorize_url: str
    token_url: str
    client_id: str
    client_secret: str | None = field(default=None, repr=False)
    scopes: tuple[str, ...] = ()
    scope_separator: str = " "
    client_id_name: str = "client_id"
    basic: bool = False
    challenge: Callable[[str], str] | None = s256
    extra: Mapping[str, str] = field(default_factory=dict[str, str])  # for the consent page
    renew_before_seconds: float = RENEW_BEFORE_SECONDS

    def consent_address(self, consent: Consent) -> str:
        """Return the consent page's address with a challenge for the code to come."""
        proof: dict[str, str] = {}
        if self.challenge:
            proof = {
                "code_challenge": self.challenge(consent.verifier),
                "code_challenge_method": "S256",
            }
        params = {
            self.client_id_name: self.client_id,
            "response_type": "code",
            "redirect_uri": consent.redirect_uri,
            "scope": self.scope_separator.join(self.scopes),
            "state": consent.state,
            **proof,
            **self.extra,
        }
        return f"{self.authorize_url}?{urlencode(params)}"

    def redeem(self, code: str, consent: Consent, account: Account) -> Exchange[Token]:
        """Turn the code into a token."""
        del account  # whoever consented is the account's owner
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": consent.redirect_uri,
        }
        if self.challenge:
            form["code_verifier"] = consent.verifier
        response = yield _token_request(self, form)
        return Token.from_response(response)

    def renew(self, token: Token | None) -> Exchange[Token]:
        """Use the refresh token, which may be void from then on."""
        if token is None:
            raise CredentialMissing(self.platform, "nobody has logged in")
        if token.refresh_token is None:
            raise AuthFailed(self.platform, "the login has ended")
        form = {"grant_type": "refresh_token", "refresh_token": token.refresh_token}
        response = yield _token_request(self, form)
        return Token.from_response(response, before=token)

    def inspect(self, token: Token) -> Exchange[Token]:
        """Return the token: its end was told when it was given."""
        yield from ()
        return token


def _token_request(grant: AppGrant | PersonGrant, form: Mapping[str, str]) -> Request:
    """Ask the token endpoint; never twice, because a refresh token may be good for one use."""
    client = {
        grant.client_id_name if isinstance(grant, PersonGrant) else "client_id": grant.client_id
    }
    secrets: dict[str, str] = {}
    if grant.client_secret and grant.basic:
        pair = base64.b64encode(f"{grant.client_id}:{grant.client_secret}".encode()).decode()
        secrets["Authorization"] = f"Basic {pair}"
    elif grant.client_secret:
        client["client_secret"] = grant.client_secret
    return Request(
        platform=grant.platform,
        url=grant.token_url,
        source="token",
        form={**client, **form},
        secrets=secrets,
        repeatable=False,
    )
