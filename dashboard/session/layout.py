"""What surrounds every page: the top line, the banners that tell the truth, and the footer."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.navigation.page import StreamlitPage

from dashboard.components import banners
from dashboard.i18n.markup import attribute, bdi, phrase
from dashboard.i18n.words import LANGUAGES, OWN_NAMES, Words, words
from dashboard.session import controls, data_quality, preferences
from dashboard.session.context import PAUSE, RequestContext, current_refresher, kept_query, language
from dashboard.session.style import document_script, style_sheet
from storage.read_model.reader import DEAD_AFTER_SECONDS

DEAD_AFTER = timedelta(seconds=DEAD_AFTER_SECONDS)


def html(body: str) -> None:
    """Put HTML of ours on the page, under our style."""
    st.html(f'<div class="lt">{body}</div>')


def title(words: Words, key: str) -> None:
    """The page's name, as its heading."""
    html(f'<h1 class="lt-title">{phrase(words, key)}</h1>')


def apply_style(view: RequestContext) -> None:
    """Give the page its style, language and direction, and tell the browser what it has to do."""
    words, screen = view.words, view.screen
    st.html(style_sheet(dark=view.dark, rtl=words.rtl))
    told = {
        "lang": words.language,
        "dir": "rtl" if words.rtl else "ltr",
        "digits": "arab" if words.eastern else "latn",
        "offset": words.offset(view.now).total_seconds(),
        "theme": screen.theme,
        "shown": "dark" if view.dark else "light",
        "kiosk": screen.kiosk,
        "bare": screen.bare,
        "words": {key: words.say(f"page.{key}") for key in ("skip", "copy", "copied")}
        | {"lost": words.template("page.lost")},
    }
    st.html(document_script(told), unsafe_allow_javascript=True)


def loading() -> DeltaGenerator:
    """What stands here until the first picture is built, of the page's own size; empty it then."""
    place = st.empty()
    if not current_refresher().built.is_set():
        dark = st.context.theme.type == "dark"
        tiles = '<i class="tile"></i>' * 5
        place.html(
            f"{style_sheet(dark=dark, rtl=False)}"
            f'<div class="lt lt-skeleton" role="status" aria-label="{attribute(words(language()).say("page.loading"))}">'
            f'<i class="line"></i><i class="figure"></i><i class="bar"></i><div class="lt-tiles">{tiles}</div>'
            '<i class="chart"></i></div>'
        )
    return place


def top(view: RequestContext, pages: Mapping[str, StreamlitPage], here: StreamlitPage) -> None:
    """The name, the pages, the languages, the choices and the pause; on a wall nothing of it."""
    if view.screen.bare:
        return
    words = view.words
    with st.container(key="top", horizontal=True, vertical_alignment="center", gap="small"):
        programme = view.picture.origin.programme.names if view.picture else None
        event = f"<span>{bdi(getattr(programme, words.language))}</span>" if programme else ""
        st.html(
            f'<div class="lt lt-brand"><b>{words.say("app.name")}</b>{event}</div>', width="content"
        )
        with st.container(key="pages", horizontal=True, gap="xsmall", width="content"):
            for key, page in pages.items():
                st.page_link(page, label=words.say(f"app.{key}"), query_params=kept_query())
        with st.container(
            key="languages",
            horizontal=True,
            vertical_alignment="center",
            gap="xsmall",
            width="content",
        ):
            for code in LANGUAGES:
                if code != language():
                    query = {**st.query_params, "lang": code}
                    st.page_link(here, label=OWN_NAMES[code], query_params=query)
            preferences.popover(view, here)
        controls.toggle(
            PAUSE, words.say("app.pause"), on=view.screen.paused, told=words.say("app.pause_help")
        )


def show_banners(view: RequestContext) -> None:
    """Say what is not as it seems: simulated, collector dead, page not refreshed, numbers flawed."""
    silence = silent_since(view)
    parts = banners.ribbon(view.words, view.picture) + "".join(
        banners.warnings(
            view.words, view.current, view.now, silent_since=silence, paused=view.screen.paused
        )
    )
    if not view.screen.bare:  # a wall has its tiles and its chart
        parts += data_quality.line(view, dead=silence is not None)
    if parts:
        html(parts)


def silent_since(view: RequestContext) -> datetime | None:
    """Return when the collector last showed life, if that is too long ago; None while it lives."""
    beat = view.current.heartbeat_at
    return beat if beat is not None and view.now - beat > DEAD_AFTER else None


def footer(view: RequestContext) -> None:
    """Say where the numbers come from and which clock they follow."""
    if view.picture is not None:
        html(banners.footnote(view.words, view.picture, view.now, brief=view.screen.bare))


def nothing_published(view: RequestContext) -> None:
    """Show the page before anything was published: what to run."""
    html(banners.nothing_published(view.words, view.current, view.source.folder))


def no_editions(view: RequestContext) -> None:
    """Show the page when the configuration names no edition."""
    html(banners.no_editions(view.words))
