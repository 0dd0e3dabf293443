"""Names of months as exports write them, whatever language the columns are in: CLDR's, by Babel. Pure.

A name that is another month in another language (*lis* is October in Polish, November in Czech) says
none. A day of the week that is spelt like a month, as the French *mar.*, gives way to a month beside it.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from babel import Locale

from storage.text_search import normalised

_LOCALES = [
    "en",
    "en_GB",
    "fr",
    "ar",
    "ar_DZ",
    "ar_LB",
    "ar_MA",
    "es",
    "de",
    "de_AT",
    "pt",
    "it",
    "nl",
    "ro",
    "pl",
    "cs",
    "hr",
    "tr",
    "id",
    "vi",
    "ru",
    "uk",
    "el",
    "hu",
    "sv",
    "da",
    "nb",
    "fi",
    "ja",
    "ko",
    "zh",
]
#: Spellings that people write and CLDR does not have.
_MORE = {"mrz": 3, "setiembre": 9, "يونيه": 6, "يوليه": 7}
_MOST_WORDS = 2


def month_of(named: Sequence[str]) -> tuple[int | None, list[str]]:
    """Return the one month that normalised words name, and the words that name none.

    The month is ``None`` where no word names one, or they name several.
    """
    months: list[str] = []
    others: list[str] = []
    at = 0
    while at < len(named):
        for length in range(_MOST_WORDS, 0, -1):
            name = " ".join(named[at : at + length])
            if name in _months():
                months.append(name)
                break
        else:
            length = 1
            others.append(named[at])
        at += length
    if len({_months()[name] for name in months}) > 1:
        months = [name for name in months if name not in _weekdays()]
    meanings = {_months()[name] for name in months}
    numbers = meanings.pop() if len(meanings) == 1 else frozenset[int]()
    return (next(iter(numbers)) if len(numbers) == 1 else None), others


@cache
def _months() -> Mapping[str, frozenset[int]]:
    """Return the months that each name is of, in any of the languages."""
    numbers_of: dict[str, set[int]] = defaultdict(set)
    for name, number in (*_names("months"), *_MORE.items()):
        numbers_of[normalised(name)].add(number)
    return {name: frozenset(numbers) for name, numbers in numbers_of.items()}


@cache
def _weekdays() -> frozenset[str]:
    return frozenset(normalised(name) for name, _ in _names("days"))


def _names(kind: str) -> Iterator[tuple[str, int]]:
    for locale in map(Locale.parse, _LOCALES):
        for context in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for number, name in getattr(locale, kind)[context][width].items():
                    yield name, number
