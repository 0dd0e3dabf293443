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

    kept: Mapping[str, str] = field(default_factory=dict[str, str])

    def to(self, page: str, **query: str | None) -> str:
        """The address of a page, beside the present one; a query of None is left out."""
        asked = {**self.kept, **query}
        return f"{page}?{urlencode({key: value for key, value in asked.items() if value})}"


def inward(address: str, content: str, *, cls: str = "") -> str:
    """``content``, which is HTML, as a link to a page of ours."""
    return f'<a class="lt-link {cls}" href="{attribute(address)}" target="_self">{content}</a>'


def outward(url: str, content: str, *, label: str = "") -> str | None:
    """``content``, which is HTML, as a link out; None where the address is none of the web's."""
    try:
        parts = urlsplit(url.strip())
        known = parts.scheme in _WEB and bool(parts.hostname)
    except ValueError:
        known = False
    if not known:
        return None
    named = f' aria-label="{attribute(label)}"' if label else ""
    return (
        f'<a class="lt-link" href="{attribute(url.strip())}" target="_blank"'
        f' rel="noopener noreferrer"{named}>{content}<span aria-hidden="true"> ↗</span></a>'
    )
