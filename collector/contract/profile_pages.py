"""What the address of an account's page says: which account it is. Pure."""

from collections.abc import Collection, Mapping
from urllib.parse import SplitResult, unquote, urlsplit

_NAME = "{}"


def read_address(text: str) -> SplitResult:
    """Return what a person pasted as an address, with ``https`` where it names no scheme.

    Raises:
        ValueError: it is none.
    """
    pasted = text.strip().strip("<>")
    address = urlsplit(pasted if "://" in pasted else f"https://{pasted}")
    host = address.hostname or ""
    has_port = address.port is not None  # one that is no number raises
    if address.scheme not in {"http", "https"} or not ("." in host or ":" in host or has_port):
        raise ValueError("not the address of a page: expected https://…")
    return address


def words_of(address: SplitResult) -> list[str]:
    """Return the parts of its path."""
    return [unquote(word) for word in address.path.split("/") if word]


def server_of(address: SplitResult) -> str:
    """Return ``scheme://host[:port]``, without a login that stood in it."""
    return f"{address.scheme}://{address.netloc.rpartition('@')[2]}"


def handle_at(
    address: SplitResult, pages: Mapping[str, str], others: Collection[str] = ()
) -> str | None:
    """Return the handle of the account whose page it is; ``None``: nobody's page.

    ``pages`` gives the handle for each form of path, ``{}`` standing for the account's name, such as
    ``{"@{}": "@{}", "channel/{}": "{}"}``; what comes behind is passed over. ``others`` are first
    words of paths that name no account.
    """
    words = words_of(address)
    if not words or words[0].casefold() in others:
        return None
    for page, handle in pages.items():
        if name := _name_in(words, page.split("/")):
            return handle.replace(_NAME, name)
    return None


def _name_in(words: list[str], parts: list[str]) -> str:
    """Return what stands in the place of the name; empty where the path is another one."""
    *leading, last = parts
    before, _, _ = last.partition(_NAME)
    if [word.casefold() for word in words[: len(leading)]] != leading or len(words) < len(parts):
        return ""
    word = words[len(leading)]
    return word.removeprefix(before) if word.startswith(before) else ""
