"""Health: what each source answers, what was missed, what was corrected. Layout only."""

import streamlit as st

from dashboard.components import health
from dashboard.session import layout
from dashboard.session.context import build_context, number_seconds


@st.fragment(run_every=number_seconds())
def state() -> None:
    """Everything on this page."""
    view = build_context()
    words, picture, now = view.words, view.picture, view.now
    layout.show_banners(view)
    layout.title(words, "health.title")
    if picture is None:
        layout.nothing_published(view)
        return
    dead = layout.silent_since(view) is not None
    layout.html(health.collector(picture, words, view.current.heartbeat_at, now, dead=dead))
    layout.html(health.sources(picture, words, now, dark=view.dark))
    layout.html(health.gaps(picture, words, now))
    layout.html(health.corrections(picture, words, now))


state()
