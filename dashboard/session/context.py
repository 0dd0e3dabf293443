"""What a page run works with: the current model, the viewer's words and theme, and the address.

The only place where the dashboard asks Streamlit who is looking, and the clock what time it is.
"""

import os
import random
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import streamlit as st

from dashboard.charts.theme import Theme
from dashboard.i18n.words import Words, choose, words
from dashboard.server.settings import received_settings
from dashboard.session.url_state import CARRIED, DisplayOptions, display_options
from dashboard.view_model.cache import Minutes
from dashboard.view_model.edition import EditionModel
from dashboard.view_model.refresher import CurrentModel, Refresher
from dashboard.view_model.root import DashboardModel
from dashboard.view_model.viewers_now import unrenewed

#: The key of the switch that pauses the updates, and its name in the address.
PAUSE = "pause"
_COOKIE = "livetally_lang"
PATIENCE_SECONDS = 120.0  # for what is built first, after which a page says what it has
_FROM_AFAR = 1.85  # the smallest words of a chart, 11 px, become 20

Built = TypeVar("Built")


@dataclass(frozen=True, kw_only=True)
class RequestContext:
    """One run of a page for one viewer."""

    refresher: Refresher
    current: CurrentModel
    words: Words
    display: DisplayOptions
    dark: bool
    now: datetime

    @property
    def model(self) -> DashboardModel | None:
        """The model, None when nothing was ever published."""
        return self.current.model

    @property
    def theme(self) -> Theme:
        """How charts look for this viewer."""
        return Theme(
            words=self.words,
            dark=self.dark,
            mirrored=self.display.mirrored and self.words.rtl,
            scale=_FROM_AFAR if self.display.kiosk else 1.0,
        )

    @property
    def edition(self) -> EditionModel | None:
        """The edition of the address, else the current one; None when there is none."""
        edition = self.model.edition(query_value("edition")) if self.model else None
        silent = self.current.unrenewed_since(self.now) is not None
        return unrenewed(edition) if edition and silent else edition

    @property
    def simulated(self) -> bool:
        """Whether the numbers are of a simulation."""
        return self.model is not None and self.model.origin.simulated

    def build_once(self, build: Callable[[Minutes], Built], *key: Hashable) -> Built | None:
        """Return what ``build`` makes, built once a generation for all viewers.

        None when nothing was published, or the minutes it needs can no longer be read.
        """
        if self.model is None:
            return None
        return self.refresher.generation_cache.get_or_build(key, self.model, build)


def build_context() -> RequestContext:
    """Return the context of this moment; fragments build their own at each of their runs."""
    refresher = current_refresher()
    refresher.built.wait(PATIENCE_SECONDS)
    current, display = refresher.current, current_display()
    return RequestContext(
        refresher=refresher,
        current=current,
        words=words(
            language(),
            current.model.origin.programme.time_zone if current.model else "UTC",
            eastern=display.eastern,
            viewers_zone=st.context.timezone if display.viewers_zone else None,
        ),
        display=display,
        dark=st.context.theme.type == "dark",
        now=datetime.now(UTC),
    )


def language() -> str:
    """Return the language of this run: the address's, the last chosen, the browser's, the default."""
    remembered = st.context.cookies.get(_COOKIE)
    default = received_settings().language
    return choose(query_value("lang"), remembered, st.context.locale, default=default)


def current_display() -> DisplayOptions:
    """Return how this viewer is to be shown the page."""
    settings = received_settings()
    return display_options(
        carried_query(),
        embedded=st.context.is_embedded or False,
        eastern=settings.digits == "eastern",
        mirrored=settings.time == "rtl",
    )


def query_value(name: str) -> str | None:
    """Return the address's value of ``name``; None when it has none."""
    return st.query_params.get(name) or None


def carried_query(**changes: str) -> dict[str, str]:
    """Return the address's choices that go along to another page, with ``changes``.

    A timer's request may carry the address of before the pause was switched on, and after it no
    other comes to mend what it drew: so the switch is believed, where there is one.
    """
    query = {key: st.query_params[key] for key in CARRIED if key in st.query_params}
    paused = st.session_state.get(PAUSE)
    if paused is not None:
        query.pop(PAUSE, None)
        query |= {PAUSE: "1"} if paused else {}
    return query | changes


def number_seconds() -> float | None:
    """Return how often numbers are brought up to date; None while paused."""
    return None if current_display().paused else received_settings().refresh_seconds


def chart_seconds() -> float | None:
    """Return how often charts are redrawn; None while paused.

    Up to a fifth more or less for each viewer: those who came together are not to ask together.
    """
    spread = random.uniform(0.8, 1.2)  # noqa: S311 - nobody gains from guessing it
    return None if current_display().paused else spread * received_settings().chart_seconds


def current_refresher() -> Refresher:
    """Return the refresher that this server's viewers share; a thread that died is started again."""
    settings = received_settings()
    return start_refresher(settings.read_model, settings.refresh_seconds).start()


# Hashed as text: from Python 3.13 on, a path hashes by the parts it was joined of.
@st.cache_resource(
    show_spinner=False, on_release=Refresher.stop, hash_funcs={type(Path()): os.fspath}
)
def start_refresher(folder: Path, refresh_seconds: float) -> Refresher:
    """Start the refresher of ``folder``; the same one for every caller of this server."""
    return Refresher(folder, refresh_seconds=refresh_seconds, now=lambda: datetime.now(UTC)).start()
