"""The texts of a bundle that the program wrote, and their numbers: which release's they are."""

import hashlib
import tomllib
from functools import cache
from pathlib import Path

from storage.definitions import FILE

_SUMS = Path(__file__).with_name("texts.toml")
_METHOD = Path(__file__).with_name("method.md")
_METHOD_IN_DOCS = Path(__file__).parents[2] / "docs" / "method.md"


@cache
def sums() -> dict[str, list[str]]:
    """Return the SHA-256 of each text's numbers, the first that of number 1."""
    return tomllib.loads(_SUMS.read_text("utf-8"))


def numbers() -> dict[str, int]:
    """Return the number of each text as this program writes it."""
    return {name: len(known) for name, known in sums().items()}


def definitions() -> bytes:
    """Return what each platform counts."""
    return FILE.read_bytes()


def method() -> bytes:
    """Return docs/method.md; an installed package has it beside this file."""
    return (_METHOD if _METHOD.exists() else _METHOD_IN_DOCS).read_bytes()


def check_number(name: str, number: object) -> int:
    """Return the number of a text, if this program knows it.

    Raises:
        ValueError: it does not.
    """
    if type(number) is not int or not 1 <= number <= numbers()[name]:
        known = f"this program knows those up to {numbers()[name]}"
        raise ValueError(
            f"its {name} are of number {number!r:.40}, {known}: check it with a newer one"
        )
    return number


def check_text(name: str, number: object, content: bytes) -> None:
    """See that ``content`` is the text of that number.

    Raises:
        ValueError: it is not, or the number is not known.
    """
    known = sums()[name][check_number(name, number) - 1]
    own = {"definitions": definitions, "method": method}[name]
    is_own = number == numbers()[name] and content == own()
    if not is_own and hashlib.sha256(content).hexdigest() != known:
        raise ValueError(f"it is not the text of number {number} that LiveTally writes")
