"""A frame as people read it: a table under a chart, and the same as a file for a spreadsheet."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import polars as pl

from dashboard.i18n.markup import bdi, phrase, plural, untrusted
from dashboard.i18n.words import Words
from dashboard.view_model.platforms import name

_ROWS = 240

#: A spreadsheet runs what begins like this; an apostrophe before it makes it text (ASVS 1.2.10).
_AS_TEXT = pl.col(pl.String).str.replace(r"^[=+\-@\t\r\x00]", "'${0}")

Kind = Literal["moment", "platform", "number", "text"]
_CELLS = {"moment": "w", "platform": "w", "number": "n", "text": "t"}


@dataclass(frozen=True, kw_only=True, slots=True)
class SheetColumn:
    """One column: its ``name`` in the frame, the key of its heading's words, what it holds."""

    name: str
    heading: str
    kind: Kind


@dataclass(frozen=True, kw_only=True, slots=True)
class Sheet:
    """The numbers behind a chart: the first of them as HTML, and the whole of them as a file."""

    html: str
    csv: bytes
    file_name: str


def sheet_of(
    rows: pl.DataFrame, columns: Sequence[SheetColumn], words: Words, *, csv: bytes, file_name: str
) -> Sheet:
    """Show the first of ``rows``, with their count; a null is said to be untold."""
    head = "".join(
        f'<th scope="col" class="{_CELLS[one.kind]}">{phrase(words, one.heading)}</th>'
        for one in columns
    )
    shown = rows.select(one.name for one in columns).head(_ROWS)
    body = "".join(
        "<tr>"
        + "".join(_cell(value, one.kind, words) for value, one in zip(row, columns, strict=True))
        + "</tr>"
        for row in shown.iter_rows()
    )
    html = (
        f'<p class="muted">{plural(words, "growth.rows", shown.height)}</p>'
        f'<div class="lt-scroll tall" tabindex="0" role="group" aria-label="{words.say("growth.table")}">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )
    return Sheet(html=html, csv=csv, file_name=file_name)


def csv_bytes(rows: pl.DataFrame) -> bytes:
    """The frame as UTF-8 with the mark that spreadsheets want; no cell of it is run as a formula."""
    return b"\xef\xbb\xbf" + rows.with_columns(_AS_TEXT).write_csv().encode()


def _cell(value: Any, kind: Kind, words: Words) -> str:
    if value is None:
        return f'<td class="{_CELLS[kind]} none">{phrase(words, "onair.not_told")}</td>'
    if kind == "number":
        return f'<td class="n">{bdi(words.number(round(value)), ltr=True)}</td>'
    written = {"moment": words.full, "platform": name, "text": untrusted}[kind](value)
    return f'<td class="{_CELLS[kind]}">{bdi(written)}</td>'
