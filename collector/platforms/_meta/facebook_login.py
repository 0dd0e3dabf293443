"""Obtains and refreshes tokens with Facebook Login.

There is no refresh token: one that lives is exchanged for another that lives 60 days, and one
that has ended is lost. Exchanges without I/O.

Tokens and secrets travel in forms and headers, never in an address. The token endpoint takes its
parameters as a form (RFC 6749 section 3.2; most clients send the code so). ``debug_token`` is
documented as a GET with the token in its address, so it goes into a batch, whose addresses stand
in the body. Documents: developers.facebook.com/docs/facebook-login/guides.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from urllib.parse import parse_qs, urlencode, urlsplit

from collector.contract.errors import AuthFailed, CredentialMissing, Unreadable
from collector.contract.exchange import Exchange, Request, Response
from collector.contract.grants import Consent, Token
from collector.contract.json_fields import count, mapping, text
from collector.platforms._meta.errors import graph_error_of
from collector.platforms._meta.graph import GraphRequests
from storage.model import Account
from storage.names import lowered

#: Of the 60 days; a token may be renewed when it is a day old.
RENEWED_BEFORE = timedelta(days=10)
_MOST_PAGES = 5


@dataclass(frozen=True, kw_only=True)
class FacebookLogin:
    """A person's consent on facebook.com; ``of_page``: it ends in the token of the account's page.

    A person's token lives 60 days. A page's token taken from it does not end by time, but with
    the person's role, password or consent; then nothing but another login helps.
    """

    platform: str
    api_url: str
    version: str
    authorize_url: str
    app_id: str
    app_secret: str = field(repr=False)
    scopes: tuple[str, ...]
    of_page: bool
    renew_before_seconds: float = RENEWED_BEFORE.total_seconds()

    def consent_address(self, consent: Consent) -> str:
        """Return the dialog's address."""
        return consent_address_of(self.authorize_url, self.app_id, self.scopes, consent)

    def redeem(self, code: str, consent: Consent, account: Account) -> Exchange[Token]:
        """Turn the code into a person's token for an hour, that into one for 60 days, or a page's."""
        form = {"redirect_uri": consent.redirect_uri, "code": code}
        brief = token_in(self._graph, (yield self._token_request(form)))
        lasting = yield from self._exchanged(brief)
        return (yield from self._token_of_page(lasting, account)) if self.of_page else lasting

    def renew(self, token: Token | None) -> Exchange[Token]:
        """Exchange a living token for one that lives longer."""
        if token is None:
            raise CredentialMissing(self.platform, "nobody has logged in")
        if token.expires_at is None:
            raise AuthFailed(self.platform, "its token has no end and is refused all the same")
        return (yield from self._exchanged(token))

    def inspect(self, token: Token) -> Exchange[Token]:
        """Return the token with the earlier of its two ends: its own, and that of its data access."""
        query = urlencode({"input_token": token.access_token})
        calls = [{"method": "GET", "relative_url": f"{self.version}/debug_token?{query}"}]
        form = {
            "access_token": f"{self.app_id}|{self.app_secret}",
            "batch": json.dumps(calls),
            "include_headers": "false",
        }
        url = f"{self.api_url}/{self.version}/"
        response = yield Request(platform=self.platform, url=url, source="debug_token", form=form)
        [part] = self._graph.parts_in(response, 1)
        if part is None:
            raise Unreadable(self.platform, "debug_token: no answer in the batch")
        return self._inspected(token, part)

    def _inspected(self, token: Token, part: Response) -> Token:
        try:
            inspected = mapping(self._graph.fields_in(part), "data")
            ends = [count(inspected, name) for name in ("expires_at", "data_access_expires_at")]
            at = [datetime.fromtimestamp(end, UTC) for end in ends if end]  # 0 stands for never
        except (ValueError, OverflowError, OSError) as error:
            raise Unreadable(self.platform, f"debug_token: {error}") from None
        if inspected.get("is_valid") is not True:
            raise AuthFailed(self.platform, "debug_token: the token is not valid any more")
        scopes = inspected.get("scopes")
        named = tuple(str(scope) for scope in scopes) if isinstance(scopes, list) else token.scopes  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType] - JSON
        return replace(token, expires_at=min(at, default=None), scopes=named)

    def _exchanged(self, token: Token) -> Exchange[Token]:
        form = {"grant_type": "fb_exchange_token", "fb_exchange_token": token.access_token}
        return token_in(self._graph, (yield self._token_request(form)), before=token)

    def _token_of_page(self, token: Token, account: Account) -> Exchange[Token]:
        """Return the token of the account's own page, never that of another."""
        names: list[str] = []
        params = {"fields": "id,name,username,access_token", "limit": "100"}
        for _ in range(_MOST_PAGES):
            response = yield Request(
                platform=self.platform,
                url=f"{self.api_url}/{self.version}/me/accounts",
                source="accounts",
                params=params,
                secrets={"Authorization": f"Bearer {token.access_token}"},
            )
            pages, goes_on = self._pages_in(response)
            for page in pages:
                if _is_of(page, account):
                    return _page_token(self.platform, page, token)
                names.append(_name_of(page))
            after = text(mapping(mapping(response.json(), "paging"), "cursors"), "after")
            if not goes_on or not after:
                break
            params = {**params, "after": after}
        managed = ", ".join(names) or "none"
        detail = f"whoever logged in does not manage {account.handle} but: {managed}"
        raise AuthFailed(self.platform, detail)

    def _pages_in(self, response: Response) -> tuple[list[Any], bool]:
        try:
            return self._graph.items_in(response)
        except Unreadable as error:  # without its body, which may hold tokens
            raise Unreadable(self.platform, error.detail) from None

    def _token_request(self, form: Mapping[str, str]) -> Request:
        client = {"client_id": self.app_id, "client_secret": self.app_secret}
        return Request(
            platform=self.platform,
            url=f"{self.api_url}/{self.version}/oauth/access_token",
            source="token",
            form={**client, **form},
            repeatable=False,
        )

    @property
    def _graph(self) -> GraphRequests:
        return GraphRequests(platform=self.platform, api_url=self.api_url, version=self.version)


def consent_address_of(
    authorize_url: str, app_id: str, scopes: tuple[str, ...], consent: Consent
) -> str:
    """Return a consent page's address; the app's secret stands where others have PKCE."""
    params = {
        "client_id": app_id,
        "redirect_uri": consent.redirect_uri,
        "state": consent.state,
        "scope": ",".join(scopes),
        "response_type": "code",
    }
    return f"{authorize_url}?{urlencode(params)}"


def token_in(graph: GraphRequests, response: Response, *, before: Token | None = None) -> Token:
    """Read a token endpoint's answer; raises what its error means."""
    fault = graph_error_of(response)
    if fault:
        raise graph.error_of(response, fault)
    return Token.from_response(response, before=before)


def _is_of(page: Any, account: Account) -> bool:
    if not isinstance(page, dict):
        return False
    fields = cast("dict[str, Any]", page)
    theirs = {text(fields, "id"), lowered(text(fields, "username") or "")}
    return (account.native_id or lowered(page_name(account.handle))) in theirs


def _name_of(page: Any) -> str:
    name = cast("dict[str, Any]", page).get("name") if isinstance(page, dict) else None
    return str(name)[:50]


def _page_token(platform: str, page: Any, token: Token) -> Token:
    access_token = text(page, "access_token")
    if not access_token:
        detail = "accounts: no token for the page; consent to pages_show_list as its admin"
        raise AuthFailed(platform, detail)
    return Token(access_token=access_token, obtained_at=token.obtained_at, scopes=token.scopes)


def page_name(handle: str) -> str:
    """Return a page's name or number from a handle or address; a number wherever there is one."""
    if "/" not in handle:
        return handle.removeprefix("@")
    address = urlsplit(handle if "://" in handle else f"//{handle}")
    parts = [part for part in address.path.split("/") if part]
    if parts == ["profile.php"]:
        return parse_qs(address.query).get("id", [""])[0]
    if len(parts) > 1 and parts[0] in ("p", "people", "pages"):
        return parts[-1].rsplit("-", 1)[-1]
    return parts[0] if parts else ""
