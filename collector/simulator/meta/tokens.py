"""Meta's tokens: short and long ones of a person, and those of Pages, which never end.

A person's short token is exchanged for a long one; a Page's is read from ``/me/accounts`` with a
long one; no token refreshes. ``debug_token`` tells when one ends, 0 for never.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from collector.simulator.meta.nodes import BODIES, ERRORS, Node, NodeEdge, Params, build_node
from collector.simulator.wire.oauth import Client, Issued, Issuer, refusals_from

PERSON = "10150000000000001"
_SCOPES = "pages_show_list,pages_read_engagement,pages_read_user_content,read_insights"


class GraphTokens:
    """The tokens of one platform; ``page_token`` and ``user_token`` work from the start."""

    def __init__(self, name: str, pages: Sequence[str], *, now: Callable[[], datetime]) -> None:
        self.client = Client()
        short = timedelta(hours=1)
        self.short = Issuer(name=f"{name}-short", now=now, access_lasts=short, person=PERSON)
        self.long = Issuer(name=f"{name}-user", now=now, access_lasts=timedelta(days=60))
        self.pages = Issuer(name=f"{name}-page", now=now, access_lasts=None)
        self._page_tokens = {
            page: self.pages.issue(page, scope=_SCOPES, label=page) for page in pages
        }
        # An app's own token is made of its id and secret and never ends.
        self._app = Issued(
            owner="",
            access_token=f"{self.client.client_id}|{self.client.client_secret}",
            refresh_token="",
            scope="",
            expires_at=None,
            refresh_expires_at=None,
        )
        self.user_token = self.long.issue(PERSON, scope=_SCOPES, label="simulated").access_token

    def page_token(self, page: str) -> str:
        """Return the token of a Page."""
        return self._page_tokens[page].access_token

    @refusals_from(ERRORS)
    def consent(self, query: Mapping[str, str]) -> str:
        """Return where the consent page leads."""
        return self.short.consent(query)

    @refusals_from(ERRORS)
    def access_token(self, params: Params, at: datetime) -> dict[str, Any]:
        """Answer ``/oauth/access_token``: a code or a person's token becomes another token."""
        self.client.check_credentials(params.get("client_id"), params.get("client_secret"))
        if params.get("grant_type") == "client_credentials":
            return BODIES.fill("app_token", issued=self._app)
        if params.get("grant_type") == "fb_exchange_token":
            person = self.authenticate(params.get("fb_exchange_token"), at)
            issued = self.long.issue(person.owner, scope=person.scope)
        else:
            issued = self.short.redeem(params)
        expires_in = self.long.seconds_left(issued.expires_at)
        return BODIES.fill("token", issued=issued, expires_in=expires_in)

    def inspect(self, params: Params) -> dict[str, Any]:
        """Answer ``/debug_token`` about ``input_token``, whoever asks."""
        issued = self._find_issued(params.get("input_token"))
        if issued is None:
            return BODIES.fill("unknown_token")
        return BODIES.fill(
            "inspected_token",
            app_id=self.client.client_id,
            kind="PAGE" if issued.owner in self._page_tokens else "USER",
            expires_at=0 if issued.expires_at is None else int(issued.expires_at.timestamp()),
            is_valid=self._is_valid(issued),
            scopes=_SCOPES.split(","),
            person=PERSON,
        )

    def authenticate(self, token: str | None, at: datetime) -> Issued:
        """Return what was issued as ``token``, or refuse as the platform does."""
        if not token:
            raise ERRORS.error("no_token")
        if token == self._app.access_token:
            return self._app
        issued = self._find_issued(token)
        if issued is None:
            raise ERRORS.error("unknown_token")
        if not self._is_valid(issued):
            raise ERRORS.error("expired_token", ended_at=issued.expires_at or at, at=at)
        return issued

    def me(self, issued: Issued, page_of: Callable[[str], Node | None]) -> Node | None:
        """Return the node ``me`` of a token: its Page, or its person with their Pages."""
        if issued.owner in self._page_tokens:
            return page_of(issued.owner)

        def accounts(params: Params) -> NodeEdge:
            del params
            pages = ((self.page_token(page), page_of(page)) for page in self._page_tokens)
            return NodeEdge(entries=[_own_page(page, token) for token, page in pages if page])

        return build_node("person", "", {"accounts": accounts}, person=PERSON)

    def _find_issued(self, token: str | None) -> Issued | None:
        pairs = (issuer.find_issued(token) for issuer in (self.pages, self.long, self.short))
        return next((issued for issued in pairs if issued is not None), None)

    def _is_valid(self, issued: Issued) -> bool:
        issuers = (self.pages, self.long, self.short)
        return any(issuer.find_valid(issued.access_token) for issuer in issuers)


def _own_page(page: Node, token: str) -> Node:
    """Return a Page as its own people see it: with its token."""
    own = BODIES.fill("own_page", token=token)
    return replace(
        page, fields={**page.fields, **own["fields"]}, default_fields=own["default_fields"]
    )
