"""Hands settings to this process as the launcher hands them to Streamlit's."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from dashboard.server.settings import (
    DESCRIPTOR,
    DashboardSettings,
    received_settings,
    send_settings,
)


@contextmanager
def handed_over(settings: DashboardSettings) -> Iterator[None]:
    """Let pages that are run here be served with ``settings``."""
    received_settings.cache_clear()
    os.environ[DESCRIPTOR] = str(send_settings(settings))
    received_settings()
    try:
        yield
    finally:
        received_settings.cache_clear()
