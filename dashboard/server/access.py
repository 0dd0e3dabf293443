"""Who may see the dashboard: the login, its allow list, and the verdict on an address. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from storage.names import ascii_address

_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")


@dataclass(frozen=True, kw_only=True)
class Access:
    """A login by OpenID Connect and who passes it. The secrets are in memory alone."""

    url: str  # what people type; the provider sends them back there
    metadata_url: str
    client_id: str
    client_secret: str
    cookie_secret: str
    allow: tuple[str, ...]  # lower case: name@example.org, or @example.org for a whole domain
    unverified_emails: bool = False

    @property
    def secrets(self) -> dict[str, Any]:
        """The ``[auth]`` section of Streamlit's secrets.toml, which ``st.login`` reads."""
        return {
            "auth": {
                "redirect_uri": f"{self.url}/oauth2callback",
                "cookie_secret": self.cookie_secret,
                "client_id": self.client_id,
                "client_secret": self.client_secret,
                "server_metadata_url": self.metadata_url,
            }
        }


class Verdict(StrEnum):
    """Whether a person is let in; all but the first are keys of the words shown."""

    ADMITTED = "admitted"
    REFUSED = "refused"
    UNVERIFIED = "unverified"  # the provider does not vouch for the address
    NO_EMAIL = "no_email"


def verdict(
    email: object, verified: object, *, allow: Iterable[str], unverified_emails: bool
) -> Verdict:
    """Judge what the provider said of a person; an unverified address is not believed.

    A provider that says nothing about the address (``verified`` None) passes only where
    ``unverified_emails`` is set; one that says no never does.
    """
    if not isinstance(email, str) or not _ADDRESS.fullmatch(email):
        return Verdict.NO_EMAIL
    confirmed = verified is True or (isinstance(verified, str) and verified.lower() == "true")
    if not confirmed and (verified is not None or not unverified_emails):
        return Verdict.UNVERIFIED
    address = ascii_address(email)
    if address is None:
        return Verdict.REFUSED
    _, at, domain = address.partition("@")
    allowed = {ascii_address(entry) for entry in allow}
    return Verdict.ADMITTED if {address, at + domain} & allowed else Verdict.REFUSED
