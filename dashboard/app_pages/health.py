"""Health: what each source answers, what was missed, what was corrected. Layout only."""

import streamlit as st

from dashboard.components import health
from dashboard.session import layout as frame
from dashboard.session.context import look_now, number_seconds


@st.fragment(run_every=number_seconds())
def state() -> None:
    """Everything on this page."""
    view = look_now()
    words, picture, now = view.words, view.picture, view.now
    frame.banners(view)
    frame.title(words, "health.title")
    if picture is None:
        frame.nothing_published(view)
        return
    dead = frame.silent_since(view) is not None
    frame.html(health.collector(picture, words, view.ready.heartbeat_at, now, dead=dead))
    frame.html(health.sources(picture, words, now, dark=view.dark))
    frame.html(health.gaps(picture, words, now))
    frame.html(health.corrections(picture, words, now))


state()
