"""The page of who is not logged in, and of who may not see the dashboard."""

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from dashboard.i18n.markup import phrase
from dashboard.i18n.words import LANGUAGES, OWN_NAMES, Words
from dashboard.server.access import Verdict, verdict
from dashboard.server.settings import received_settings
from dashboard.session.context import kept_query, language, query_value
from dashboard.session.layout import html


def require_login(words: Words, here: StreamlitPage) -> None:
    """Let the run go on for who may see the dashboard; show everyone else the door and end it."""
    access = received_settings().access
    if access is None:
        return
    if not st.user.is_logged_in:
        _door(words, here, "title", "what")
        st.button(words.say("access.button"), on_click=st.login, type="primary")
        st.stop()
    email = st.user.get("email")
    judged = verdict(
        email,
        st.user.get("email_verified"),
        allow=access.allow,
        unverified_emails=access.unverified_emails,
    )
    if judged is not Verdict.ADMITTED:
        _door(words, here, "refused_title", judged.value, email=str(email))
        st.button(words.say("access.leave"), on_click=st.logout)
        st.stop()


def way_out(words: Words) -> None:
    """A button for who is logged in, below everything; a kiosk has none."""
    if received_settings().access is not None and query_value("kiosk") is None:
        st.button(words.say("access.leave"), on_click=st.logout, type="tertiary", key="way-out")


def _door(words: Words, here: StreamlitPage, title: str, text: str, **values: str) -> None:
    with st.container(key="languages", horizontal=True, gap="small"):
        for code in LANGUAGES:
            if code != language():
                query = kept_query(lang=code)
                st.page_link(here, label=OWN_NAMES[code], query_params=query)
    html(
        f'<section class="lt-empty"><h1 style="font-size:1.5rem">{phrase(words, f"access.{title}")}</h1>'
        f"<p>{phrase(words, f'access.{text}', **values)}</p></section>"
    )
