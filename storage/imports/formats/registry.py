"""Knows every export that can be read, and tells which one a table is, and by what."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from storage.imports import read_rows
from storage.imports.errors import BrokenFile, UnrecognisedFile
from storage.imports.formats import (
    meta_content,
    meta_results,
    tiktok,
    x_analytics,
    youtube_analytics,
    youtube_live,
    youtube_studio,
)
from storage.imports.formats.layout import FoundLayout, Layout, find_layout
from storage.imports.parse.csv_table import CsvTable
from storage.imports.read_rows import ImportOptions, RowsReading

#: The plain table that LiveTally itself writes; see :mod:`storage.tables.long_form`.
LONG = "long"
_REMEDY = "name it with --format; `livetally storage import --help` lists what can be read"
#: So many columns of a layout have to be there before the others are said to be missing.
_LIKE = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Format:
    """One export: where its columns are, and what reads its rows."""

    layout: Layout
    read: Callable[[CsvTable, FoundLayout, ImportOptions], RowsReading] = read_rows.read_rows


FORMATS = (
    Format(layout=youtube_studio.TABLE),
    Format(layout=youtube_studio.DAYS),
    Format(layout=youtube_live.LIVE, read=youtube_live.read_live),
    Format(layout=youtube_analytics.VIDEOS),
    Format(layout=youtube_analytics.DAYS),
    Format(layout=youtube_analytics.BULK, read=youtube_analytics.read_bulk),
    Format(layout=meta_content.FACEBOOK),
    Format(layout=meta_content.INSTAGRAM),
    Format(layout=meta_results.FACEBOOK),
    Format(layout=meta_results.INSTAGRAM),
    Format(layout=x_analytics.POSTS),
    Format(layout=x_analytics.DAYS),
    Format(layout=tiktok.POSTS),
    Format(layout=tiktok.DAYS),
)
NAMES = (*(one.layout.name for one in FORMATS), LONG)


@dataclass(frozen=True, kw_only=True, slots=True)
class Recognised:
    """A table that can be read, as what, and why."""

    table: CsvTable
    format: Format
    found: FoundLayout
    why: str


def recognise(
    tables: Sequence[CsvTable], *, forced: str | None = None
) -> tuple[list[Recognised], list[str]]:
    """Tell what each table is; the second list names those that are left aside, and why.

    Raises:
        NotRecognised: none of them is known, or one is two things at once.
        Broken: a column that is read is named twice.
    """
    tables = [meta_results.named(table) for table in tables]
    known: list[Recognised] = []
    aside: list[str] = []
    for table in tables:
        one = _recognised(table, forced)
        if one is None:
            aside.append(f"{table.name}: nothing of it is read")
        else:
            known.append(one)
    if not known:
        raise _unknown(tables, forced)
    names = {one.format.layout.name for one in known}
    kept = [one for one in known if one.format.layout.yields_to not in names]
    aside += [
        f"{one.table.name}: counts the same again as {one.format.layout.yields_to}"
        for one in known
        if one not in kept
    ]
    return kept, aside


def _recognised(table: CsvTable, forced: str | None) -> Recognised | None:
    tries = [
        (found, one)
        for one in FORMATS
        if forced in (None, one.layout.name) and (found := find_layout(table, one.layout)).is_whole
    ]
    if not tries:
        return None
    most = max(found.matched for found, _ in tries)
    best = [(found, one) for found, one in tries if found.matched == most]
    if len(best) > 1:
        names = " or ".join(one.layout.name for _, one in best)
        raise UnrecognisedFile(f"{table.name} may be {names}", line=1, remedy=_REMEDY)
    [(found, one)] = best
    return Recognised(table=table, format=one, found=found, why=found.why(table))


def _unknown(tables: Sequence[CsvTable], forced: str | None) -> BrokenFile:
    """Say which column is missing from what the table is most like."""
    tries = [
        (find_layout(table, one.layout), table)
        for table in tables
        for one in FORMATS
        if forced in (None, one.layout.name)
    ]
    found, table = max(tries, key=lambda each: each[0].matched)
    if found.matched < _LIKE and forced is None:
        columns = ", ".join(table.columns[:12])
        return UnrecognisedFile(f"no known export has columns {columns}", line=1, remedy=_REMEDY)
    lacks = "; ".join(found.layout.parts[part].all_names() for part in found.missing)
    return UnrecognisedFile(
        f"it looks like {found.layout.title}, but has no column {lacks or 'of counts'}",
        line=1,
        remedy="export it again with that column; if it is there under another name, say so with"
        " --column 'its name=a name above'",
    )
