"""Numbers as people's exports write them, all of a file in one format. Pure.

Which marks part thousands and decimals depends on the owner's country, not only on the language:
CLDR has ``1.234,5`` for French and Arabic in Morocco, ``1 234,5`` (with U+202F) for French in
France, U+066C and U+066B for Arabic in Egypt and ``1,234.5`` for Arabic in the Emirates. So the
format is found from the numbers themselves: the one that reads them all, counts as whole
numbers and thousands in threes. Digits may be European or Arabic in any of them. A file that none
reads is broken; one that two read differently is ambiguous.
"""

import math
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import takewhile

from storage.imports.errors import BrokenFile

SPACES = " \u00a0\u202f\u2009"
#: What an export writes where there is no figure.
NO_FIGURE = frozenset(
    {
        "",
        "-",
        "--",
        "\u2013",
        "\u2014",
        "n/a",
        "#n/a",
        "na",
        "null",
        "none",
        "undefined",
        "غير متاح",
    }
)
_MARKS = dict.fromkeys(map(ord, "\u200e\u200f\u061c\u2066\u2067\u2068\u2069\ufeff"))
#: How a spreadsheet writes a number that is too long for a cell, and what to do then.
ROUNDED = re.compile(r"\d(?:[.,]\d+)?E[+]?\d+", re.IGNORECASE)
UNOPENED = "take the file as it was downloaded, and do not save it from a spreadsheet"
_MINUS = "-\u2212"


class Double(str):
    """A cell that a workbook holds as a number: no format but its own was ever in question."""

    __slots__ = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class NumberFormat:
    """One way to write numbers: ``example`` is 1234.5 in it, ``group`` what may part thousands."""

    example: str
    group: str
    decimal: str
    _integer: re.Pattern[str] = field(init=False, repr=False, compare=False)
    _any: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Compile the patterns."""
        integer = (
            rf"[{_MINUS}]?(?:\d{{1,3}}(?:([{re.escape(self.group)}])\d{{3}}(?:\1\d{{3}})*)|\d+)"
        )
        object.__setattr__(self, "_integer", re.compile(integer))
        object.__setattr__(self, "_any", re.compile(rf"{integer}(?:{re.escape(self.decimal)}\d+)?"))

    def read(self, text: str, *, integer: bool) -> float | None:
        """Return the number that a cleaned ``text`` writes; ``None`` when it is not in this format."""
        if isinstance(text, Double):
            number = float(text)
            return (
                number if math.isfinite(number) and (number.is_integer() or not integer) else None
            )
        pattern = self._integer if integer else self._any
        if not pattern.fullmatch(text):
            return None
        bare = text.translate({ord(mark): None for mark in self.group})
        return float(bare.replace(self.decimal, ".").replace("\u2212", "-"))


ENGLISH = NumberFormat(example="1,234.5", group=",", decimal=".")
SPACED = NumberFormat(example="1 234,5", group=SPACES, decimal=",")
DOTTED = NumberFormat(example="1.234,5", group=".", decimal=",")
ARABIC = NumberFormat(example="1\u066c234\u066b5", group="\u066c", decimal="\u066b")
POINTED = NumberFormat(example="1 234.5", group=SPACES, decimal=".")
NUMBER_FORMATS = (ENGLISH, SPACED, DOTTED, ARABIC, POINTED)
#: What a language's exports are likelier to use where two formats read all and differ.
_LIKELY = {"en": (ENGLISH,), "fr": (SPACED, DOTTED), "ar": ()}


@dataclass(frozen=True, kw_only=True, slots=True)
class WrittenNumber:
    """A number as it stands in a file; ``integer``: it counts things, so it has no decimals."""

    line: int
    column: str
    text: str
    integer: bool


def cleaned(text: str) -> str:
    """Return ``text`` with European digits, without marks of direction and spaces around it."""
    if isinstance(text, Double):
        return text
    bare = text.translate(_MARKS).strip(SPACES + "\t")
    return "".join(map(_european, bare))


def has_figure(text: str) -> bool:
    """Tell whether a cell holds a figure at all."""
    return cleaned(text).casefold() not in NO_FIGURE


def number_format_of(
    numbers: Sequence[WrittenNumber], *, language: str, decimal: str | None = None
) -> NumberFormat:
    """Find how a file writes its numbers; ``decimal`` keeps only formats with that mark.

    Raises:
        BrokenFile: no format reads them all, or two do and give different numbers.
    """
    candidates = [format_ for format_ in NUMBER_FORMATS if decimal in (None, format_.decimal)]
    reads = {format_: _prefix(format_, numbers) for format_ in candidates}
    fitting = [format_ for format_ in candidates if reads[format_] == len(numbers)]
    if not fitting:
        furthest = max(candidates, key=lambda format_: reads[format_])
        raise _misfit(furthest, numbers[reads[furthest]])
    odd = next(
        (number for number in numbers if len({_read(format_, number) for format_ in fitting}) > 1),
        None,
    )
    if odd is None:
        return fitting[0]
    for likely in _LIKELY.get(language, ()):
        if likely in fitting:
            return likely
    raise BrokenFile(
        f"ambiguous number in column {odd.column}: '{odd.text}' can be read as two different numbers",
        line=odd.line,
        remedy="name the decimal separator, for example --decimal ,",
    )


def _read(format_: NumberFormat, number: WrittenNumber) -> float | None:
    return format_.read(cleaned(number.text), integer=number.integer)


def _prefix(format_: NumberFormat, numbers: Iterable[WrittenNumber]) -> int:
    """Count the numbers that ``format_`` reads before the first that it does not."""
    return sum(1 for _ in takewhile(lambda number: _read(format_, number) is not None, numbers))


def _misfit(format_: NumberFormat, odd: WrittenNumber) -> BrokenFile:
    if all(_read(other, odd) is None for other in NUMBER_FORMATS):
        kind = "a whole number" if odd.integer else "a number"
        return BrokenFile(
            f"invalid number in column {odd.column}: '{odd.text}'; expected {kind}",
            line=odd.line,
            remedy=UNOPENED if ROUNDED.fullmatch(odd.text) else "export it again",
        )
    return BrokenFile(
        f"column {odd.column}: '{odd.text}' is not written like the numbers before it"
        f" ({format_.example})",
        line=odd.line,
        remedy="export it again in one language; two kinds of decimal marks were mixed",
    )


def _european(digit: str) -> str:
    return str(unicodedata.digit(digit)) if digit.isdigit() and not digit.isascii() else digit
