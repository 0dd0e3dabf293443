"""The ASGI application that dashboard/server/launch.py lets Streamlit run: app.py, protected."""

import sys
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

here = Path(__file__).resolve().parent
if str(here.parent) not in sys.path:  # Streamlit runs this file by its path
    sys.path.insert(0, str(here.parent))

from dashboard.server.security import SecurityHeaders  # noqa: E402 - found by the line above
from dashboard.server.settings import received_settings  # noqa: E402 - found by the line above
from storage.processes import end_with_parent  # noqa: E402 - found by the line above

end_with_parent()

settings = received_settings()
app = st.App(
    here / "app.py",
    secrets=settings.access.secrets if settings.access else None,
    middleware=[Middleware(SecurityHeaders, hosts=settings.allowed_hosts, embed=settings.embed)],
)
