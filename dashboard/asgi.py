"""What dashboard/server/launch.py lets Streamlit run: the pages of app.py behind the guard."""

import sys
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

here = Path(__file__).resolve().parent
if str(here.parent) not in sys.path:  # Streamlit runs this file by its path
    sys.path.insert(0, str(here.parent))

from dashboard.server.login_secrets import secrets_of  # noqa: E402  # as above
from dashboard.server.security import SecurityHeaders  # noqa: E402  # it is found by the line above
from dashboard.server.settings import received  # noqa: E402  # as above

terms = received()
app = st.App(
    here / "app.py",
    secrets=secrets_of(terms.access) if terms.access else None,
    middleware=[Middleware(SecurityHeaders, hosts=terms.hosts, embed=terms.embed)],
)
