"""What surrounds every page: the top line, the banners, the guard of its content, and the footer."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Concatenate, ParamSpec

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.navigation.page import StreamlitPage

from dashboard.components import banners
from dashboard.components.wall import status_line
from dashboard.i18n.markup import attribute, bdi, phrase
from dashboard.i18n.words import LANGUAGES, OWN_NAMES, Words, words
from dashboard.session import controls, data_quality, preferences
from dashboard.session.context import (
    PAUSE,
    RequestContext,
    build_context,
    carried_query,
    current_refresher,
    language,
    number_seconds,
)
from dashboard.session.style import document_script, style_sheet
from dashboard.view_model.edition import EditionModel
from dashboard.view_model.root import DashboardModel

P = ParamSpec("P")


def html(body: str) -> None:
    """Put HTML of ours on the page, under our style."""
    st.html(f'<div class="lt">{body}</div>')


def title(words: Words, key: str) -> None:
    """Show the page's name, as its heading."""
    html(f'<h1 class="lt-title">{phrase(words, key)}</h1>')


def empty(words: Words, key: str) -> None:
    """Say why there is nothing to show here."""
    html(f'<p class="lt-empty">{phrase(words, key)}</p>')


def apply_style(context: RequestContext) -> None:
    """Return the page its style, language and direction, and tell the browser what it has to do."""
    words, display = context.words, context.display
    st.html(style_sheet(dark=context.dark, rtl=words.rtl))
    options = {
        "lang": words.language,
        "dir": "rtl" if words.rtl else "ltr",
        "digits": "arab" if words.eastern else "latn",
        "offset": words.offset(context.now).total_seconds(),
        "theme": display.theme,
        "shown": "dark" if context.dark else "light",
        "kiosk": display.kiosk,
        "bare": display.bare,
        "words": {key: words.say(f"page.{key}") for key in ("skip", "copy", "copied")}
        | {"lost": words.template("page.lost")},
    }
    st.html(document_script(options), unsafe_allow_javascript=True)


def loading() -> DeltaGenerator:
    """Hold the place of the page, of its own size, until the first model is built; empty it then."""
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


def top(context: RequestContext, pages: Mapping[str, StreamlitPage], here: StreamlitPage) -> None:
    """Show the name, the pages, the languages, the choices and the pause; on a wall nothing of it."""
    display = context.display
    if display.bare:
        return
    words = context.words
    with st.container(key="top", horizontal=True, vertical_alignment="center", gap="small"):
        programme = context.model.origin.programme.names if context.model else None
        event = f"<span>{bdi(getattr(programme, words.language))}</span>" if programme else ""
        st.html(
            f'<div class="lt lt-brand"><b>{words.say("app.name")}</b>{event}</div>', width="content"
        )
        with st.container(key="pages", horizontal=True, gap="xsmall", width="content"):
            for key, page in pages.items():
                st.page_link(page, label=words.say(f"app.{key}"), query_params=carried_query())
        with st.container(
            key="languages",
            horizontal=True,
            vertical_alignment="center",
            gap="xsmall",
            width="content",
        ):
            language_links(here, st.query_params.to_dict())
            preferences.popover(context, here)
        explanation = words.say("app.pause_help")
        controls.toggle(PAUSE, words.say("app.pause"), on=display.paused, explanation=explanation)


def language_links(here: StreamlitPage, query: Mapping[str, str]) -> None:
    """Link to the same page in the other languages, with ``query``."""
    for code in LANGUAGES:
        if code != language():
            st.page_link(here, label=OWN_NAMES[code], query_params={**query, "lang": code})


def page_top(heading: str | None = None, *, status: bool = False) -> None:
    """Show the banners and the page's heading, and keep them up to date.

    ``heading`` is the key of its words; with ``status`` the edition's status line follows.
    """

    @st.fragment(run_every=number_seconds())
    def fragment() -> None:
        context = build_context()
        show_banners(context)
        if heading is not None:
            title(context.words, heading)
        if status and context.edition is not None:
            html(status_line(context.edition, context.words, context.now))

    fragment()


def show_banners(context: RequestContext) -> None:
    """Say what is not as it seems: simulated, collector dead, page not refreshed, numbers flawed."""
    current, words, now = context.current, context.words, context.now
    silence, paused = current.silent_since(now), context.display.paused
    parts = [
        banners.ribbon(words, context.model),
        *banners.warnings(words, current, now, silent_since=silence, paused=paused),
        banners.imported_banner(context.edition, words),
    ]
    if not context.display.bare:  # a wall has its tiles and its chart
        parts.append(data_quality.quality_line(context, dead=silence is not None))
    if any(parts):
        html("".join(parts))


def footer(context: RequestContext) -> None:
    """Say where the numbers come from and which clock they follow."""
    if context.model is not None:
        brief = context.display.bare
        html(banners.footnote(context.words, context.model, context.now, brief=brief))


def for_edition(
    *, explain: bool = False
) -> Callable[
    [Callable[Concatenate[RequestContext, DashboardModel, EditionModel, P], None]],
    Callable[P, None],
]:
    """Let a function show its part of the page where there are a model and an edition.

    It is given the context, the model and the edition of the moment it is called at. Where there
    are none it is not called; with ``explain`` the page says why.
    """

    def guard(
        show: Callable[Concatenate[RequestContext, DashboardModel, EditionModel, P], None],
    ) -> Callable[P, None]:
        @wraps(show)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> None:
            context = build_context()
            if context.model is not None and context.edition is not None:
                show(context, context.model, context.edition, *args, **kwargs)
            elif explain:
                explain_absence(context)

        return guarded

    return guard


def explain_absence(context: RequestContext) -> None:
    """Say what to run or configure where nothing is published, or there is no edition."""
    words, current = context.words, context.current
    if context.model is None:
        folder = context.refresher.folder
        html(banners.nothing_published(words, current, folder, context.now))
    else:
        html(banners.no_editions(words))
