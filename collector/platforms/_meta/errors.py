"""What is wrong with an answer of Meta's interfaces, by its code and the whole of its text.

Codes: developers.facebook.com/docs/graph-api/guides/error-handling. Pure.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, cast

from collector.contract.errors import Unreadable
from collector.contract.exchange import Response
from collector.contract.json_fields import count, whole_text

BAD_PARAMETER = 100
_GONE = 33
_NO_SUCH_ALIAS = 803
_BLOCKED = 368
_NO_TOKEN = 2500  # also said of a path that does not exist
_OUTAGES = frozenset({1, 2, 341})
_OF_PERSON = 17
_OF_PAGE = 32
_OF_BUSINESS_CASE = frozenset(range(80000, 80015))  # of one page, or one Instagram account
_RATE_LIMITS = frozenset({4, _OF_PERSON, _OF_PAGE, 613, *_OF_BUSINESS_CASE})
_TOKENS = frozenset({102, 104, 190, 463, 467})
_PERMISSIONS = frozenset({3, 10, _BLOCKED, *range(200, 300)})
_WRONG_REQUESTS = frozenset({12, BAD_PARAMETER, _NO_SUCH_ALIAS, _NO_TOKEN})
_OF_ONE = re.compile(r"not enough|this (?:kind|media|object|post|video)", re.IGNORECASE)
_OUTAGE_SAID = re.compile(
    r"(?:server|internal|unknown|unexpected) error|temporarily unavailable|try again later",
    re.IGNORECASE,
)
_REVIEW_WANTED = re.compile(r"public (?:content|metadata) access|app review", re.IGNORECASE)
#: Not "cannot be loaded due to missing permissions, or does not support", which says neither.
_PERMISSION_WANTED = re.compile(
    r"(?:requires?|grant|lacks?|missing)\b.*\bpermissions?\b(?!, or)", re.IGNORECASE | re.DOTALL
)
_LESS_WANTED = re.compile(
    r"reduce the (?:amount|limit)|too much data|fewer (?:fields|items|metrics|results)"
    r"|smaller (?:amount|limit|page|range)",
    re.IGNORECASE,
)
#: What an error says, to programs and to people: the remedy stands in either.
_TEXTS = ("message", "error_user_title", "error_user_msg")
_NO_SUCH_EDGE = frozenset({3, 12, BAD_PARAMETER})


@dataclass(frozen=True, kw_only=True, slots=True)
class GraphError:
    """The ``error`` of an answer; ``code`` is ``None`` where it has none that can be read."""

    code: int | None
    subcode: int | None
    message: str
    is_transient: bool

    def __str__(self) -> str:
        numbers = "/".join(str(code) for code in (self.code, self.subcode) if code is not None)
        return f"{numbers} {self.message}".strip()

    @property
    def is_gone(self) -> bool:
        """Deleted, or hidden from this token: Meta does not tell the two apart."""
        if self.code == _NO_SUCH_ALIAS:
            return "not exist" in self.message
        return self.code == BAD_PARAMETER and self.subcode == _GONE

    @property
    def limits_rate(self) -> bool:
        """Too many calls; the token is fine, whatever ``is_transient`` says."""
        return self.code in _RATE_LIMITS

    @property
    def limits_account(self) -> bool:
        """The limit reached is that of the page or account asked about, and no other's."""
        return self.code == _OF_PAGE or self.code in _OF_BUSINESS_CASE

    @property
    def limits_person(self) -> bool:
        """The limit reached is that of whoever the token is of."""
        return self.code == _OF_PERSON

    @property
    def refuses_token(self) -> bool:
        """The token is expired, revoked or none at all."""
        lacks_code = self.code in (None, _NO_TOKEN)
        return self.code in _TOKENS or (lacks_code and "access token" in self.message.lower())

    @property
    def refuses_permission(self) -> bool:
        """The token is good and may not do this, or the account is blocked for a while (368)."""
        return self.code in _PERMISSIONS or self._wants_review or self._lacks_permission

    @property
    def refuses_account(self) -> bool:
        """The account's consent is what is missing, and not something about a single thing."""
        return self.refuses_permission and not _OF_ONE.search(self.message)

    @property
    def refuses_one(self) -> bool:
        """A permission is missing that may be wanted for what was asked for alone."""
        return self.refuses_permission and self.code != _BLOCKED

    @property
    def refuses_edge(self) -> bool:
        """What is asked cannot be read at all, by nobody or not by this app."""
        is_permission = self._wants_review or self._lacks_permission
        return self.code in _NO_SUCH_EDGE and not is_permission

    @property
    def wants_less(self) -> bool:
        """As much will never be answered: fewer items may be, or fewer fields."""
        if self.limits_rate or self.refuses_token:
            return False
        return _LESS_WANTED.search(self.message) is not None

    @property
    def is_outage(self) -> bool:
        """Meta's own trouble, by an unknown code too if its text says so."""
        is_said = not self.blames_request and _OUTAGE_SAID.search(self.message) is not None
        return self.code in _OUTAGES or self.is_transient or is_said

    @property
    def blames_request(self) -> bool:
        """What was asked is wrong, whatever the status: a mistake of ours."""
        return self.code in _WRONG_REQUESTS

    @property
    def may_be_a_field(self) -> bool:
        """One of the fields asked for may be the reason, so that fewer may be answered."""
        if self._wants_review:
            return False
        if self.code == BAD_PARAMETER:
            return not self.is_gone
        return self.refuses_permission and self.code != _BLOCKED

    @property
    def _wants_review(self) -> bool:
        """Another's page, which wants Page Public Content Access: seen as code 100 and as 10."""
        return self.code == BAD_PARAMETER and _REVIEW_WANTED.search(self.message) is not None

    @property
    def _lacks_permission(self) -> bool:
        """A permission is said to be missing where the code says nothing of it."""
        is_said = _PERMISSION_WANTED.search(self.message) is not None
        return self.code == BAD_PARAMETER and not self.is_gone and is_said


def graph_error_of(response: Response) -> GraphError | None:
    """Return what is wrong with an answer, ``None`` if nothing is: some errors come as HTTP 200."""
    try:
        body: Any = response.json()
    except Unreadable:
        body = None
    body_fields = cast("dict[str, Any]", body) if isinstance(body, dict) else {}
    error = body_fields.get("error")
    if response.status == HTTPStatus.OK and error is None:
        return None
    fields = cast("dict[str, Any]", error) if isinstance(error, dict) else {}
    texts = [whole_text(fields, name) for name in _TEXTS]
    message = " ".join(filter(None, dict.fromkeys(texts))) or f"HTTP {response.status}"
    return GraphError(
        code=number(fields, "code"),
        subcode=number(fields, "error_subcode"),
        message=message,
        is_transient=fields.get("is_transient") is True,
    )


def number(fields: Mapping[str, Any], name: str) -> int | None:
    """Return a number of what only explains an answer: one that cannot be read says nothing."""
    try:
        return count(fields, name)
    except ValueError:
        return None
