"""Forecast: where the sum may end, and how far to trust that. Layout only."""

from dataclasses import replace

import streamlit as st

from dashboard.charts.forecast import draw
from dashboard.ui import forecast, frame
from dashboard.ui.charts import caption, is_simulated, show, trace_of
from dashboard.ui.markup import phrase
from dashboard.ui.view import chart_seconds, look_now, number_seconds
from storage.analysis.forecast.refusal import Refused


@st.fragment(run_every=number_seconds())
def banners() -> None:
    """What is not as it seems."""
    frame.banners(look_now())


@st.fragment(run_every=chart_seconds())
def outlook() -> None:
    """The forecast, or why there is none."""
    view = look_now()
    words, now, edition = view.words, view.now, view.edition
    seen = view.ready.forecasts.get(edition.key) if edition else None
    if edition is None:
        return
    if seen is None:
        frame.html(f'<p class="lt-empty">{phrase(words, "forecast.failed")}</p>')
        return
    if isinstance(seen.found, Refused):
        frame.html(forecast.refused(seen.found, edition, words, now))
        return
    frame.html(forecast.headline(seen.found, words, now))
    frame.html(forecast.target(seen.found, words, now))
    trace = trace_of(edition)
    around = replace(
        caption(trace, view), title=words.say("forecast.chart"), unit=words.say("forecast.unit")
    )
    sheet = forecast.sheet(seen, seen.found, simulated=is_simulated(view))
    show(draw(trace, seen.found, view.look), view, key="forecast", caption=around, sheet=sheet)
    frame.html(forecast.ranges(seen.found, words, now))
    frame.html(forecast.trust(seen, seen.found, words, now))
    frame.html(forecast.methods(seen.found, words))


banners()
page = look_now()
frame.html(f'<h1 class="lt-title">{phrase(page.words, "forecast.title")}</h1>')
if page.picture is None:
    frame.nothing_published(page)
elif page.edition is None:
    frame.no_editions(page)
else:
    outlook()
