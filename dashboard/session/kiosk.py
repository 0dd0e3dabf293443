"""The rotation of pages on a wall's screen, as its address asks: ``?rotate=30``."""

from collections.abc import Mapping

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from dashboard.session.context import RequestContext, carried_query

_SHOWN = "turning-shown"


def rotate_pages(
    context: RequestContext, pages: Mapping[str, StreamlitPage], here: StreamlitPage
) -> None:
    """Go on to the next page after as many seconds as the address says; stay where it says none."""
    display = context.display
    order = [pages[key] for key in display.turn_over if key in pages]
    following = next_in_order(order, here)
    if display.turn_seconds is None or following is None:
        return
    st.session_state[_SHOWN] = False

    @st.fragment(run_every=display.turn_seconds)
    def next_page() -> None:
        if st.session_state[_SHOWN] and not display.paused:
            st.switch_page(following, query_params=carried_query())
        st.session_state[_SHOWN] = True  # the first run is the page's own; the next is the timer's

    next_page()


def next_in_order(order: list[StreamlitPage], here: StreamlitPage) -> StreamlitPage | None:
    """Return the page after ``here``, the first one after the last; None when there is no other."""
    if here not in order:
        return order[0] if order else None
    following = order[(order.index(here) + 1) % len(order)]
    return None if following is here else following
