"""Wall: how many, how far, is it live. Layout only."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.charts import growth
from dashboard.components import wall
from dashboard.components.links import Links
from dashboard.session import growth_controls, layout
from dashboard.session.chart_block import Figure, caption, is_simulated, show, trace_of
from dashboard.session.context import (
    RequestContext,
    build_context,
    chart_seconds,
    kept_query,
    number_seconds,
    the_screen,
)
from dashboard.session.shared_render import MINUTE, SECOND, shared
from dashboard.view_model.edition import EditionModel

_BODY, _BODY_ON_A_WALL = 360, 195  # pixels; on a wall nobody can scroll


@st.fragment(run_every=number_seconds())
def numbers(below: DeltaGenerator | None) -> None:
    """The status line, the total and the tiles, and ``below`` the chart what is on air.

    One fragment: of two that ask at the same moment, Streamlit now and then loses one's answer.
    """
    view = build_context()
    layout.show_banners(view)
    if view.picture is None:
        layout.nothing_published(view)
    elif view.edition is None:
        layout.no_editions(view)
    else:
        edition = view.edition
        above, listing = shared(
            view, view.picture, lambda: told(view, edition), "numbers", edition.key, every=SECOND
        )
        layout.html(above)
        if below is not None:
            with below:
                layout.html(listing)


def told(view: RequestContext, edition: EditionModel) -> tuple[str, str]:
    """The status line, the total and the tiles as one piece of HTML, and what is on air.

    One piece: each costs the server a message to every viewer at every refresh.
    """
    words, now, dark = view.words, view.now, view.dark
    links = None if view.screen.bare else Links(query=kept_query())  # none from a wall or a frame
    above = (
        wall.now_line(edition, words, now),
        wall.hero(edition, words, now, silent_since=layout.silent_since(view)),
        wall.tiles(edition, words, now, dark=dark, links=links),
    )
    stacked = f'<div class="lt-stack">{"".join(above)}</div>'
    return stacked, wall.on_air(edition, words, now, dark=dark, links=links)


@st.fragment(run_every=chart_seconds())
def curve() -> None:
    """The growth chart."""
    view = build_context()
    picture, edition = view.picture, view.edition
    if picture is None or edition is None:
        return
    figure = shared(view, picture, lambda: drawn(view, edition), "wall", edition.key, every=MINUTE)
    if figure is not None:
        show(figure, view, key="wall")


def drawn(view: RequestContext, edition: EditionModel) -> Figure | None:
    """The chart of everything; None where there is nothing to draw."""
    trace = trace_of(edition)
    body = _BODY_ON_A_WALL if view.screen.kiosk else _BODY
    drawing = growth.wall_chart(trace, view.look, target=edition.target_views, body=body)
    if drawing is None:
        return None
    sheet = growth_controls.sheet(trace, edition.key, view.words, simulated=is_simulated(view))
    return Figure(drawing=drawing, caption=caption(trace, view), sheet=sheet)


top, middle = st.container(), st.container()
below_it = None if the_screen().kiosk else st.container()
with top:
    numbers(below_it)
with middle:
    curve()
