"""Reads values out of untrusted JSON: exactly, or not at all.

Each reader raises ``ValueError`` naming the field when it holds something else; an absent or null field
is ``None``, which means that the platform did not say. So does a zero time: see :func:`moment`.
"""

import re
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar, cast

from collector.contract.errors import Unreadable
from collector.contract.exchange import Response

T = TypeVar("T")
Item = TypeVar("Item")

#: DuckDB and Parquet keep counts as signed 64-bit integers.
LARGEST_COUNT = 2**63 - 1
LONGEST_TITLE = 1000

DIGITS = re.compile(r"[0-9]{1,20}")
_OFFSET_WITHOUT_COLON = re.compile(r"([+-]\d{2})(\d{2})$")
#: What stands for no time: nothing, ticks up to the epoch, MySQL's 0000-00-00, PHP's -0001-11-30.
_NO_TIME = re.compile(r"|-[0-9.]+|0+(\.0+)?|([+-]?000[01]|1970-01-01|1969-12-31).*", re.DOTALL)
#: Go's zero time is in year 1 and the Unix epoch in 1970, or the year before by another zone.
_LAST_YEAR_OF_NO_TIMES = 1970


def sift(
    response: Response,
    items: Iterable[Item],
    parse: Callable[[Item], T],
    native_id_of: Callable[[Item], str | None],
) -> tuple[list[T], list[Unreadable]]:
    """Parse each item alone: those that raise ``ValueError`` are set aside, the others kept."""
    good: list[T] = []
    set_aside: list[Unreadable] = []
    for item in items:
        try:
            good.append(parse(item))
        except ValueError as error:
            detail = f"{response.source}: {error}"
            native_id = native_id_of(item)
            set_aside.append(
                Unreadable(response.platform, detail, native_id=native_id, body=repr(item))
            )
    return good, set_aside


@contextmanager
def set_aside_whole(response: Response) -> Generator[None]:
    """Turn a ``ValueError`` about the answer as a whole into :class:`Unreadable`."""
    try:
        yield
    except ValueError as error:
        detail = f"{response.source}: {error}"
        raise Unreadable(response.platform, detail, body=response.text()) from None


def fields_of(value: Any) -> dict[str, Any]:
    """Return a JSON object as a mapping; anything else raises ``ValueError``."""
    if not isinstance(value, dict):
        message = f"{_shown(value)} stands where an object should"
        raise ValueError(message)
    return cast("dict[str, Any]", value)


def count(fields: Mapping[str, Any], name: str) -> int | None:
    """Return a count given as an integer or as a string of digits."""
    value = fields.get(name)
    if value is None:
        return None
    if isinstance(value, str) and DIGITS.fullmatch(value):
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= LARGEST_COUNT:
        message = f"{name} is {_shown(value)}, not a count"
        raise ValueError(message)
    return value


def moment(fields: Mapping[str, Any], name: str) -> datetime | None:
    """Return an RFC 3339 time in UTC; Icecast's offset without a colon is accepted.

    What programs write where there is no time is ``None``: nothing, the year 1, the Unix epoch.
    """
    value = fields.get(name)
    if value is None or _NO_TIME.fullmatch(str(value)):
        return None
    try:
        parsed = datetime.fromisoformat(_OFFSET_WITHOUT_COLON.sub(r"\1:\2", value))
        if parsed.year <= _LAST_YEAR_OF_NO_TIMES:
            return None
        in_utc = parsed.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        parsed = in_utc = None
    if parsed is None or parsed.tzinfo is None:
        message = f"{name} is {_shown(value)}, not a time with its offset"
        raise ValueError(message)
    return in_utc


def text(fields: Mapping[str, Any], name: str) -> str | None:
    """Return text as it stands, cut to 1,000 characters; numbers become their digits.

    NUL and lone surrogates, which no database or page can hold, become U+FFFD.
    """
    words = whole_text(fields, name)
    return words and words[:LONGEST_TITLE]


def whole_text(fields: Mapping[str, Any], name: str) -> str | None:
    """Return text like :func:`text`, of any length: what an error says is decided on all of it."""
    value = fields.get(name)
    if value is None or isinstance(value, dict | list):
        return None
    clean = str(value).replace("\0", "\ufffd")
    return clean.encode("utf-8", errors="replace").decode() if _has_surrogate(clean) else clean


def identity(item: Any, name: str) -> str | None:
    """Return the text, or the whole number, that identifies an item; ``None`` if it has none."""
    value = fields_of(item).get(name) if isinstance(item, dict) else None
    is_id = isinstance(value, str | int) and not isinstance(value, bool)
    return text({name: value}, name) or None if is_id else None


def id_of(item: Any) -> str | None:
    """Return the ``id`` of what may be an object, to name it by where it cannot be read."""
    return identity(item, "id")


def unix_time(fields: Mapping[str, Any], name: str, *, per_second: int = 1) -> datetime | None:
    """Return a Unix time in UTC, in whole seconds or in as many parts of one as there are.

    Zero and what lies before it are ``None``, and so is all of 1970, as by :func:`moment`.
    """
    if _NO_TIME.fullmatch(str(fields.get(name))):
        return None
    ticks = count(fields, name)
    try:
        at = None if ticks is None else datetime.fromtimestamp(ticks / per_second, UTC)
    except (ValueError, OverflowError, OSError):
        message = f"{name} is {_shown(ticks)}, not a Unix time"
        raise ValueError(message) from None
    return None if at is None or at.year <= _LAST_YEAR_OF_NO_TIMES else at


def mapping(fields: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return a nested object; an absent or null one is empty."""
    value = fields.get(name)
    return {} if value is None else fields_of(value)


def listed(fields: Mapping[str, Any], name: str) -> list[Any]:
    """Return a nested list; an absent or null one is empty."""
    value = fields.get(name)
    if value is not None and not isinstance(value, list):
        message = f"{name} is {_shown(value)}, not a list"
        raise ValueError(message)
    return cast("list[Any]", value or [])


def rows_in(fields: Any, *path: str) -> list[Any]:
    """Return the list that an object holds at the end of ``path``; anything else is no list."""
    for name in path:
        fields = fields_of(fields).get(name)
    if not isinstance(fields, list):
        message = f"{'.'.join(path)} is not a list"
        raise ValueError(message)
    return cast("list[Any]", fields)


def rows_of(response: Response, *path: str) -> list[Any]:
    """Return the list that the answer's object holds at the end of ``path``.

    Raises:
        Unreadable: the body is no object, or has no list there. Nobody is gone for it.
    """
    with set_aside_whole(response):
        return rows_in(response.json(), *path)


def goes_on(response: Response, *path: str) -> bool:
    """Tell whether the answer says at ``path`` that there is more of it, or cannot be read there.

    What is absent from it may stand there: nobody is gone for it.
    """
    value: Any = response.json()
    for name in path:
        if not isinstance(value, dict):
            return value is not None
        value = cast("dict[str, Any]", value).get(name)
    return bool(value)


def total(*counts: int | None) -> int | None:
    """Add up the counts that were told; ``None`` when none was."""
    known = [each for each in counts if each is not None]
    return count({"the sum": sum(known)}, "the sum") if known else None


def first_line(words: str) -> str:
    """Return the first line with anything on it: what names a post that has no title."""
    return next((line.strip() for line in words.splitlines() if line.strip()), "")


def _has_surrogate(value: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in value)


def _shown(value: Any) -> str:
    return repr(value)[:60]
