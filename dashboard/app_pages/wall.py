"""Wall: how many, how far, is it live. Layout only."""

import streamlit as st

from dashboard.charts import growth
from dashboard.ui import explore, frame, wall
from dashboard.ui.charts import caption, is_simulated, show, trace_of
from dashboard.ui.links import Links
from dashboard.ui.view import View, chart_seconds, kept_query, look_now, number_seconds, the_screen

_BODY, _BODY_ON_A_WALL = 360, 215  # pixels; on a wall nobody can scroll


@st.fragment(run_every=number_seconds())
def numbers() -> None:
    """The status line, the total and the tiles."""
    view = look_now()
    frame.banners(view)
    if view.picture is None:
        frame.nothing_published(view)
    elif view.edition is None:
        frame.no_editions(view)
    else:
        edition, words, now = view.edition, view.words, view.now
        frame.html(wall.now_line(edition, words, now))
        frame.html(wall.hero(edition, words, now, silent_since=frame.silent_since(view)))
        links = links_of(view)
        frame.html(wall.tiles(edition, words, now, dark=view.dark, links=links))


@st.fragment(run_every=chart_seconds())
def curve() -> None:
    """The growth chart."""
    view = look_now()
    if view.edition is None:
        return
    trace = trace_of(view.edition)
    body = _BODY_ON_A_WALL if view.screen.kiosk else _BODY
    drawing = growth.wall(trace, view.look, target=view.edition.target_views, body=body)
    if drawing is not None:
        sheet = explore.sheet(trace, view.edition.key, view.words, simulated=is_simulated(view))
        show(drawing, view, key="wall", caption=caption(trace, view), sheet=sheet)


@st.fragment(run_every=number_seconds())
def on_air() -> None:
    """What is on air."""
    view = look_now()
    if view.edition is not None:
        links = links_of(view)
        frame.html(wall.on_air(view.edition, view.words, view.now, dark=view.dark, links=links))


def links_of(view: View) -> Links | None:
    """Where what is shown leads; nowhere on a wall or within another page."""
    return None if view.screen.bare else Links(kept=kept_query())


numbers()
curve()
if not the_screen().kiosk:
    on_air()
