"""Lets a screen on a wall show one page after the other, as its address asks: ``?rotate=30``."""

from collections.abc import Mapping

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from dashboard.session.context import RequestContext, kept_query

_SHOWN = "turning-shown"


def rotate_pages(
    view: RequestContext, pages: Mapping[str, StreamlitPage], here: StreamlitPage
) -> None:
    """Go on to the next page after as many seconds as the address says; stay where it says none."""
    seconds = view.screen.turn_seconds
    order = [pages[key] for key in view.screen.turn_over if key in pages]
    following = after(order, here)
    if seconds is None or following is None:
        return
    st.session_state[_SHOWN] = False

    @st.fragment(run_every=seconds)
    def next_page() -> None:
        if st.session_state[_SHOWN] and not view.screen.paused:
            st.switch_page(following, query_params=kept_query())
        st.session_state[_SHOWN] = True  # the first run is the page's own; the next is the timer's

    next_page()


def after(order: list[StreamlitPage], here: StreamlitPage) -> StreamlitPage | None:
    """The page after ``here``, the first one after the last; None when there is no other."""
    if here not in order:
        return order[0] if order else None
    following = order[(order.index(here) + 1) % len(order)]
    return None if following is here else following
