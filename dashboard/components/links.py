"""Links: to pages of ours with the reader's choices kept, and out to where a broadcast is. Pure.

An address that a platform told is untrusted: only the web's own schemes become links.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

from dashboard.i18n.markup import attribute

_WEB = {"http", "https"}


@dataclass(frozen=True, kw_only=True)
class Links:
    """What of the address goes along to other pages: language, edition and the like."""

    query: Mapping[str, str] = field(default_factory=dict[str, str])

    def to(self, page: str, **query: str | None) -> str:
        """Return the address of a page, beside the present one; a query of None is left out."""
        parameters = {**self.query, **query}
        return f"{page}?{urlencode({key: value for key, value in parameters.items() if value})}"


def inward(address: str, content: str, *, cls: str = "") -> str:
    """Return ``content``, which is HTML, as a link to a page of ours."""
    return f'<a class="lt-link {cls}" href="{attribute(address)}" target="_self">{content}</a>'


def outward(url: str, content: str, *, label: str = "") -> str | None:
    """Return ``content``, which is HTML, as a link out; None unless ``url`` is one of the web's."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return None
    if parts.scheme not in _WEB or not parts.hostname:
        return None
    named = f' aria-label="{attribute(label)}"' if label else ""
    return (
        f'<a class="lt-link" href="{attribute(url.strip())}" target="_blank"'
        f' rel="noopener noreferrer"{named}>{content}<span aria-hidden="true"> ↗</span></a>'
    )
