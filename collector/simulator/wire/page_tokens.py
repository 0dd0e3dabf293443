"""Tokens of pages: where a page begins, behind a mark of the platform's own, in base64."""

from base64 import urlsafe_b64decode, urlsafe_b64encode


def page_token(mark: str, start: int) -> str:
    """Return the token of the page that begins at ``start``."""
    return urlsafe_b64encode(f"{mark}:{start}".encode()).decode()


def page_start(mark: str, token: str) -> int | None:
    """Return where the page of ``token`` begins; ``None`` if it was never given out."""
    try:
        decoded = urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode()
        prefix, start = decoded.split(":")
        return int(start) if prefix == mark else None
    except ValueError:
        return None
