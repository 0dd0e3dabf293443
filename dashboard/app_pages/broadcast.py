"""Broadcast: one of them, its audience, its place in the programme, and the polls behind it. Layout only."""

from dataclasses import replace
from datetime import timedelta
from functools import cache

import streamlit as st

from dashboard.charts import growth
from dashboard.components import broadcast, broadcast_figures, provenance
from dashboard.components.links import Links
from dashboard.i18n.markup import phrase
from dashboard.session import layout
from dashboard.session.chart_block import Figure, broadcast_curves, curve_caption, show_figure
from dashboard.session.context import (
    RequestContext,
    build_context,
    carried_query,
    chart_seconds,
    number_seconds,
    query_value,
)
from dashboard.session.controls import download_csv
from dashboard.session.shared_render import MINUTE, shared
from dashboard.view_model.broadcast import BroadcastModel, broadcast_model, find_broadcast
from storage.definitions import Definition, load

_BEFORE = timedelta(minutes=5)


@cache
def definitions() -> dict[str, Definition]:
    """Return the definitions by their keys."""
    return {definition.key: definition for definition in load()}


def chosen(context: RequestContext) -> BroadcastModel | None:
    """Return the broadcast of the address, built once a generation for all viewers; None: unknown."""
    model = context.model
    if model is None or (match := find_broadcast(model, query_value("id"))) is None:
        return None
    edition, row = match
    return context.build_once(
        lambda minutes: broadcast_model(model, edition, row, minutes), "broadcast", row.broadcast
    )


@st.fragment(run_every=number_seconds())
def numbers() -> None:
    """Show which it is, and what it had."""
    context = build_context()
    layout.show_banners(context)
    if context.model is None:
        layout.explain_absence(context)
        return
    words, now = context.words, context.now
    links, model = Links(query=carried_query()), chosen(context)
    if model is None:
        layout.html(broadcast.unknown(words, query_value("id"), links))
        return
    layout.html(broadcast.head(model, words, now, dark=context.dark, links=links))
    countdown = broadcast.countdown(model, words, now)
    layout.html(countdown or broadcast_figures.figures(model, words, now))


@st.fragment(run_every=chart_seconds())
def details() -> None:
    """Show how it went, what it was part of, and where all of it comes from."""
    context = build_context()
    model, words, now = chosen(context), context.words, context.now
    if context.model is None or model is None:
        return
    links, key = Links(query=carried_query()), model.shown.broadcast
    figure = shared(
        context, context.model, lambda: draw(context, model), "broadcast", key, every=MINUTE
    )
    if figure is None:
        layout.html(f"<h2>{phrase(words, 'broadcast.curve')}</h2>")
        layout.html(f'<p class="muted">{phrase(words, "broadcast.curve_none")}</p>')
    else:
        show_figure(figure, context, key="broadcast")
    definition = definitions().get(model.definition or "")
    layout.html(
        '<div class="lt-halves">'
        + broadcast.segments(model, words, now, links=links)
        + broadcast.moment(model, words, now, dark=context.dark, links=links)
        + "</div>"
        + provenance.provenance(model, words, now, definition=definition, links=links)
        + provenance.failures(model, words, now)
        + provenance.readings(model, words)
    )
    content = provenance.csv(model, simulated=context.simulated)
    download_csv(words.say("broadcast.download"), content, "livetally-broadcast.csv")


def draw(context: RequestContext, model: BroadcastModel) -> Figure | None:
    """Return its curves, without their numbers: those stand below. None: there is nothing to draw."""
    curves = broadcast_curves(model.edition, model.shown.broadcast, model.minutes)
    if model.shown.started_at is not None:  # what was asked before it began is all zeros
        curves = curves.within(model.shown.started_at - _BEFORE, curves.until)
    if model.audience.doubtful is not None:
        points = model.audience.doubtful.readings.select("started_at", "viewers").rows()
        curves = replace(curves, doubtful=tuple(points))
    drawing = growth.growth_chart(curves, context.theme, target=None)
    caption = curve_caption(curves, context, model.edition, of_broadcast=True)
    return drawing and Figure(drawing=drawing, caption=caption)


numbers()
details()
