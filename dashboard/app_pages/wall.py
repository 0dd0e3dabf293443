"""Wall: how many, how far, is it live. Layout only."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.charts import growth
from dashboard.components import wall
from dashboard.components.links import Links
from dashboard.session import growth_controls, layout
from dashboard.session.chart_block import Figure, curve_caption, edition_curves, show_figure
from dashboard.session.context import (
    RequestContext,
    build_context,
    carried_query,
    chart_seconds,
    current_display,
    number_seconds,
)
from dashboard.session.shared_render import MINUTE, SECOND, shared
from dashboard.view_model.edition import EditionModel
from dashboard.view_model.root import DashboardModel

_BODY, _BODY_ON_A_WALL = 360, 195  # pixels; on a wall nobody can scroll


@st.fragment(run_every=number_seconds())
def numbers(below: DeltaGenerator | None) -> None:
    """Show the status line, the total and the tiles, and ``below`` the chart what is on air.

    One fragment: of two that ask at the same moment, Streamlit now and then loses one's answer.
    """
    layout.show_banners(build_context())
    totals(below)


@layout.for_edition(explain=True)
def totals(
    context: RequestContext,
    model: DashboardModel,
    edition: EditionModel,
    below: DeltaGenerator | None,
) -> None:
    """Show the numbers, rendered once a second for all viewers."""
    above, on_air = shared(
        context, model, lambda: render(context, edition), "numbers", edition.key, every=SECOND
    )
    layout.html(above)
    if below is not None:
        with below:
            layout.html(on_air)


def render(context: RequestContext, edition: EditionModel) -> tuple[str, str]:
    """Return the status line, the total and the tiles as one piece of HTML, and what is on air.

    One piece: each costs the server a message to every viewer at every refresh.
    """
    words, now, dark = context.words, context.now, context.dark
    silent_since = context.current.silent_since(now)
    # No links from a wall or a frame.
    links = None if context.display.bare else Links(query=carried_query())
    above = (
        wall.now_line(edition, words, now),
        wall.hero(edition, words, now, silent_since=silent_since),
        wall.tiles(edition, words, now, dark=dark, links=links),
    )
    stack = f'<div class="lt-stack">{"".join(above)}</div>'
    return stack, wall.on_air(edition, words, now, dark=dark, links=links)


@st.fragment(run_every=chart_seconds())
@layout.for_edition()
def curve(context: RequestContext, model: DashboardModel, edition: EditionModel) -> None:
    """Show the growth chart."""
    figure = shared(
        context, model, lambda: draw(context, edition), "wall", edition.key, every=MINUTE
    )
    if figure is not None:
        show_figure(figure, context, key="wall")


def draw(context: RequestContext, edition: EditionModel) -> Figure | None:
    """Return the chart of everything; None where there is nothing to draw."""
    curves = edition_curves(edition)
    body = _BODY_ON_A_WALL if context.display.kiosk else _BODY
    drawing = growth.wall_chart(curves, context.theme, target=edition.target_views, body=body)
    if drawing is None:
        return None
    words, simulated = context.words, context.simulated
    sheet = growth_controls.sheet(curves, edition, words, simulated=simulated)
    return Figure(drawing=drawing, caption=curve_caption(curves, context, edition), sheet=sheet)


top, middle = st.container(), st.container()
below_it = None if current_display().kiosk else st.container()
with top:
    numbers(below_it)
with middle:
    curve()
