"""Forecast: where the sum may end, and how far to trust that. Layout only."""

from dataclasses import replace

import streamlit as st

from dashboard.charts.forecast import draw
from dashboard.components import banners, forecast
from dashboard.session import layout
from dashboard.session.chart_block import Figure, curve_caption, edition_curves, show_figure
from dashboard.session.context import PATIENCE_SECONDS, RequestContext, chart_seconds
from dashboard.session.shared_render import MINUTE, shared
from dashboard.view_model.edition import EditionModel
from dashboard.view_model.forecasts import CachedForecast
from dashboard.view_model.root import DashboardModel
from storage.analysis.forecast.preconditions import NoForecast
from storage.analysis.forecast.result import Forecast


@st.fragment(run_every=chart_seconds())
@layout.for_edition(explain=True)
def outlook(context: RequestContext, model: DashboardModel, edition: EditionModel) -> None:
    """Show the forecast, or why there is none."""
    words, now = context.words, context.now
    context.refresher.worked_out.wait(PATIENCE_SECONDS)
    cached = context.refresher.forecasts.get(edition.key)
    if cached is None:
        layout.empty(words, "forecast.failed")
        return
    result = cached.forecast
    if isinstance(result, NoForecast):
        layout.html(forecast.refused(result, edition, words, now))
        return
    layout.html(forecast.headline(result, words, now))
    layout.html(forecast.target(result, words, now))
    figure = shared(
        context,
        model,
        lambda: draw_figure(context, edition, cached, result),
        "forecast",
        edition.key,
        every=MINUTE,
    )
    show_figure(figure, context, key="forecast")
    layout.html(forecast.ranges(result, words, now))
    layout.html(forecast.trust(cached, result, words, now))
    layout.html(
        forecast.methods(result, words)
        + banners.imported_before(edition, model.editions, words, of_views=cached.hours is None)
    )


def draw_figure(
    context: RequestContext, edition: EditionModel, cached: CachedForecast, result: Forecast
) -> Figure:
    """Return the sum so far and the band of what may come."""
    curves, words = edition_curves(edition), context.words
    if cached.hours is not None:
        curves = replace(curves, cumulative=cached.hours)
    caption = replace(
        curve_caption(curves, context, edition),
        title=words.say("forecast.chart"),
        unit=words.say(forecast.key_of(result, "unit")),
    )
    return Figure(
        drawing=draw(curves, result, context.theme),
        caption=caption,
        sheet=forecast.sheet(cached, result, words, simulated=context.simulated),
    )


layout.page_top("forecast.title")
outlook()
