"""Broadcast: one of them, its audience, its place in the programme, and the polls behind it. Layout only."""

from datetime import timedelta
from functools import cache

import streamlit as st

from dashboard.charts import growth
from dashboard.components import broadcast, broadcast_figures, provenance
from dashboard.components.links import Links
from dashboard.i18n.markup import phrase
from dashboard.session import layout
from dashboard.session.chart_block import Figure, caption, show, trace_of_broadcast
from dashboard.session.context import (
    RequestContext,
    build_context,
    chart_seconds,
    current_refresher,
    kept_query,
    number_seconds,
    query_value,
)
from dashboard.session.shared_render import MINUTE, shared
from dashboard.view_model.broadcast import BroadcastModel, broadcast_model, find_broadcast
from dashboard.view_model.edition import BroadcastRow, EditionModel
from dashboard.view_model.root import DashboardModel
from storage.definitions import Definition, load

_BEFORE = timedelta(minutes=5)


@cache
def definitions() -> dict[str, Definition]:
    """The definitions by their keys."""
    return {one.key: one for one in load()}


def chosen(view: RequestContext) -> BroadcastModel | None:
    """The broadcast of the address, built once a generation for all viewers; None: no such."""
    found = find_broadcast(view.picture, query_value("id")) if view.picture else None
    if view.picture is None or found is None:
        return None
    return build_model(view.picture, *found)


def build_model(
    picture: DashboardModel, edition: EditionModel, shown: BroadcastRow
) -> BroadcastModel | None:
    """What is shown of it."""
    return current_refresher().generation_cache.get_or_build(
        ("broadcast", shown.broadcast),
        picture,
        lambda minutes: broadcast_model(picture, edition, shown, minutes),
    )


@st.fragment(run_every=number_seconds())
def numbers() -> None:
    """Which it is, and what it had."""
    view = build_context()
    layout.show_banners(view)
    if view.picture is None:
        layout.nothing_published(view)
        return
    links, one = Links(query=kept_query()), chosen(view)
    if one is None:
        layout.html(broadcast.unknown(view.words, query_value("id"), links))
        return
    words, now = view.words, view.now
    layout.html(broadcast.head(one, words, now, dark=view.dark, links=links))
    waiting = broadcast.countdown(one, words, now)
    layout.html(waiting or broadcast_figures.figures(one, words, now))


@st.fragment(run_every=chart_seconds())
def details() -> None:
    """How it went, what it was part of, and where all of it comes from."""
    view = build_context()
    picture, one, words, now = view.picture, chosen(view), view.words, view.now
    if picture is None or one is None:
        return
    links = Links(query=kept_query())
    figure = shared(
        view, picture, lambda: draw(view, one), "broadcast", one.shown.broadcast, every=MINUTE
    )
    if figure is None:
        layout.html(f"<h2>{phrase(words, 'broadcast.curve')}</h2>")
        layout.html(f'<p class="muted">{phrase(words, "broadcast.curve_none")}</p>')
    else:
        show(figure, view, key="broadcast")
    definition = definitions().get(one.definition or "")
    layout.html(
        '<div class="lt-halves">'
        + broadcast.segments(one, words, now, links=links)
        + broadcast.moment(one, words, now, dark=view.dark, links=links)
        + "</div>"
        + provenance.provenance(one, words, now, definition=definition, links=links)
        + provenance.failures(one, words, now)
        + provenance.readings(one, words)
    )
    st.download_button(
        words.say("broadcast.download"),
        provenance.csv(one, simulated=picture.origin.simulated),
        file_name="livetally-broadcast.csv",
        mime="text/csv",
        on_click="ignore",
    )


def draw(view: RequestContext, one: BroadcastModel) -> Figure | None:
    """Its curves; the numbers stand below as readings. None where there is nothing to draw."""
    trace = trace_of_broadcast(one.edition, one.shown.broadcast, one.minutes)
    if one.shown.started_at is not None:  # what was asked before it began is all zeros
        trace = trace.within(one.shown.started_at - _BEFORE, trace.until)
    drawing = growth.growth_chart(trace, view.look, target=None)
    return drawing and Figure(drawing=drawing, caption=caption(trace, view, one=True))


numbers()
details()
