"""Wall: how many, how far, is it live. Layout only."""

import streamlit as st

from dashboard.charts import growth
from dashboard.edition import EditionPicture
from dashboard.ui import explore, frame, wall
from dashboard.ui.charts import Figure, caption, is_simulated, show, trace_of
from dashboard.ui.links import Links
from dashboard.ui.sharing import MINUTE, SECOND, shared
from dashboard.ui.view import (
    View,
    chart_seconds,
    kept_query,
    list_seconds,
    look_now,
    number_seconds,
    the_screen,
)

_BODY, _BODY_ON_A_WALL = 360, 195  # pixels; on a wall nobody can scroll


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
        edition = view.edition
        parts = shared(
            view, view.picture, lambda: told(view, edition), "numbers", edition.key, every=SECOND
        )
        for part in parts:
            frame.html(part)


def told(view: View, edition: EditionPicture) -> tuple[str, ...]:
    """The status line, the total and the tiles as HTML."""
    words, now = view.words, view.now
    return (
        wall.now_line(edition, words, now),
        wall.hero(edition, words, now, silent_since=frame.silent_since(view)),
        wall.tiles(edition, words, now, dark=view.dark, links=links_of(view)),
    )


@st.fragment(run_every=chart_seconds())
def curve() -> None:
    """The growth chart."""
    view = look_now()
    picture, edition = view.picture, view.edition
    if picture is None or edition is None:
        return
    figure = shared(view, picture, lambda: drawn(view, edition), "wall", edition.key, every=MINUTE)
    if figure is not None:
        show(figure, view, key="wall")


def drawn(view: View, edition: EditionPicture) -> Figure | None:
    """The chart of everything; None where there is nothing to draw."""
    trace = trace_of(edition)
    body = _BODY_ON_A_WALL if view.screen.kiosk else _BODY
    drawing = growth.wall(trace, view.look, target=edition.target_views, body=body)
    if drawing is None:
        return None
    sheet = explore.sheet(trace, edition.key, view.words, simulated=is_simulated(view))
    return Figure(drawing=drawing, caption=caption(trace, view), sheet=sheet)


@st.fragment(run_every=list_seconds())
def on_air() -> None:
    """What is on air."""
    view = look_now()
    picture, edition = view.picture, view.edition
    if picture is not None and edition is not None:
        frame.html(
            shared(
                view, picture, lambda: listed(view, edition), "on air", edition.key, every=SECOND
            )
        )


def listed(view: View, edition: EditionPicture) -> str:
    """What is on air as HTML."""
    links = links_of(view)
    return wall.on_air(edition, view.words, view.now, dark=view.dark, links=links)


def links_of(view: View) -> Links | None:
    """Where what is shown leads; nowhere on a wall or within another page."""
    return None if view.screen.bare else Links(kept=kept_query())


numbers()
curve()
if not the_screen().kiosk:
    on_air()
