"""The style sheet for the reader's theme and direction, and the page's language for the browser."""

from functools import cache
from importlib.resources import files

from dashboard.charts.palette import Ink, ink


@cache
def style_sheet(*, dark: bool, rtl: bool) -> str:
    """Everything as one ``<style>`` element."""
    names = ("page.css", "tables.css", "rtl.css") if rtl else ("page.css", "tables.css")
    sheets = [files("dashboard").joinpath("ui", name).read_text("utf-8") for name in names]
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


def document_script(language: str, *, rtl: bool) -> str:
    """Tell the browser the document's language and direction, which Streamlit leaves at ``en``."""
    direction = "rtl" if rtl else "ltr"
    return (
        "<script>document.documentElement.lang='"
        f"{language}';document.documentElement.dir='{direction}';</script>"
    )
