"""Method: what is counted, how each figure is made of it, and what was not seen. Layout only."""

from collections.abc import Callable
from functools import cache

import streamlit as st

from dashboard.components import method
from dashboard.components.links import Links
from dashboard.i18n.markup import phrase
from dashboard.session import growth_controls, layout
from dashboard.session.chart_block import trace_of
from dashboard.session.context import (
    RequestContext,
    build_context,
    chart_seconds,
    kept_query,
    number_seconds,
)
from dashboard.view_model.edition import EditionModel
from dashboard.view_model.root import DashboardModel
from storage.definitions import Definition, load


@cache
def definitions() -> tuple[Definition, ...]:
    """All there are."""
    return load()


@st.fragment(run_every=number_seconds())
def banners() -> None:
    """What is not as it seems."""
    layout.show_banners(build_context())


def explained(view: RequestContext) -> None:
    """What does not change while somebody reads."""
    words = view.words
    layout.html(
        f'<h1 class="lt-title">{phrase(words, "method.title")}</h1>'
        f'<p class="muted">{phrase(words, "method.lead")}</p>'
        + method.meanings(definitions(), view.edition, words)
        + method.figures(words)
    )


@st.fragment(run_every=chart_seconds())
def seen() -> None:
    """What was not seen, and what was corrected."""
    view = build_context()
    if view.edition is not None:
        links = Links(query=kept_query())
        layout.html(
            method.gaps(view.edition, view.words, view.now, links)
            + method.corrections(view.edition, view.words, view.now, links)
        )


def downloads(view: RequestContext, picture: DashboardModel, edition: EditionModel) -> None:
    """The files, each made when it is asked for."""
    words, simulated = view.words, picture.origin.simulated
    layout.html(
        f'<section class="lt-part"><h2>{phrase(words, "method.downloads")}</h2>'
        f'<p class="muted">{phrase(words, "method.downloads_what")}</p></section>'
    )
    state = picture.tables.state
    files: dict[str, Callable[[], bytes]] = {
        "minutes": lambda: growth_controls.csv(
            growth_controls.table(trace_of(edition)), edition.key, words, simulated=simulated
        ),
        "broadcasts": lambda: method.frame_csv(
            state.filter(state["edition"] == edition.key), simulated=simulated
        ),
        "gaps": lambda: method.frame_csv(edition.gaps, simulated=simulated),
        "corrections": lambda: method.frame_csv(edition.corrections, simulated=simulated),
        "definitions": lambda: method.definitions_csv(definitions()),
    }
    with st.container(horizontal=True, gap="small"):
        for key, made in files.items():
            of = "" if key == "definitions" else f"{edition.key}-"
            st.download_button(
                words.say(f"method.get_{key}"),
                made,
                file_name=f"livetally-{of}{key}.csv",
                mime="text/csv",
                on_click="ignore",
                key=f"get-{key}",
            )


banners()
page = build_context()
if page.picture is None:  # first, for what is explained is long
    layout.nothing_published(page)
elif page.edition is None:
    layout.no_editions(page)
explained(page)
if page.picture is not None and page.edition is not None:
    seen()
    downloads(page, page.picture, page.edition)
