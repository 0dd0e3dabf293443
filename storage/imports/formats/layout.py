"""Describes what an export's columns are called in three languages, and finds them. Pure.

Names are compared as :func:`storage.text_search.normalised` has them, so case, accents, brackets and the
spellings of Arabic letters do not matter.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

from storage.imports.errors import BrokenFile
from storage.imports.parse.csv_table import CsvTable
from storage.model import Metric, OwnerMetric
from storage.text_search import normalised

Counted = Metric | OwnerMetric
_Key = TypeVar("_Key")
LANGUAGES = ("en", "fr", "ar")
LANGUAGE_NAMES = {"en": "English", "fr": "French", "ar": "Arabic"}


class Part(StrEnum):
    """What a column may say beside counts."""

    BROADCAST = "broadcast"  # the platform's id
    LINK = "link"
    TITLE = "title"
    PUBLISHED = "published"
    DAY = "day"  # the day that the row's counts are of
    OWNER = "owner"  # the platform's id of the account
    HANDLE = "handle"
    HOW = "how"  # live or on demand
    POSITION = "position"  # seconds into the transmission
    MARK = "mark"  # not read: only tells this export from others


class FilePeriod(StrEnum):
    """What a row's counts are counted over."""

    LIFETIME = "lifetime"  # since the beginning, until the file was made
    PERIOD = "period"  # the days chosen for the export, which only the file's name tells
    DAY = "day"  # the day in the row; where it says no day, since the beginning


@dataclass(frozen=True, kw_only=True, slots=True)
class LayoutColumn:
    """The names of one column. ``whole``: it counts things; ``per``: so many make one of our unit."""

    en: tuple[str, ...]
    fr: tuple[str, ...] = ()
    ar: tuple[str, ...] = ()
    whole: bool = True
    per: int = 1

    def names(self, language: str) -> tuple[str, ...]:
        """Give the names in a language."""
        return {"en": self.en, "fr": self.fr, "ar": self.ar}[language]

    def all_names(self) -> str:
        """Give every name, for a person."""
        return ", ".join(dict.fromkeys((*self.en, *self.fr, *self.ar)))


@dataclass(frozen=True, kw_only=True, slots=True)
class Layout:
    """The columns of one export, which of them it ``needs``, and what its counts are of.

    ``zone`` is that of its days where the platform documents one, else the programme's is used.
    ``yields_to`` names the layout beside which, in one archive, it would count the same again.
    ``month_first``: dates in figures that may be read both ways name the month first.
    ``broadcast_of`` and ``handle_of`` find the broadcast's id and the account's name in a row.
    """

    name: str
    title: str
    platform: str
    source: str
    parts: Mapping[Part, LayoutColumn]
    counts: Mapping[Counted, LayoutColumn]
    needs: tuple[Part, ...]
    span: FilePeriod
    zone: str | None = None
    yields_to: str | None = None
    month_first: bool = False
    broadcast_of: Callable[[Mapping[Part, str]], str | None] = field(
        default=lambda parts: parts.get(Part.BROADCAST) or None
    )
    handle_of: Callable[[Mapping[Part, str]], str | None] = field(
        default=lambda parts: parts.get(Part.HANDLE) or None
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundLayout:
    """Where the columns of a layout stand in a table, and in which language it is written."""

    layout: Layout
    language: str
    parts: Mapping[Part, int]
    counts: Mapping[Counted, int]

    @property
    def missing(self) -> tuple[Part, ...]:
        """The columns without which the layout cannot be read."""
        return tuple(part for part in self.layout.needs if part not in self.parts)

    @property
    def matched(self) -> int:
        """How many columns were found."""
        return len(self.parts) + len(self.counts)

    @property
    def is_whole(self) -> bool:
        """Whether all that is needed is there, and something is counted."""
        return not self.missing and bool(self.counts)

    def why(self, table: CsvTable) -> str:
        """Say by what it was recognised."""
        places = [*(self.parts[part] for part in self.layout.needs), *self.counts.values()]
        named = ", ".join(table.columns[place] for place in dict.fromkeys(places))
        return f"{LANGUAGE_NAMES[self.language]} columns {named}"


def find_layout(table: CsvTable, layout: Layout) -> FoundLayout:
    """Find the columns of ``layout``, in the language in which most of them are named.

    Raises:
        Broken: a column that is read is named twice.
    """
    tries = [_find(table, layout, language) for language in LANGUAGES]
    return max(tries, key=lambda found: (found.is_whole, found.matched))


def _find(table: CsvTable, layout: Layout, language: str) -> FoundLayout:
    columns = [normalised(name) for name in table.columns]

    def place(column: LayoutColumn) -> int | None:
        wanted = {normalised(name) for name in column.names(language)}
        places = [at for at, name in enumerate(columns) if name in wanted]
        if len(places) > 1 and len({columns[at] for at in places}) == 1:
            raise BrokenFile(
                f"column {table.columns[places[0]]} is there twice",
                line=1,
                remedy="export it again, and do not edit it",
            )
        return places[0] if places else None

    return FoundLayout(
        layout=layout,
        language=language,
        parts=_there((part, place(column)) for part, column in layout.parts.items()),
        counts=_there((metric, place(column)) for metric, column in layout.counts.items()),
    )


def _there(places: Iterable[tuple[_Key, int | None]]) -> dict[_Key, int]:
    return {key: at for key, at in places if at is not None}
