"""Growth: cumulative views, their rate and the viewers, by edition, platform or broadcast."""

import streamlit as st

from dashboard.charts import growth
from dashboard.i18n.markup import bdi, phrase, title_of
from dashboard.session import growth_controls, layout
from dashboard.session.chart_block import Figure, caption, is_simulated, show
from dashboard.session.context import RequestContext, build_context, chart_seconds, number_seconds
from dashboard.session.shared_render import MINUTE, shared
from dashboard.view_model.edition import EditionModel


@st.fragment(run_every=number_seconds())
def banners() -> None:
    """What is not as it seems."""
    layout.show_banners(build_context())


@st.fragment(run_every=chart_seconds())
def curves(choice: growth_controls.GrowthChoice) -> None:
    """The chart, its notes, its table and the download."""
    view = build_context()
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
        layout.html(f'<p class="lt-empty">{phrase(words, empty)}</p>')
        return
    if choice.broadcast:
        layout.html(f'<p class="lt-of">{broadcast_title(view, choice.broadcast)}</p>')
    show(figure, view, key="growth")
    if not view.screen.bare:
        layout.html(f'<p class="muted">{phrase(words, "growth.zoom")}</p>')


def drawn(
    view: RequestContext, edition: EditionModel, choice: growth_controls.GrowthChoice
) -> Figure | None:
    """The curves of the choice; None where there is nothing to draw."""
    trace = growth_controls.trace(view, edition, choice)
    target = growth_controls.target(edition, choice)
    drawing = growth.growth_chart(trace, view.look, target=target, zoom=not view.screen.kiosk)
    if drawing is None:
        return None
    since, one = choice.hours is not None, choice.broadcast is not None
    return Figure(
        drawing=drawing,
        caption=caption(trace, view, since=since, one=one),
        sheet=growth_controls.sheet(trace, edition.key, view.words, simulated=is_simulated(view)),
    )


def broadcast_title(view: RequestContext, key: str) -> str:
    """The chosen broadcast's title as HTML."""
    listed = view.edition.broadcasts if view.edition else ()
    title = next((one.title for one in listed if one.broadcast == key), "")
    return bdi(title_of(view.words, title))


banners()
page = build_context()
layout.title(page.words, "growth.title")
if page.picture is None:
    layout.nothing_published(page)
elif page.edition is None:
    layout.no_editions(page)
else:
    curves(growth_controls.choose(page, page.picture, page.edition))
