"""Health: what each source answers, what was missed, what was corrected. Layout only."""

import streamlit as st

from dashboard.components import health
from dashboard.session import layout
from dashboard.session.context import build_context, number_seconds


@st.fragment(run_every=number_seconds())
def state() -> None:
    """Show everything on this page."""
    context = build_context()
    words, model, now, current = context.words, context.model, context.now, context.current
    layout.show_banners(context)
    layout.title(words, "health.title")
    if model is None:
        layout.explain_absence(context)
        return
    dead = current.silent_since(now) is not None
    layout.html(health.collector(model, words, current.heartbeat_at, now, dead=dead))
    layout.html(health.sources(model, words, now, dark=context.dark))
    layout.html(health.gaps(model, words, now, dead=dead))
    layout.html(health.corrections(model, words, now))


state()
