"""Column names of every known export by language (the TOML files beside), and their search. Pure.

Names are compared as :func:`storage.text_search.normalised` has them, so case, accents, brackets and the
spellings of Arabic letters do not matter.

A file has ``[[layout]]`` entries, the fields of :class:`Layout`. ``[columns.KEY]`` tables are those of all
its layouts but of those ``without`` them, ``[layout.columns.KEY]`` those of one: names by language, and how it
counts. A key is a :class:`Part` or a metric.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from storage.imports.errors import BrokenFile
from storage.imports.parse.csv_table import CsvTable
from storage.imports.parse.number_format import Double
from storage.model import Metric, OwnerMetric
from storage.text_search import normalised

Counted = Metric | OwnerMetric
_METRICS: dict[str, Counted] = {str(metric): metric for metric in (*Metric, *OwnerMetric)}
_DOUBLE = re.compile(r"-?\d+\.\d+(?:E\d+)?")
_Key = TypeVar("_Key")
#: Seconds in which a platform may have made an id that tells them: 2010 to 2100.
_IDS_MADE = range(1_262_304_000, 4_102_444_800)
_LONGEST_ID = 20
LANGUAGE_NAMES = {
    "en": "English",
    "fr": "French",
    "ar": "Arabic",
    "de": "German",
    "es": "Spanish",
    "pt": "Portuguese",
    "ja": "Japanese",
}
LANGUAGES = tuple(LANGUAGE_NAMES)
#: In the order in which the formats are listed for people.
_FILES = (
    "youtube_studio",
    "youtube_live",
    "youtube_analytics",
    "youtube_reporting",
    "meta_content",
    "meta_results",
    "x_analytics",
    "tweet_activity",
    "tiktok",
    "twitch",
)


class Part(StrEnum):
    """What a column may hold beside counts."""

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


_PARTS = frozenset(map(str, Part))


class FilePeriod(StrEnum):
    """What a row's counts are counted over."""

    LIFETIME = "lifetime"  # since the beginning, until the file was made
    PERIOD = "period"  # the days chosen for the export, which only the file's name tells
    DAY = "day"  # the day in the row; where it says no day, since the beginning


@dataclass(frozen=True, kw_only=True, slots=True)
class LayoutColumn:
    """The names of one column by language, the most exact first.

    ``integer``: it holds whole numbers; ``per``: so many make one of our unit.
    """

    en: tuple[str, ...]
    fr: tuple[str, ...] = ()
    ar: tuple[str, ...] = ()
    de: tuple[str, ...] = ()
    es: tuple[str, ...] = ()
    pt: tuple[str, ...] = ()
    ja: tuple[str, ...] = ()
    integer: bool = True
    per: int = 1

    def names(self, language: str) -> tuple[str, ...]:
        """Return the names in a language of :data:`LANGUAGES`; where none is known, the English ones."""
        names: tuple[str, ...] = getattr(self, language)
        return names or self.en

    def all_names(self) -> str:
        """Return every name, for a person."""
        return ", ".join(dict.fromkeys(name for each in LANGUAGES for name in self.names(each)))


@dataclass(frozen=True, kw_only=True, slots=True)
class Layout:
    """The columns of one export, which of them it ``needs``, and what its counts are of.

    ``zone`` is that of its days where the platform documents one, else the programme's is used.
    ``yields_to`` names the layouts beside which, in one archive, it would count the same again.
    ``month_first``: dates in figures that may be read both ways name the month first.
    ``broadcast_id`` matches a broadcast's id as a whole; ``address`` finds ``broadcast`` and ``handle`` in
    a link. Where a row has both ids, ``address_first`` tells which one counts. ``id_shift``: without so
    many bits at its end, an id is the second of its making. ``cut_at``: a longer table ends at so many rows.
    ``decimals``: whole numbers are written as ``940.0`` and ``1.2E7``.
    """

    name: str
    title: str
    platform: str
    source: str
    parts: Mapping[Part, LayoutColumn]
    counts: Mapping[Counted, LayoutColumn]
    needs: tuple[Part, ...]
    period: FilePeriod
    zone: str | None = None
    yields_to: tuple[str, ...] = ()
    month_first: bool = False
    broadcast_id: re.Pattern[str] | None = None
    address: re.Pattern[str] | None = None
    address_first: bool = False
    id_shift: int | None = None
    cut_at: int | None = None
    decimals: bool = False

    def broadcast_of(self, cells: Mapping[Part, str]) -> str | None:
        """Return the id of a row's broadcast; ``None`` when no cell has one."""
        text = cells.get(Part.BROADCAST, "").removeprefix("'")  # a spreadsheet's mark of a text
        own = text if self.broadcast_id and self.broadcast_id.fullmatch(text) else None
        linked = self.in_address(cells.get(Part.LINK, ""), "broadcast")
        return linked or own if self.address_first else own or linked

    def made_at(self, broadcast: str | None) -> datetime | None:
        """Return when a broadcast's id was made, UTC; ``None``: it does not tell."""
        if broadcast is None or self.id_shift is None or len(broadcast) > _LONGEST_ID:
            return None
        seconds = int(broadcast) >> self.id_shift
        return datetime.fromtimestamp(seconds, UTC) if seconds in _IDS_MADE else None

    def count_text(self, cell: str) -> str:
        """Return a count's text; a :class:`Double` where only this export writes whole numbers so."""
        is_double = self.decimals and _DOUBLE.fullmatch(cell.strip())
        return Double(cell.strip()) if is_double else cell

    def handle_of(self, cells: Mapping[Part, str]) -> str | None:
        """Return the name of a row's account; ``None`` when no cell has it."""
        return cells.get(Part.HANDLE) or self.in_address(cells.get(Part.LINK, ""), "handle")

    def in_address(self, address: str, group: str) -> str | None:
        """Return the ``broadcast`` or the ``handle`` that an address names; ``None``: it names none."""
        match = self.address.search(address) if self.address else None
        return match.groupdict().get(group) if match else None


def _load(name: str) -> Iterator[Layout]:
    file = tomllib.loads(Path(__file__).with_name(f"{name}.toml").read_text("utf-8"))
    shared: dict[str, Any] = file.get("columns", {})
    for entry in file["layout"]:
        without = entry.pop("without", ())
        columns = {
            key: LayoutColumn(**facts | {name: tuple(facts.get(name, ())) for name in LANGUAGES})
            for key, facts in (shared | entry.pop("columns", {})).items()
            if key not in without
        }
        yield Layout(
            parts={Part(key): column for key, column in columns.items() if key in _PARTS},
            counts={_METRICS[key]: column for key, column in columns.items() if key not in _PARTS},
            needs=tuple(map(Part, entry.pop("needs"))),
            period=FilePeriod(entry.pop("period")),
            yields_to=tuple(entry.pop("yields_to", ())),
            **{
                key: re.compile(entry.pop(key))
                for key in ("broadcast_id", "address")
                if key in entry
            },
            **entry,
        )


LAYOUTS: Mapping[str, Layout] = MappingProxyType(
    {layout.name: layout for name in _FILES for layout in _load(name)}
)


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundLayout:
    """The places of a layout's columns in a table, and the language in which it is written."""

    layout: Layout
    language: str
    parts: Mapping[Part, int]
    counts: Mapping[Counted, int]

    @property
    def is_of_broadcasts(self) -> bool:
        """Whether each row is of a broadcast, and not of the whole account."""
        return Part.BROADCAST in self.parts or Part.LINK in self.layout.needs

    @property
    def missing(self) -> tuple[Part, ...]:
        """The columns without which the layout cannot be read."""
        return tuple(part for part in self.layout.needs if part not in self.parts)

    @property
    def matched(self) -> int:
        """How many columns the table has."""
        return len(self.parts) + len(self.counts)

    @property
    def is_complete(self) -> bool:
        """Whether all that is needed is there, and something is counted."""
        return not self.missing and bool(self.counts)

    def reason(self, table: CsvTable) -> str:
        """Return the columns by which the export was recognised, for a person."""
        places = [*(self.parts[part] for part in self.layout.needs), *self.counts.values()]
        named = ", ".join(table.columns[place] for place in dict.fromkeys(places))
        return f"{LANGUAGE_NAMES[self.language]} columns {named}"


def find_layout(table: CsvTable, layout: Layout) -> FoundLayout:
    """Find the columns of ``layout``, in the language in which most of them are named.

    Raises:
        BrokenFile: a column that is read is named twice.
    """
    tries = [_find_in_language(table, layout, language) for language in LANGUAGES]
    return max(tries, key=lambda match: (match.is_complete, match.matched))


def _find_in_language(table: CsvTable, layout: Layout, language: str) -> FoundLayout:
    columns = [normalised(name) for name in table.columns]

    def find_column(column: LayoutColumn) -> int | None:
        # Not the first of the file's columns: the names stand in order, the most exact first.
        for name in map(normalised, column.names(language)):
            places = [at for at, own in enumerate(columns) if own == name]
            if len(places) > 1:
                raise BrokenFile(
                    f"duplicate column '{table.columns[places[0]]}'",
                    line=1,
                    remedy="export it again, and do not edit it",
                )
            if places:
                return places[0]
        return None

    return FoundLayout(
        layout=layout,
        language=language,
        parts=_present((part, find_column(column)) for part, column in layout.parts.items()),
        counts=_present((metric, find_column(column)) for metric, column in layout.counts.items()),
    )


def _present(places: Iterable[tuple[_Key, int | None]]) -> dict[_Key, int]:
    return {key: at for key, at in places if at is not None}
