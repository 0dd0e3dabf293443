"""The picture that link previews show: drawn as SVG, shaped and painted by resvg with our fonts.

Whatever fonts the machine has play no part, so the picture is the same everywhere.
"""

from functools import cache
from importlib.resources import files
from pathlib import Path

import resvg_py

from dashboard.charts.theme import DARK, color
from dashboard.i18n.words import Words
from dashboard.public.svg_chart import bdi_text
from dashboard.view_model.edition import EditionModel
from dashboard.view_model.root import DashboardModel
from storage.analysis.sight import EditionPhase

WIDTH, HEIGHT = 1200, 630
_EDGE = 72
_FONTS = ("NotoSans-Regular", "NotoSans-Bold", "NotoSansArabic-Regular", "NotoSansArabic-Bold")
_LONGEST = 46  # signs of a name that fit


def preview_image(picture: DashboardModel, edition: EditionModel, words: Words) -> bytes:
    """Return the picture as PNG, 1200 by 630 pixels."""
    return resvg_py.svg_to_bytes(
        svg_string=preview_svg(picture, edition, words),
        font_files=[str(font) for font in _fonts()],
        skip_system_fonts=True,
        languages=[words.language],
        font_family="Noto Sans",
    )


def preview_svg(picture: DashboardModel, edition: EditionModel, words: Words) -> str:
    """Return the picture as SVG."""
    ink, views = DARK, edition.total.views
    lines = [f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{ink.page}"/>']
    event = getattr(picture.origin.programme.names, words.language)
    lines.append(_text(words, event, y=112, size=44, fill=ink.text, bold=True))
    lines.append(
        _text(words, getattr(edition.names, words.language), y=168, size=34, fill=ink.muted)
    )
    if edition.phase(picture.built_at) is EditionPhase.BEFORE:
        at = words.say("public.starts_at", at=words.full(edition.begins_at))
        lines.append(_text(words, at, y=340, size=58, fill=ink.text, bold=True))
    elif views is None:
        lines.append(_text(words, "—", y=360, size=150, fill=ink.muted, bold=True))
    else:
        lines.append(_text(words, words.number(views), y=360, size=156, fill=ink.text, bold=True))
        lines.append(_text(words, words.say(_label(edition)), y=424, size=34, fill=ink.muted))
        lines += _bar(edition, words, views)
    at = edition.counted_at
    foot = words.say("public.counted", at=words.full(at)) if at else ""
    lines.append(_text(words, foot, y=592, size=26, fill=ink.muted))
    if picture.origin.simulated:
        lines.append(_mark(words))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}"'
        f' font-family="Noto Sans">{"".join(lines)}</svg>'
    )


def _label(edition: EditionModel) -> str:
    """Return the key of what the number is: of all platforms only where every account answers."""
    answers = all(sight.answers for sight in edition.sights)
    return "public.card_label" if answers else "public.card_label_seen"


def _text(words: Words, text: str, *, y: int, size: int, fill: str, bold: bool = False) -> str:
    """Return a line at the side where the language begins; ``y`` and ``size`` in pixels."""
    shown = text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
    x, anchor = (WIDTH - _EDGE, "end") if words.rtl else (_EDGE, "start")
    weight = 700 if bold else 400
    return (
        f'<text x="{x}" y="{y}" text-anchor="{anchor}" font-size="{size}" font-weight="{weight}"'
        f' font-family="{_family(shown)}"'
        f' fill="{fill}">{bdi_text(words.run(shown))}</text>'
    )


def _family(text: str) -> str:
    """Put the font with the text's letters first: a fallback would come without its weight."""
    arabic = any("\u0600" <= sign <= "\u06ff" for sign in text)
    return "Noto Sans Arabic, Noto Sans" if arabic else "Noto Sans"


def _bar(edition: EditionModel, words: Words, views: int) -> list[str]:
    ink, length = DARK, WIDTH - 2 * _EDGE
    scale = max(views, edition.target_views or views, 1)
    parts = [f'<rect x="{_EDGE}" y="458" width="{length}" height="26" rx="13" fill="{ink.rule}"/>']
    at = 0.0
    for tile in edition.tiles:
        width = (tile.views or 0) / scale * length
        if width < 1:
            continue
        x = WIDTH - _EDGE - at - width if words.rtl else _EDGE + at
        shade = color(tile.platform, dark=True, among=edition.platforms)
        parts.append(
            f'<rect x="{x:.1f}" y="458" width="{max(1.0, width - 2):.1f}" height="26" fill="{shade}"/>'
        )
        at += width
    clip = f'<clipPath id="c"><rect x="{_EDGE}" y="458" width="{length}" height="26" rx="13"/></clipPath>'
    bar = f'{clip}<g clip-path="url(#c)">{"".join(parts)}</g>'
    if not edition.target_views:
        return [bar]
    goal = words.isolate(words.compact_tick(edition.target_views))
    if views >= edition.target_views:
        over = words.isolate(words.number(views - edition.target_views))
        text = words.say("total.passed", target=goal, views=over)
    else:
        percent = words.isolate(words.percent(views / edition.target_views))
        text = words.say("total.progress", percent=percent, target=goal)
    return [bar, _text(words, text, y=538, size=32, fill=ink.text, bold=True)]


def _mark(words: Words) -> str:
    """Say at the far corner that the numbers are of no real audience."""
    x, anchor = (_EDGE, "start") if words.rtl else (WIDTH - _EDGE, "end")
    text = bdi_text(words.run(words.say("app.simulated")))
    return (
        f'<text x="{x}" y="592" text-anchor="{anchor}" font-size="28" font-weight="700"'
        f' font-family="{_family(text)}"'
        f' fill="{DARK.warn}">{text}</text>'
    )


@cache
def _fonts() -> tuple[Path, ...]:
    folder = files("dashboard").joinpath("public", "fonts")
    return tuple(Path(str(folder.joinpath(f"{font}.ttf"))) for font in _FONTS)
