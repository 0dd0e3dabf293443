"""One public page as a whole document: no request but its own, readable without its script."""

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files

from dashboard.charts.theme import DARK, LIGHT, Ink, color
from dashboard.components.banners import imported_statement
from dashboard.components.provenance import head_lines
from dashboard.i18n.markup import attribute, bdi, phrase
from dashboard.i18n.words import LANGUAGES, OWN_NAMES, Words
from dashboard.public.broadcasts import broadcasts
from dashboard.public.headline import countdown, standing, total
from dashboard.public.platform_cards import cards
from dashboard.public.svg_chart import PublicCurve
from dashboard.view_model.edition import EditionModel
from dashboard.view_model.root import DashboardModel
from storage.analysis.sight import EditionPhase

#: How long an open page believes in its publisher.
STALE_AFTER_SECONDS = 120
#: Without a script the browser asks for the page anew as often.
_RELOAD_SECONDS = 60
_ICON = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Crect width='16' height='16' rx='4' fill='%230E7490'/%3E%3Cpath d='M3 12 7 8l2 2 4-6' fill='none' stroke='%23fff' stroke-width='2'/%3E%3C/svg%3E"


@dataclass(frozen=True, kw_only=True)
class PageState:
    """What a page is made of. ``silent_since`` None: the collector gives signs of life."""

    picture: DashboardModel | None
    edition: EditionModel | None
    phase: EditionPhase
    now: datetime
    silent_since: datetime | None
    url: str  # where the pages are found, without a last slash; empty: not said
    card: bool  # whether there is a picture for link previews


def page(state: PageState, words: Words, curve: PublicCurve | None) -> bytes:
    """Return the document in the language of ``words``, as UTF-8."""
    style, script = _style(state), _script()
    picture = state.picture
    programme = picture.origin.programme if picture else None
    event = getattr(programme.names, words.language) if programme else words.say("app.name")
    head = "".join(
        (
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{_policy(style, script)}">',
            '<meta name="viewport" content="width=device-width,initial-scale=1">',
            f"<title>{_title(state, words, event)}</title>",
            f'<meta name="theme-color" content="{LIGHT.page}" media="(prefers-color-scheme:light)">',
            f'<meta name="theme-color" content="{DARK.page}" media="(prefers-color-scheme:dark)">',
            f'<link rel="icon" href="{_ICON}">',
            _about(state, words, event),
            f'<noscript><meta http-equiv="refresh" content="{_RELOAD_SECONDS}"></noscript>',
            f"<style>{style}</style>",
        )
    )
    at = state.edition.counted_at if state.edition else None
    offset = state.now.astimezone(words.zone).utcoffset()
    minutes = int(offset.total_seconds()) // 60 if offset else 0
    attributes = (
        f'lang="{words.language}" dir="{"rtl" if words.rtl else "ltr"}" data-state="{state.phase.value}"'
        f' data-digits="{"arab" if words.eastern else "latn"}" data-offset="{minutes}" data-after="{STALE_AFTER_SECONDS}"'
        f' data-published="{at.isoformat(timespec="seconds") if at else ""}"'
    )
    body = f'{_top(words, event)}<main id="now">{_main(state, words, curve)}</main>{_foot(state, words)}'
    return f"<!doctype html><html {attributes}><head>{head}</head><body>{body}<script>{script}</script></body></html>\n".encode()


def _main(state: PageState, words: Words, curve: PublicCurve | None) -> str:
    edition, now = state.edition, state.now
    banners = _banners(state, words)
    if edition is None:
        return (
            f'{banners}<section class="top"><h1>{phrase(words, "public.empty")}</h1>'
            f'<p class="muted">{phrase(words, "public.empty_what")}</p></section>'
        )
    name = bdi(getattr(edition.names, words.language))
    head = f"<h1>{name}</h1>{standing(edition, state.phase, words, now)}"
    if state.phase is EditionPhase.BEFORE:
        body = f'{banners}<section class="top">{head}{countdown(edition, words)}</section>'
        return body + broadcasts(edition, state.phase, words, now)
    return (
        f'{banners}<section class="top">{head}{total(edition, state.phase, words, now)}</section>'
        f"{cards(edition, words, now)}{_growth(curve, words)}"
        f"{broadcasts(edition, state.phase, words, now)}"
    )


def _growth(curve: PublicCurve | None, words: Words) -> str:
    """Return the curve, with where it breaks in words."""
    if curve is None:
        return f'<section><h2>{phrase(words, "public.chart")}</h2><p class="note">{phrase(words, "public.no_chart")}</p></section>'
    heading = phrase(words, "public.chart" if curve.of_views else "public.chart_viewers")
    notes = "".join(f"<li>{bdi(note)}</li>" for note in curve.notes)
    if 'class="gap' in curve.svg:
        notes = f"<li>{phrase(words, 'public.chart_note')}</li>{notes}"
    below = f'<ul class="notes">{notes}</ul>' if notes else ""
    return f'<section aria-labelledby="h-c"><h2 id="h-c">{heading}</h2><figure><div class="pane">{curve.svg}</div></figure>{below}</section>'


def _banners(state: PageState, words: Words) -> str:
    banners = ""
    if state.picture is not None and state.picture.origin.simulated:
        banners += f'<p class="ribbon"><b>{phrase(words, "app.simulated")}</b> {phrase(words, "app.simulated_why")}</p>'
    if state.edition is not None and state.edition.is_imported:
        banners += f'<p class="ribbon">{imported_statement(state.edition, words)}</p>'
    quiet = state.phase in {EditionPhase.EMPTY, EditionPhase.BEFORE, EditionPhase.FINAL}
    if state.silent_since is not None and not quiet:
        at = words.moment(state.silent_since, state.now)
        banners += (
            f'<p class="alarm" role="status">{phrase(words, "public.interrupted", at=at)}</p>'
        )
    stale = phrase(words, "public.stale", at="\0").replace("<bdi>", '<bdi id="since">')
    banners += (
        f'<p class="alarm" id="stale" role="status" hidden>{stale.replace(chr(0xFFFD), "")}</p>'
    )
    return f'<div class="banners">{banners}</div>'


def _top(words: Words, event: str) -> str:
    links = "".join(
        f'<span aria-current="page">{OWN_NAMES[code]}</span>'
        if code == words.language
        else f'<a href="{code}.html" lang="{code}" hreflang="{code}">{OWN_NAMES[code]}</a>'
        for code in LANGUAGES
    )
    return (
        f'<a class="skip" href="#now">{phrase(words, "public.skip")}</a><header class="head">'
        f'<p class="event">{bdi(event)}</p>'
        f'<nav aria-label="{attribute(words.say("public.languages"))}">{links}</nav></header>'
    )


def _foot(state: PageState, words: Words) -> str:
    lines = [phrase(words, "app.footer_definitions"), phrase(words, "public.made")]
    if state.picture is not None:
        lines.insert(1, phrase(words, "app.footer_zone", zone=words.zone_name(state.now)))
        lines += head_lines(state.picture.origin.heads, words)
    pause, resume = attribute(words.say("public.pause")), attribute(words.say("public.resume"))
    button = f'<button id="pause" type="button" data-pause="{pause}" data-resume="{resume}" hidden>{pause}</button>'
    return "<footer>" + "".join(f"<p>{line}</p>" for line in lines) + button + "</footer>"


def _title(state: PageState, words: Words, event: str) -> str:
    views = state.edition.total.views if state.edition else None
    if views is None:
        return attribute(words.say("public.title_bare", event=event))
    return attribute(words.say("public.title", views=words.number(views), event=event))


def _about(state: PageState, words: Words, event: str) -> str:
    """Return what link previews and search engines read."""
    edition = getattr(state.edition.names, words.language) if state.edition else ""
    described = attribute(words.say("public.description", event=event, edition=edition))
    base = f"{state.url}/" if state.url else ""
    meta = {
        "og:type": "website",
        "og:title": _title(state, words, event),
        "og:description": described,
        "og:locale": {"ar": "ar_MA", "fr": "fr_FR", "en": "en_GB"}[words.language],
    }
    if state.url:
        meta["og:url"] = attribute(f"{base}{words.language}.html")
    if state.card:
        meta["og:image"] = attribute(f"{base}og.{words.language}.png")
        meta |= {
            "og:image:width": "1200",
            "og:image:height": "630",
            "og:image:alt": meta["og:title"],
        }
    tags = "".join(f'<meta property="{key}" content="{value}">' for key, value in meta.items())
    tags += f'<meta name="description" content="{described}">'
    kind = "summary_large_image" if state.card else "summary"
    tags += f'<meta name="twitter:card" content="{kind}">'
    for code in LANGUAGES:
        tags += f'<link rel="alternate" hreflang="{code}" href="{attribute(base)}{code}.html">'
    return tags


def _policy(style: str, script: str) -> str:
    """Allow nothing but this page, its numbers and the pages beside it; no inline code but ours."""
    return (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@cache
def _script() -> str:
    lines = files("dashboard").joinpath("public", "page.js").read_text("utf-8").splitlines()
    return "\n".join(line.strip() for line in lines if line.strip())


@cache
def _sheet() -> str:
    lines = files("dashboard").joinpath("public", "page.css").read_text("utf-8").splitlines()
    return "".join(lines)


def _style(state: PageState) -> str:
    platforms = state.edition.platforms if state.edition else []
    light, dark = _variables(LIGHT, platforms, dark=False), _variables(DARK, platforms, dark=True)
    own = "".join(f".{key}{{--c:var(--{key})}}" for key in platforms)
    return f":root{{{light}}}@media(prefers-color-scheme:dark){{:root{{{dark}}}}}{own}{_sheet()}"


def _variables(ink: Ink, platforms: list[str], *, dark: bool) -> str:
    colors = {key: getattr(ink, key) for key in ("page", "card", "text", "muted", "rule", "accent", "good", "warn", "bad")}  # fmt: skip
    colors |= {key: color(key, dark=dark, among=platforms) for key in platforms}
    return "".join(f"--{key}:{value};" for key, value in colors.items())
