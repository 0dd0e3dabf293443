"""What a reader may set for themselves: theme, clock, digits. Each choice goes into the address."""

from collections.abc import Mapping

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from dashboard.i18n.markup import phrase
from dashboard.session.context import RequestContext, kept_query


def popover(view: RequestContext, here: StreamlitPage) -> None:
    """The choices, and the ways to take the page elsewhere."""
    say, screen = view.words.say, view.screen
    with st.popover(say("display.title"), key="display"):
        _pick(
            "theme",
            say("display.theme"),
            {one: say(f"display.{one}") for one in ("light", "dark")},
            chosen=screen.theme or ("dark" if view.dark else "light"),
        )
        _pick(
            "tz",
            say("display.clock"),
            {one: say(f"display.{one}") for one in ("event", "viewer")},
            chosen="viewer" if screen.viewers_zone else "event",
        )
        if view.words.rtl:
            _pick(
                "digits",
                say("display.digits"),
                {"latin": "123", "eastern": "١٢٣"},
                chosen="eastern" if screen.eastern else "latin",
            )
            _pick(
                "time",
                say("display.time"),
                {one: say(f"display.{one}") for one in ("ltr", "rtl")},
                chosen="rtl" if screen.mirrored else "ltr",
            )
        st.html(
            '<div class="lt"><button type="button" class="lt-button" data-lt-copy aria-live="polite">'
            f"{phrase(view.words, 'display.copy')}</button></div>"
        )
        st.page_link(here, label=say("display.kiosk"), query_params=kept_query(kiosk="1"))


def _pick(param: str, label: str, options: Mapping[str, str], *, chosen: str) -> None:
    key = f"display-{param}"
    st.segmented_control(
        label,
        list(options),
        default=chosen,
        format_func=lambda one: options[one],
        required=True,
        key=key,
        on_change=_remember,
        args=(param, key),
    )


def _remember(param: str, key: str) -> None:
    st.query_params[param] = st.session_state[key]
