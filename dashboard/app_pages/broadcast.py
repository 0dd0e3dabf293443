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
    View,
    asked,
    chart_seconds,
    kept_query,
    look_now,
    number_seconds,
    the_producer,
)
from dashboard.session.shared_render import MINUTE, shared
from dashboard.view_model.broadcast import OneBroadcast, find, one_broadcast
from dashboard.view_model.edition import EditionPicture, Shown
from dashboard.view_model.root import Picture
from storage.definitions import Definition, load

_BEFORE = timedelta(minutes=5)


@cache
def definitions() -> dict[str, Definition]:
    """The definitions by their keys."""
    return {one.key: one for one in load()}


def chosen(view: View) -> OneBroadcast | None:
    """The broadcast of the address, built once a generation for all viewers; None: no such."""
    found = find(view.picture, asked("id")) if view.picture else None
    if view.picture is None or found is None:
        return None
    return built(view.picture, *found)


def built(picture: Picture, edition: EditionPicture, shown: Shown) -> OneBroadcast | None:
    """What is shown of it."""
    return the_producer().studies.of(
        ("broadcast", shown.broadcast),
        picture,
        lambda _, minutes: one_broadcast(picture, edition, shown, minutes),
    )


@st.fragment(run_every=number_seconds())
def numbers() -> None:
    """Which it is, and what it had."""
    view = look_now()
    layout.banners(view)
    if view.picture is None:
        layout.nothing_published(view)
        return
    links, one = Links(kept=kept_query()), chosen(view)
    if one is None:
        layout.html(broadcast.unknown(view.words, asked("id"), links))
        return
    words, now = view.words, view.now
    layout.html(broadcast.head(one, words, now, dark=view.dark, links=links))
    waiting = broadcast.countdown(one, words, now)
    layout.html(waiting or broadcast_figures.figures(one, words, now))


@st.fragment(run_every=chart_seconds())
def details() -> None:
    """How it went, what it was part of, and where all of it comes from."""
    view = look_now()
    picture, one, words, now = view.picture, chosen(view), view.words, view.now
    if picture is None or one is None:
        return
    links = Links(kept=kept_query())
    figure = shared(
        view, picture, lambda: drawn(view, one), "broadcast", one.shown.broadcast, every=MINUTE
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


def drawn(view: View, one: OneBroadcast) -> Figure | None:
    """Its curves; the numbers stand below as readings. None where there is nothing to draw."""
    trace = trace_of_broadcast(one.edition, one.shown.broadcast, one.minutes)
    if one.shown.started_at is not None:  # what was asked before it began is all zeros
        trace = trace.within(one.shown.started_at - _BEFORE, trace.until)
    drawing = growth.explore(trace, view.look, target=None)
    return drawing and Figure(drawing=drawing, caption=caption(trace, view, one=True))


numbers()
details()
