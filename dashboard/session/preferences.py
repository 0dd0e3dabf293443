"""What a reader may set for themselves: theme, clock, digits. Each choice goes into the address."""

from collections.abc import Mapping

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from dashboard.i18n.markup import phrase
from dashboard.session import controls
from dashboard.session.context import RequestContext, carried_query


def popover(context: RequestContext, here: StreamlitPage) -> None:
    """Show the choices, and the ways to take the page elsewhere."""
    say, display = context.words.say, context.display

    def choose(param: str, key: str, options: Mapping[str, str], chosen: str) -> None:
        label = say(f"display.{key}")
        controls.choose_one(
            param, label, list(options), options.__getitem__, chosen=chosen, key=f"display-{param}"
        )

    def texts(*keys: str) -> dict[str, str]:
        return {key: say(f"display.{key}") for key in keys}

    with st.popover(say("display.title"), key="display"):
        theme = display.theme or ("dark" if context.dark else "light")
        choose("theme", "theme", texts("light", "dark"), theme)
        clock = "viewer" if display.viewers_zone else "event"
        choose("tz", "clock", texts("event", "viewer"), clock)
        if context.words.rtl:
            digits = "eastern" if display.eastern else "latin"
            choose("digits", "digits", {"latin": "123", "eastern": "١٢٣"}, digits)
            choose("time", "time", texts("ltr", "rtl"), "rtl" if display.mirrored else "ltr")
        st.html(
            '<div class="lt"><button type="button" class="lt-button" data-lt-copy aria-live="polite">'
            f"{phrase(context.words, 'display.copy')}</button></div>"
        )
        st.page_link(here, label=say("display.kiosk"), query_params=carried_query(kiosk="1"))
