"""Growth: cumulative views, their rate and the viewers, by edition, platform or broadcast."""

import streamlit as st

from dashboard.charts import growth
from dashboard.i18n.markup import bdi, phrase, title_of
from dashboard.session import growth_controls as explore
from dashboard.session import layout as frame
from dashboard.session.chart_block import Figure, caption, is_simulated, show
from dashboard.session.context import View, chart_seconds, look_now, number_seconds
from dashboard.session.shared_render import MINUTE, shared
from dashboard.view_model.edition import EditionPicture


@st.fragment(run_every=number_seconds())
def banners() -> None:
    """What is not as it seems."""
    frame.banners(look_now())


@st.fragment(run_every=chart_seconds())
def curves(choice: explore.Choice) -> None:
    """The chart, its notes, its table and the download."""
    view = look_now()
    words, picture, edition = view.words, view.picture, view.edition
    if picture is None or edition is None:
        return
    figure = shared(
        view,
        picture,
        lambda: drawn(view, edition, choice),
        "growth",
        edition.key,
        choice,
        every=MINUTE,
    )
    if figure is None:
        empty = "growth.nothing_range" if choice.hours else "growth.nothing"
        frame.html(f'<p class="lt-empty">{phrase(words, empty)}</p>')
        return
    if choice.broadcast:
        frame.html(f'<p class="lt-of">{broadcast_title(view, choice.broadcast)}</p>')
    show(figure, view, key="growth")
    if not view.screen.bare:
        frame.html(f'<p class="muted">{phrase(words, "growth.zoom")}</p>')


def drawn(view: View, edition: EditionPicture, choice: explore.Choice) -> Figure | None:
    """The curves of the choice; None where there is nothing to draw."""
    trace = explore.trace(view, edition, choice)
    target = explore.target(edition, choice)
    drawing = growth.explore(trace, view.look, target=target, zoom=not view.screen.kiosk)
    if drawing is None:
        return None
    since, one = choice.hours is not None, choice.broadcast is not None
    return Figure(
        drawing=drawing,
        caption=caption(trace, view, since=since, one=one),
        sheet=explore.sheet(trace, edition.key, view.words, simulated=is_simulated(view)),
    )


def broadcast_title(view: View, key: str) -> str:
    """The chosen broadcast's title as HTML."""
    listed = view.edition.broadcasts if view.edition else ()
    title = next((one.title for one in listed if one.broadcast == key), "")
    return bdi(title_of(view.words, title))


banners()
page = look_now()
frame.title(page.words, "growth.title")
if page.picture is None:
    frame.nothing_published(page)
elif page.edition is None:
    frame.no_editions(page)
else:
    curves(explore.choose(page, page.picture, page.edition))
