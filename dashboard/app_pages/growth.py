"""Growth: cumulative views, their rate and the viewers, by edition, platform or broadcast."""

import streamlit as st

from dashboard.charts import growth
from dashboard.ui import explore, frame
from dashboard.ui.charts import caption, is_simulated, show
from dashboard.ui.markup import bdi, phrase, title_of
from dashboard.ui.view import View, chart_seconds, look_now, number_seconds


@st.fragment(run_every=number_seconds())
def banners() -> None:
    """What is not as it seems."""
    frame.banners(look_now())


@st.fragment(run_every=chart_seconds())
def curves(choice: explore.Choice) -> None:
    """The chart, its notes, its table and the download."""
    view = look_now()
    if view.edition is None:
        return
    words = view.words
    trace = explore.trace(view, view.edition, choice)
    target = explore.target(view.edition, choice)
    drawing = growth.explore(trace, view.look, target=target, zoom=not view.screen.kiosk)
    if drawing is None:
        empty = "growth.nothing_range" if choice.hours else "growth.nothing"
        frame.html(f'<p class="lt-empty">{phrase(words, empty)}</p>')
        return
    if choice.broadcast:
        frame.html(f'<p class="lt-of">{broadcast_title(view, choice.broadcast)}</p>')
    one = choice.broadcast is not None
    show(
        drawing,
        view,
        key="growth",
        caption=caption(trace, view, since=choice.hours is not None, one=one),
        sheet=explore.sheet(trace, view.edition.key, words, simulated=is_simulated(view)),
    )
    if not view.screen.bare:
        frame.html(f'<p class="muted">{phrase(words, "growth.zoom")}</p>')


def broadcast_title(view: View, key: str) -> str:
    """The chosen broadcast's title as HTML."""
    listed = view.edition.broadcasts if view.edition else ()
    title = next((one.title for one in listed if one.broadcast == key), "")
    return bdi(title_of(view.words, title))


banners()
page = look_now()
frame.html(f'<h1 class="lt-title">{phrase(page.words, "growth.title")}</h1>')
if page.picture is None:
    frame.nothing_published(page)
elif page.edition is None:
    frame.no_editions(page)
else:
    curves(explore.choose(page, page.picture, page.edition))
