"""X's query parameters: read strictly, and refused as X refuses them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from collector.simulator.wire.page_tokens import page_start, page_token
from collector.simulator.wire.templates import Templates
from collector.simulator.x.posts import BODIES

ERRORS = Templates(Path(__file__).with_name("errors.yaml"))
MOST = 100


def keep_present(**parts: Any) -> dict[str, Any]:
    """Return the parts that are not empty: without a match, ``data`` is absent."""
    return {name: part for name, part in parts.items() if part}


def refuse_unknown(query: Mapping[str, str], *known: str) -> None:
    """Refuse a parameter that is not ``known``: X passes none over."""
    for name in query:
        if name not in known:
            raise ERRORS.error("unknown_parameter", name=name)


def split(query: Mapping[str, str], name: str) -> list[str]:
    """Return the entries of a comma list."""
    return [entry for entry in query.get(name, "").split(",") if entry]


def require_entries(query: Mapping[str, str], name: str, entries: str) -> list[str]:
    """Return the ``entries`` of a comma list that must hold one at least, and ``MOST`` at most."""
    listed = split(query, name)
    if not listed:
        raise ERRORS.error("missing_parameter", name=name)
    if len(listed) > MOST:
        expected = f"at most {MOST} {entries}"
        raise ERRORS.error("invalid", name=name, value=str(len(listed)), expected=expected)
    return listed


def parse_fields(query: Mapping[str, str], name: str) -> set[str]:
    """Return the fields that ``post.fields`` or its like names; an unknown one fails the call."""
    known = BODIES[name.replace("tweet", "post").replace(".", "_")]
    selected = set(split(query, name))
    for field in sorted(selected.difference(known)):
        expected = "one of " + ",".join(sorted(known))
        raise ERRORS.error("invalid", name=name, value=field, expected=expected)
    return selected


def parse_number(text: str, name: str) -> int:
    """Return the number that ``text``, given for the parameter ``name``, has to be."""
    if not text.isdecimal():
        raise ERRORS.error("invalid", name=name, value=text, expected="a number")
    return int(text)


def parse_page_size(query: Mapping[str, str]) -> int:
    """Return how many posts a page holds: 10 unless asked otherwise."""
    size, least = query.get("max_results", "10"), 5
    if not size.isdecimal() or not least <= int(size) <= MOST:
        expected = f"between {least} and {MOST}"
        raise ERRORS.error("invalid", name="max_results", value=size, expected=expected)
    return int(size)


def next_page_token(start: int) -> str:
    """Return the token of the page that begins at ``start``."""
    return page_token("next", start).rstrip("=")


def parse_page_start(query: Mapping[str, str]) -> int:
    """Return where the page asked for begins."""
    token = query.get("pagination_token")
    start = 0 if token is None else page_start("next", token)
    if start is None:
        expected = "a token that was given out"
        raise ERRORS.error("invalid", name="pagination_token", value=token, expected=expected)
    return start
