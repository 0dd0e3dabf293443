"""Reads numbers as people's exports write them, all of a file in one convention. Pure.

Which marks part thousands and decimals depends on the owner's country, not only on the language:
CLDR has ``1.234,5`` for French and Arabic in Morocco, ``1 234,5`` (with U+202F) for French in
France, U+066C and U+066B for Arabic in Egypt and ``1,234.5`` for Arabic in the Emirates. So the
convention is found from the numbers themselves: the one that reads them all, counts as whole
numbers and thousands in threes. Digits may be European or Arabic in any of them. A file that none
reads is broken; one that two read differently is asked about.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from storage.imports.errors import BrokenFile

SPACES = " \u00a0\u202f\u2009"
#: What an export writes where there is no figure.
UNTOLD = frozenset(
    {"", "-", "--", "\u2013", "\u2014", "n/a", "na", "null", "none", "undefined", "غير متاح"}
)
_MARKS = dict.fromkeys(map(ord, "\u200e\u200f\u061c\u2066\u2067\u2068\u2069\ufeff"))
_MINUS = "-\u2212"


@dataclass(frozen=True, kw_only=True, slots=True)
class NumberFormat:
    """One way to write numbers: ``example`` is 1234.5 in it, ``group`` what may part thousands."""

    example: str
    group: str
    decimal: str
    _whole: re.Pattern[str] = field(init=False, repr=False, compare=False)
    _any: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Make the patterns."""
        whole = rf"[{_MINUS}]?(?:\d{{1,3}}(?:([{re.escape(self.group)}])\d{{3}}(?:\1\d{{3}})*)|\d+)"
        object.__setattr__(self, "_whole", re.compile(whole))
        object.__setattr__(self, "_any", re.compile(rf"{whole}(?:{re.escape(self.decimal)}\d+)?"))

    def read(self, text: str, *, whole: bool) -> float | None:
        """Give the number that a cleaned ``text`` writes; ``None`` when it is not written so."""
        pattern = self._whole if whole else self._any
        if not pattern.fullmatch(text):
            return None
        bare = text.translate({ord(mark): None for mark in self.group})
        return float(bare.replace(self.decimal, ".").replace("\u2212", "-"))


ENGLISH = NumberFormat(example="1,234.5", group=",", decimal=".")
SPACED = NumberFormat(example="1 234,5", group=SPACES, decimal=",")
DOTTED = NumberFormat(example="1.234,5", group=".", decimal=",")
ARABIC = NumberFormat(example="1\u066c234\u066b5", group="\u066c", decimal="\u066b")
POINTED = NumberFormat(example="1 234.5", group=SPACES, decimal=".")
CONVENTIONS = (ENGLISH, SPACED, DOTTED, ARABIC, POINTED)
#: What a language's exports are likelier to use where two conventions read all and differ.
_LIKELY = {"en": (ENGLISH,), "fr": (SPACED, DOTTED), "ar": ()}


@dataclass(frozen=True, kw_only=True, slots=True)
class WrittenNumber:
    """A number as it stands in a file; ``whole``: it counts things, so it has no decimals."""

    line: int
    column: str
    text: str
    whole: bool


def cleaned(text: str) -> str:
    """Give ``text`` with European digits, without marks of direction and spaces around it."""
    seen = text.translate(_MARKS).strip(SPACES + "\t")
    return "".join(_digit(one) for one in seen)


def parse_number(text: str) -> bool:
    """Tell whether a cell holds a figure at all."""
    return cleaned(text).casefold() not in UNTOLD


def number_format_of(
    numbers: Sequence[WrittenNumber], *, language: str, decimal: str | None = None
) -> NumberFormat:
    """Find how a file writes its numbers; ``decimal`` keeps only conventions with that mark.

    Raises:
        Broken: no convention reads them all, or two do and give different numbers.
    """
    candidates = [one for one in CONVENTIONS if decimal in (None, one.decimal)]
    reads = {one: _prefix(one, numbers) for one in candidates}
    fitting = [one for one in candidates if reads[one] == len(numbers)]
    if not fitting:
        furthest = max(candidates, key=lambda one: reads[one])
        raise _misfit(furthest, numbers, reads[furthest])
    if len({_values(one, numbers) for one in fitting}) == 1:
        return fitting[0]
    for likely in _LIKELY.get(language, ()):
        if likely in fitting:
            return likely
    odd = next(
        one
        for one in numbers
        if len({each.read(cleaned(one.text), whole=one.whole) for each in fitting}) > 1
    )
    raise BrokenFile(
        f"column {odd.column}: {odd.text!r} can be read as two different numbers",
        line=odd.line,
        remedy="say which mark parts the decimals, for example --decimal ,",
    )


def _prefix(convention: NumberFormat, numbers: Iterable[WrittenNumber]) -> int:
    """Give how many of the numbers ``convention`` reads before the first that it does not."""
    count = 0
    for one in numbers:
        if convention.read(cleaned(one.text), whole=one.whole) is None:
            break
        count += 1
    return count


def _values(convention: NumberFormat, numbers: Iterable[WrittenNumber]) -> tuple[float | None, ...]:
    return tuple(convention.read(cleaned(one.text), whole=one.whole) for one in numbers)


def _misfit(convention: NumberFormat, numbers: Sequence[WrittenNumber], at: int) -> BrokenFile:
    odd = numbers[at]
    alone = any(each.read(cleaned(odd.text), whole=odd.whole) is not None for each in CONVENTIONS)
    kind = "a whole number" if odd.whole else "a number"
    if not alone:
        return BrokenFile(
            f"column {odd.column}: {odd.text!r} is not {kind}",
            line=odd.line,
            remedy="export it again, and do not open it in a spreadsheet on the way",
        )
    return BrokenFile(
        f"column {odd.column}: {odd.text!r} is not written like the numbers before it"
        f" ({convention.example})",
        line=odd.line,
        remedy="export it again in one language; two kinds of decimal marks were mixed",
    )


def _digit(one: str) -> str:
    return str(unicodedata.digit(one)) if one.isdigit() and not one.isascii() else one
