"""The scrolling table as HTML, what its cells hold, and the same rows as a file for a spreadsheet."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypeAlias

import polars as pl

from dashboard.charts.theme import color
from dashboard.components.links import Links, inward
from dashboard.i18n.markup import attribute, bdi, phrase, plural, title_of, untrusted
from dashboard.i18n.words import Words
from dashboard.view_model.broadcasts import Spark
from dashboard.view_model.edition import BroadcastRow, EditionModel
from dashboard.view_model.platforms import name

_ROWS = 240

#: A spreadsheet runs what begins like this; an apostrophe before it makes it text (ASVS 1.2.10).
_AS_TEXT = pl.col(pl.String).str.replace(r"^[=+\-@\t\r\x00]", "'${0}")

Kind: TypeAlias = Literal["moment", "platform", "number", "text"]
_CLASSES = {"moment": "w", "platform": "w", "number": "n", "text": "t"}


@dataclass(frozen=True, slots=True)
class Column:
    """One column: the class of its cells and the key of its heading's words.

    ``heading`` is HTML in place of those words. The cells of a ``named`` column say by themselves
    what they are, so that they need no label on a small screen; those of one that ``heads`` the
    rows are the rows' headings.
    """

    cls: str
    key: str = ""
    heading: str | None = None
    named: bool = False
    heads: bool = False


class Cell(NamedTuple):
    """A cell's content as HTML; a class beside its column's, a label's key in place of its own."""

    content: str
    cls: str = ""
    key: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class SheetColumn:
    """One column: its ``name`` in the frame, the key of its heading's words, what it holds."""

    name: str
    heading: str
    kind: Kind


@dataclass(frozen=True, kw_only=True, slots=True)
class Sheet:
    """The numbers behind a chart: the first of them as HTML, and all of them as a file."""

    html: str
    csv: bytes
    file_name: str


def table(
    words: Words,
    head: Sequence[Column],
    rows: Iterable[Sequence[str | Cell | None]],
    *,
    caption: str,
    scroll: str = "cards",
    sorted_by: str = "",
    chosen: int | None = None,
) -> str:
    """Return a table that a keyboard can scroll, named ``caption`` for who cannot see it.

    Cells are HTML; None reads as "not told". ``scroll`` has the classes of the scrolling box: with
    ``cards`` a small screen shows each row as a card, its cells labelled. ``sorted_by`` is the key
    of the column that decides the order, largest first, ``chosen`` the index of a marked row.
    """
    cards = "cards" in scroll.split()
    headings = "".join(
        f'<th scope="col" class="{column.cls}"{_order(column.key, sorted_by)}>'
        f"{phrase(words, column.key) if column.heading is None else column.heading}</th>"
        for column in head
    )
    body = "".join(
        ('<tr class="chosen">' if index == chosen else "<tr>")
        + "".join(_cell(words, cell, column, cards) for cell, column in zip(row, head, strict=True))
        + "</tr>"
        for index, row in enumerate(rows)
    )
    return (
        f'<div class="lt-scroll {scroll}" tabindex="0" role="group" aria-label="{attribute(caption)}">'
        f"<table><thead><tr>{headings}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _order(key: str, sorted_by: str) -> str:
    return ' aria-sort="descending"' if key and key == sorted_by else ""


def _cell(words: Words, cell: str | Cell | None, column: Column, labelled: bool) -> str:  # noqa: FBT001 - the table's own choice
    if cell is None:
        cell = Cell(phrase(words, "onair.not_told"), "none")
    elif isinstance(cell, str):
        cell = Cell(cell)
    cls = f"{column.cls} {cell.cls}" if cell.cls else column.cls
    if column.heads:
        return f'<th scope="row" class="{cls}">{cell.content}</th>'
    key = cell.key or column.key
    label = f' data-label="{attribute(words.say(key))}"' if labelled and not column.named else ""
    return f'<td class="{cls}"{label}>{cell.content}</td>'


def section(heading: str, *parts: str) -> str:
    """Return a part of a page under its heading; all of it is HTML."""
    return f'<section class="lt-part"><h2>{heading}</h2>{"".join(parts)}</section>'


def muted(content: str) -> str:
    """Return ``content``, which is HTML, as a paragraph that steps back."""
    return f'<p class="muted">{content}</p>'


def definition_list(pairs: Iterable[tuple[str, str | None]], cls: str = "") -> str:
    """Return pairs of a heading and a text, both HTML, as a list; pairs without a text are left out."""
    listed = "".join(
        f"<div><dt>{heading}</dt><dd>{text}</dd></div>" for heading, text in pairs if text
    )
    return f'<dl class="{cls}">{listed}</dl>' if cls else f"<dl>{listed}</dl>"


def count(words: Words, value: int | None) -> str | None:
    """Return a number with all its digits; None stays None."""
    return None if value is None else bdi(words.number(value), ltr=True)


def shade(edition: EditionModel, platform: str, *, dark: bool) -> str:
    """Return the platform's colour on this edition's pages."""
    return color(platform, dark=dark, among=edition.platforms)


def who(broadcast: BroadcastRow, tint: str) -> str:
    """Return the platform, marked with its colour, and the account."""
    return (
        f'<span class="lt-chip" style="--c:{tint}"></span>{bdi(name(broadcast.platform))}'
        f" · {bdi(untrusted(broadcast.account))}"
    )


def titled(broadcast: BroadcastRow, words: Words, links: Links | None) -> str:
    """Return the title as text, leading to the broadcast's page where there are ``links``."""
    text = bdi(title_of(words, broadcast.title))
    if links is None:
        return f'<span class="title">{text}</span>'
    return inward(links.to("broadcast", id=broadcast.broadcast), text, cls="title")


def spark(course: Spark | None, words: Words, tint: str) -> str | None:
    """Return how a broadcast ran, in bars from start to end; None where nothing was told."""
    known = [value for value in course.values if value is not None] if course else []
    if course is None or not known:
        return None
    key = "broadcasts.spark_viewers" if course.of_viewers else "broadcasts.spark_views"
    label = words.say(key, count=words.number(round(max(known))))
    cls = "lt-spark" if course.of_viewers else "lt-spark views"
    return bars(course.values, label, cls=cls, style=f' style="--c:{tint}"')


def bars(values: Sequence[float | None], label: str, *, cls: str, style: str = "") -> str:
    """Return ``values`` as bars as high as the largest of them allows; None is a dashed foot."""
    largest = max([1e-9, *(value for value in values if value is not None)])
    spoken = attribute(label)
    steps = "".join(
        '<i class="none"></i>'
        if value is None
        else f'<i style="height:{max(0.0, value) / largest * 100:.0f}%"></i>'
        for value in values
    )
    return (
        f'<div class="{cls}" role="img" aria-label="{spoken}" title="{spoken}"{style}>{steps}</div>'
    )


def sheet_of(
    rows: pl.DataFrame, columns: Sequence[SheetColumn], words: Words, *, csv: bytes, file_name: str
) -> Sheet:
    """Show the first of ``rows``, with their count; a null reads as "not told"."""
    shown = rows.select(column.name for column in columns).head(_ROWS)
    body = (
        [_written(value, column.kind, words) for value, column in zip(row, columns, strict=True)]
        for row in shown.iter_rows()
    )
    head = [Column(_CLASSES[column.kind], column.heading) for column in columns]
    html = table(words, head, body, caption=words.say("growth.table"), scroll="tall")
    return Sheet(
        html=muted(plural(words, "growth.rows", shown.height)) + html,
        csv=csv,
        file_name=file_name,
    )


def _written(value: Any, kind: Kind, words: Words) -> str | None:
    if value is None or kind == "number":
        return count(words, None if value is None else round(value))
    return bdi({"moment": words.full, "platform": name, "text": untrusted}[kind](value))


def csv_bytes(rows: pl.DataFrame) -> bytes:
    """Write the frame as UTF-8 with the mark that spreadsheets want; no cell runs as a formula."""
    return b"\xef\xbb\xbf" + rows.with_columns(_AS_TEXT).write_csv().encode()


def source_text(*, simulated: bool, imported: bool = False) -> str:
    """Return what a file's column ``source`` says of its numbers."""
    if imported:
        return "imported history, not measured by LiveTally"
    return "simulated" if simulated else "platform-reported, polled by LiveTally"
