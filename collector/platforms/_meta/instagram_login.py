"""Obtains and refreshes tokens with the logins of Instagram and of Threads themselves.

As with Facebook Login a living token is exchanged for one that lives 60 days more. Both document
for this nothing but a GET with the token among its parameters, and a guess that fails would cost a
person another login: here alone a token stands in an address, which nothing of ours logs.
Documents: developers.facebook.com/docs/threads/get-started/long-lived-tokens and
/docs/instagram-platform/instagram-api-with-instagram-login/business-login.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from collector.contract.errors import CredentialMissing, Unreadable
from collector.contract.exchange import Exchange, Request, Response
from collector.contract.grants import Consent, Token
from collector.contract.json_fields import fields_of
from collector.platforms._meta.facebook_login import RENEWED_BEFORE, consent_address_of, token_in
from collector.platforms._meta.graph import GraphRequests
from storage.model import Account


@dataclass(frozen=True, kw_only=True)
class InstagramLogin:
    """A person's consent on Instagram (``kind`` ig) or Threads (th), for a token of 60 days."""

    platform: str
    kind: str
    api_url: str
    token_url: str
    authorize_url: str
    app_id: str
    app_secret: str = field(repr=False)
    scopes: tuple[str, ...]
    renew_before_seconds: float = RENEWED_BEFORE.total_seconds()

    def consent_address(self, consent: Consent) -> str:
        """Return the consent page's address."""
        return consent_address_of(self.authorize_url, self.app_id, self.scopes, consent)

    def redeem(self, code: str, consent: Consent, account: Account) -> Exchange[Token]:
        """Turn the code into a token for an hour, and that into one for 60 days."""
        del account  # whether it is the account's owner, ``resolve`` finds out
        form = {
            "client_id": self.app_id,
            "client_secret": self.app_secret,
            "grant_type": "authorization_code",
            "redirect_uri": consent.redirect_uri,
            "code": code,
        }
        request = Request(
            platform=self.platform, url=self.token_url, source="token", form=form, repeatable=False
        )
        brief = token_in(self._graph, _without_list((yield request)))
        secret = {"client_secret": self.app_secret}
        response = yield self._exchange("access_token", "exchange", brief, secret)
        return token_in(self._graph, response, before=brief)

    def renew(self, token: Token | None) -> Exchange[Token]:
        """Exchange a living token for one that lives longer."""
        if token is None:
            raise CredentialMissing(self.platform, "nobody has logged in")
        response = yield self._exchange("refresh_access_token", "refresh", token, {})
        return token_in(self._graph, response, before=token)

    def inspect(self, token: Token) -> Exchange[Token]:
        """Return the token: its end was told when it was given."""
        yield from ()
        return token

    def _exchange(self, path: str, verb: str, token: Token, more: Mapping[str, str]) -> Request:
        params = {
            "grant_type": f"{self.kind}_{verb}_token",
            "access_token": token.access_token,
            **more,
        }
        url = f"{self.api_url}/{path}"
        return Request(
            platform=self.platform, url=url, source="token", params=params, repeatable=False
        )

    @property
    def _graph(self) -> GraphRequests:
        return GraphRequests(
            platform=self.platform, api_url=self.api_url, version="", tells_version=False
        )


def _without_list(response: Response) -> Response:
    """Return the answer as an object: Instagram's documents also show it inside a list ``data``."""
    try:
        [only] = fields_of(response.json())["data"]
    except (Unreadable, ValueError, KeyError, TypeError):
        return response
    return replace(response, body=json.dumps(only).encode())
