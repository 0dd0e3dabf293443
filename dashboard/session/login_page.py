"""Login and access-denied pages."""

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from dashboard.i18n.markup import phrase
from dashboard.i18n.words import Words
from dashboard.server.access import Verdict, verdict
from dashboard.server.settings import received_settings
from dashboard.session.context import carried_query, query_value
from dashboard.session.layout import html, language_links


def require_login(words: Words, here: StreamlitPage) -> None:
    """Let the run go on for who may see the dashboard; show everyone else why not, and end it."""
    access = received_settings().access
    if access is None:
        return
    if not st.user.is_logged_in:
        _show_refusal(words, here, "title", "what")
        st.button(words.say("access.button"), on_click=st.login, type="primary")
        st.stop()
    email = st.user.get("email")
    judgement = verdict(
        email,
        st.user.get("email_verified"),
        allow=access.allow,
        unverified_emails=access.unverified_emails,
    )
    if judgement is not Verdict.ADMITTED:
        _show_refusal(words, here, "refused_title", judgement.value, email=str(email))
        st.button(words.say("access.leave"), on_click=st.logout)
        st.stop()


def logout_button(words: Words) -> None:
    """Show a button for who is logged in, below everything; a kiosk has none."""
    if received_settings().access is not None and query_value("kiosk") is None:
        st.button(words.say("access.leave"), on_click=st.logout, type="tertiary", key="way-out")


def _show_refusal(words: Words, here: StreamlitPage, title: str, text: str, **values: str) -> None:
    with st.container(key="languages", horizontal=True, gap="small"):
        language_links(here, carried_query())
    html(
        f'<section class="lt-empty"><h1 style="font-size:1.5rem">{phrase(words, f"access.{title}")}</h1>'
        f"<p>{phrase(words, f'access.{text}', **values)}</p></section>"
    )
