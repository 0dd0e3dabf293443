"""Who may see the dashboard: the list of addresses, and what is said of one. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

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


class Verdict(StrEnum):
    """What the door says; all but the first are keys of the words shown."""

    ADMITTED = "admitted"
    REFUSED = "refused"
    UNVERIFIED = "unverified"  # the provider does not vouch for the address
    NO_EMAIL = "no_email"


def verdict(
    email: object, verified: object, *, allow: Iterable[str], unverified_emails: bool
) -> Verdict:
    """Judge what the provider said of a person: an address that is not vouched for is nobody's.

    A provider that says nothing about the address (``verified`` None) passes only where
    ``unverified_emails`` is set; one that says no never does.
    """
    if not isinstance(email, str) or not _ADDRESS.fullmatch(email):
        return Verdict.NO_EMAIL
    vouched = verified is True or (isinstance(verified, str) and verified.lower() == "true")
    if not vouched and (verified is not None or not unverified_emails):
        return Verdict.UNVERIFIED
    address = email.lower()
    _, at, domain = address.partition("@")
    listed = {one.lower() for one in allow}
    return Verdict.ADMITTED if {address, at + domain} & listed else Verdict.REFUSED
