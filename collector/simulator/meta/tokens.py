"""Meta's tokens: short and long ones of a person, and those of Pages, which never end.

A person's long token is had for a short one; a Page's is read from ``/me/accounts`` with a long
one; no token refreshes. ``debug_token`` tells when one ends, 0 for never.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from collector.simulator.meta import errors
from collector.simulator.meta.nodes import Node, NodeEdge, Params
from collector.simulator.wire.oauth import Client, InvalidClient, InvalidGrant, Issued, Issuer

PERSON = "10150000000000001"
_SCOPES = "pages_show_list,pages_read_engagement,pages_read_user_content,read_insights"


class GraphTokens:
    """Everything that is told about tokens; ``page_token`` and ``user_token`` work at once."""

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

    def consent(self, query: Mapping[str, str]) -> str:
        """Return where the consent page leads."""
        try:
            return self.short.consent(query)
        except InvalidGrant:
            raise errors.bad_parameter("redirect_uri", "given") from None

    def access_token(self, given: Mapping[str, str], at: datetime) -> dict[str, Any]:
        """Answer ``/oauth/access_token``: a code or a person's token becomes another token."""
        try:
            self.client.check(given.get("client_id"), given.get("client_secret"))
            if given.get("grant_type") == "client_credentials":
                return {"access_token": self._app.access_token, "token_type": "bearer"}
            if given.get("grant_type") == "fb_exchange_token":
                person = self.check(given.get("fb_exchange_token"), at)
                issued = self.long.issue(person.owner, scope=person.scope)
            else:
                issued = self.short.redeem(given)
        except InvalidClient:
            raise errors.bad_client() from None
        except InvalidGrant:
            raise errors.bad_code() from None
        return {
            "access_token": issued.access_token,
            "token_type": "bearer",
            "expires_in": self.long.seconds_left(issued.expires_at),
        }

    def inspected(self, given: Mapping[str, str]) -> dict[str, Any]:
        """Answer ``/debug_token`` about ``input_token``, whoever asks."""
        issued = self._told(given.get("input_token"))
        if issued is None:
            return {"data": {"is_valid": False, "scopes": []}}
        ends = 0 if issued.expires_at is None else int(issued.expires_at.timestamp())
        return {
            "data": {
                "app_id": self.client.client_id,
                "type": "PAGE" if issued.owner in self._page_tokens else "USER",
                "application": "LiveTally (simulated)",
                "data_access_expires_at": 0,
                "expires_at": ends,
                "is_valid": self._valid(issued.access_token) is not None,
                "scopes": _SCOPES.split(","),
                "user_id": PERSON,
            }
        }

    def check(self, token: str | None, at: datetime) -> Issued:
        """Return what was given out as ``token``, or refuse as the platform does."""
        if not token:
            raise errors.no_token()
        issued = self._app if token == self._app.access_token else self._told(token)
        if issued is None:
            raise errors.unknown_token()
        if issued is self._app:
            return issued
        if self._valid(token) is None:
            raise errors.expired_token(issued.expires_at or at, at)
        return issued

    def me(self, issued: Issued, page_of: Callable[[str], Node | None]) -> Node | None:
        """Return the node ``me`` of a token: its Page, or its person with their Pages."""
        if issued.owner in self._page_tokens:
            return page_of(issued.owner)

        def accounts(params: Params) -> NodeEdge:
            del params
            pages = ((self.page_token(page), page_of(page)) for page in self._page_tokens)
            return NodeEdge(entries=[_mine(page, token) for token, page in pages if page])

        return Node(
            kind="User",
            fields={"id": PERSON, "name": "Simulated Person"},
            edges={"accounts": accounts},
            unsaid=("name", "id"),
        )

    def _told(self, token: str | None) -> Issued | None:
        found = (issuer.told(token) for issuer in (self.pages, self.long, self.short))
        return next((one for one in found if one is not None), None)

    def _valid(self, token: str | None) -> Issued | None:
        found = (issuer.valid(token) for issuer in (self.pages, self.long, self.short))
        return next((one for one in found if one is not None), None)


def _mine(page: Node, token: str) -> Node:
    """Return a Page as its own people see it: with its token."""
    more = {"access_token": token, "category": "Public service", "tasks": ["ANALYZE"]}
    unsaid = ("access_token", "category", "name", "id", "tasks")
    return replace(page, fields={**page.fields, **more}, unsaid=unsaid)
