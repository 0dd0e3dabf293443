"""Forecast: where the sum may end, and how far to trust that. Layout only."""

from dataclasses import replace

import streamlit as st

from dashboard.charts.forecast import draw
from dashboard.components import forecast
from dashboard.i18n.markup import phrase
from dashboard.session import layout
from dashboard.session.chart_block import Figure, caption, is_simulated, show, trace_of
from dashboard.session.context import RequestContext, build_context, chart_seconds, number_seconds
from dashboard.session.shared_render import MINUTE, shared
from dashboard.view_model.edition import EditionModel
from dashboard.view_model.forecasts import CachedForecast
from storage.analysis.forecast.preconditions import NoForecast


@st.fragment(run_every=number_seconds())
def banners() -> None:
    """What is not as it seems."""
    layout.show_banners(build_context())


@st.fragment(run_every=chart_seconds())
def outlook() -> None:
    """The forecast, or why there is none."""
    view = build_context()
    words, now, picture, edition = view.words, view.now, view.picture, view.edition
    if picture is None or edition is None:
        return
    seen = view.current.forecasts.get(edition.key)
    if seen is None:
        layout.html(f'<p class="lt-empty">{phrase(words, "forecast.failed")}</p>')
        return
    if isinstance(seen.forecast, NoForecast):
        layout.html(forecast.refused(seen.forecast, edition, words, now))
        return
    layout.html(forecast.headline(seen.forecast, words, now))
    layout.html(forecast.target(seen.forecast, words, now))
    figure = shared(
        view, picture, lambda: drawn(view, edition, seen), "forecast", edition.key, every=MINUTE
    )
    if figure is not None:
        show(figure, view, key="forecast")
    layout.html(forecast.ranges(seen.forecast, words, now))
    layout.html(forecast.trust(seen, seen.forecast, words, now))
    layout.html(forecast.methods(seen.forecast, words))


def drawn(view: RequestContext, edition: EditionModel, seen: CachedForecast) -> Figure | None:
    """The sum so far and the band of what may come."""
    found = seen.forecast
    if isinstance(found, NoForecast):
        return None
    trace = trace_of(edition)
    around = replace(
        caption(trace, view),
        title=view.words.say("forecast.chart"),
        unit=view.words.say("forecast.unit"),
    )
    return Figure(
        drawing=draw(trace, found, view.look),
        caption=around,
        sheet=forecast.sheet(seen, found, view.words, simulated=is_simulated(view)),
    )


banners()
page = build_context()
layout.title(page.words, "forecast.title")
if page.picture is None:
    layout.nothing_published(page)
elif page.edition is None:
    layout.no_editions(page)
else:
    outlook()
