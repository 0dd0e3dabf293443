"""What a check makes of each part of a bundle: the one table behind the check, its verdict and docs/export.md."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

_FILE = Path(__file__).with_name("parts.toml")
ALL = "*"


class Certainty(StrEnum):
    """What becomes of a part when a bundle is checked; parts.toml says what each means."""

    RECKONED = "reckoned"
    FIXED = "fixed"
    UNPROVEN = "told"


@dataclass(frozen=True, kw_only=True, slots=True)
class BundlePart:
    """Keys or columns of one file that go together; ``says`` is what people call them."""

    certainty: Certainty
    says: str
    file: str
    names: tuple[str, ...]


@cache
def parts() -> tuple[BundlePart, ...]:
    """Return the table, in the order of its file."""
    table = tomllib.loads(_FILE.read_text("utf-8"))
    return tuple(
        BundlePart(certainty=certainty, says=group["says"], file=file, names=tuple(names))
        for certainty in Certainty
        for group in table[certainty]
        for file, names in group.items()
        if file != "says"
    )


def names_of(file: str, certainty: Certainty) -> list[str]:
    """Return the keys or columns of ``file`` that are so; ``*`` where all of it is."""
    return [
        name
        for part in parts()
        if (part.file, part.certainty) == (file, certainty)
        for name in part.names
    ]


def reckoned_columns(file: str, columns: Sequence[str]) -> list[str]:
    """Return which of the ``columns`` of a table a check computes anew."""
    names = names_of(file, Certainty.RECKONED)
    return [column for column in columns if ALL in names or column in names]


def titles(*certainties: Certainty) -> list[str]:
    """Return what people call the parts that are so, each once."""
    return list(dict.fromkeys(part.says for part in parts() if part.certainty in certainties))


def verdict() -> str:
    """Say of a bundle without findings what was seen, and what could not be."""
    checked = titles(Certainty.RECKONED, Certainty.FIXED)
    return f"sound as to {', '.join(checked)}; {taken_as_told()}"


def taken_as_told() -> str:
    """Say what a bundle alone cannot prove."""
    return f"taken as told: {', '.join(titles(Certainty.UNPROVEN))}"


def page() -> str:
    """Return the table for docs/export.md: a row for what each group has in a file."""
    rows = [
        f"| {part.says} | {part.certainty} | `{part.file}` | {_shown(part.names)} |"
        for part in parts()
    ]
    return "\n".join(["| part | is | file | keys or columns |", "|---|---|---|---|", *rows])


def _shown(names: Sequence[str]) -> str:
    return "all" if list(names) == [ALL] else ", ".join(f"`{name}`" for name in names)
