"""X's query parameters: read strictly, and refused as X refuses them."""

import base64
from collections.abc import Mapping
from typing import Any

from collector.simulator.x import errors

MOST = 100


def present(**parts: Any) -> dict[str, Any]:
    """Return the parts that are not empty: without a match, ``data`` is absent."""
    return {name: part for name, part in parts.items() if part}


def only(query: Mapping[str, str], *known: str) -> None:
    """Refuse a parameter that is not ``known``: X passes none over."""
    for name in query:
        if name not in known:
            raise errors.unknown_parameter(name)


def listed(query: Mapping[str, str], name: str) -> list[str]:
    """Return the entries of a comma list."""
    return [one for one in query.get(name, "").split(",") if one]


def fields(query: Mapping[str, str], name: str, known: frozenset[str]) -> set[str]:
    """Return the fields asked for by ``name``; one that is not ``known`` fails the call."""
    wanted = set(listed(query, name))
    for one in sorted(wanted - known):
        raise errors.invalid(name, one, "one of " + ",".join(sorted(known)))
    return wanted


def since(query: Mapping[str, str]) -> int:
    """Return the id that posts have to be newer than."""
    given = query.get("since_id", "0")
    if not given.isdecimal():
        raise errors.invalid("since_id", given, "a number")
    return int(given)


def page_size(query: Mapping[str, str]) -> int:
    """Return how many posts a page holds: 10 unless asked otherwise."""
    given, least = query.get("max_results", "10"), 5
    if not given.isdecimal() or not least <= int(given) <= MOST:
        raise errors.invalid("max_results", given, f"between {least} and {MOST}")
    return int(given)


def page_token(start: int) -> str:
    """Return the token of the page that begins at ``start``."""
    return base64.urlsafe_b64encode(f"next:{start}".encode()).decode().rstrip("=")


def page_start(query: Mapping[str, str]) -> int:
    """Return where the page asked for begins."""
    given = query.get("pagination_token")
    if given is None:
        return 0
    try:
        decoded = base64.urlsafe_b64decode(given + "=" * (-len(given) % 4)).decode()
        prefix, start = decoded.split(":")
        if prefix == "next":
            return int(start)
    except ValueError:
        pass
    raise errors.invalid("pagination_token", given, "a token that was given out")
