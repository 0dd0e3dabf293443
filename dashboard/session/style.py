"""The style sheet for the reader's theme and direction, and the page's language for the browser."""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from dashboard.charts.theme import Ink, ink


@cache
def style_sheet(*, dark: bool, rtl: bool) -> str:
    """Return everything as one ``<style>`` element."""
    names = ("page.css", "tables.css", "kiosk.css", *(("rtl.css",) if rtl else ()))
    sheets = [files("dashboard").joinpath("session", name).read_text("utf-8") for name in names]
    return f"<style>{_variables(ink(dark=dark))}\n{''.join(sheets)}</style>"


def _variables(colors: Ink) -> str:
    named = {
        "page": colors.page,
        "card": colors.card,
        "text": colors.text,
        "muted": colors.muted,
        "rule": colors.rule,
        "accent": colors.accent,
        "good": colors.good,
        "warn": colors.warn,
        "bad": colors.bad,
    }
    return ":root{" + "".join(f"--lt-{name}:{value};" for name, value in named.items()) + "}"


@cache
def _page_script() -> str:
    return files("dashboard").joinpath("session", "page.js").read_text("utf-8").rstrip()


def document_script(options: Mapping[str, Any]) -> str:
    """Return what the page does in the browser with ``options``; see ``page.js``.

    Streamlit leaves the document's language at ``en`` and knows no direction.
    """
    written = json.dumps(options, ensure_ascii=False).replace("</", "<\\/")
    return f"<script>{_page_script()}({written});</script>"
