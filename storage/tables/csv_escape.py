"""Keeps text that a spreadsheet would take for a formula text, and gives it back unchanged. Pure.

A cell that begins with one of :data:`RISKY` gets an apostrophe before it, which spreadsheets take
as "this is text". A cell that begins with an apostrophe gets one too, so that taking one away is
always right: :func:`unescape` undoes :func:`escape` for every text.
"""

import polars as pl

#: What a spreadsheet may begin to compute at. Native ids of YouTube do begin with a hyphen.
RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001 - full width counts in East Asian settings
_MARK = "'"
_MARKED = (*RISKY, _MARK)
_PATTERN = "^[=+\\-@\\t\\r\\n＝＋－＠']"  # noqa: RUF001 - as above


def escape(text: pl.Expr) -> pl.Expr:
    """Return a text column as it is written into a file that spreadsheets open; null stays null."""
    return text.str.replace(_PATTERN, f"{_MARK}$0")


def guarded_text(text: str) -> str:
    """Return one text as :func:`escape` gives a column of them."""
    return _MARK + text if text.startswith(_MARKED) else text


def unescape(text: str) -> str:
    """Return the text that :func:`escape` was given."""
    return text[1:] if text.startswith(_MARK) and text[1:].startswith(_MARKED) else text
