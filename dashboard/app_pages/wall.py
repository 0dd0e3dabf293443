"""Wall: how many, how far, is it live. Layout only."""

import streamlit as st

from dashboard.charts import growth
from dashboard.ui import frame, wall
from dashboard.ui.charts import show, trace_of
from dashboard.ui.links import Links
from dashboard.ui.markup import phrase
from dashboard.ui.view import chart_seconds, kept_query, look_now, number_seconds


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
        frame.html(wall.hero(edition, words, now))
        frame.html(wall.tiles(edition, words, now, dark=view.dark, links=Links(kept=kept_query())))


@st.fragment(run_every=chart_seconds())
def curve() -> None:
    """The growth chart."""
    view = look_now()
    if view.edition is None:
        return
    drawing = growth.wall(trace_of(view.edition), view.look, target=view.edition.target_views)
    if drawing is not None:
        heading = "heading_wall" if view.edition.telling else "heading_viewers"
        frame.html(f"<h2>{phrase(view.words, f'chart.{heading}')}</h2>")
        show(drawing, view, key="wall")


@st.fragment(run_every=number_seconds())
def on_air() -> None:
    """What is on air."""
    view = look_now()
    if view.edition is not None:
        frame.html(
            wall.on_air(
                view.edition, view.words, view.now, dark=view.dark, links=Links(kept=kept_query())
            )
        )


numbers()
curve()
on_air()
