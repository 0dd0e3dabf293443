"""What a page run works with: the ready picture, the reader's words and theme, and the address.

The only place where the dashboard asks Streamlit who is looking, and the clock what time it is.
"""

import random
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import streamlit as st

from dashboard.charts.theme import Theme
from dashboard.i18n.words import Words, choose, words
from dashboard.server.settings import received_settings
from dashboard.session.url_state import KEPT, DisplayOptions, display_options
from dashboard.view_model.edition import EditionModel
from dashboard.view_model.refresher import CurrentModel, Refresher
from dashboard.view_model.root import DashboardModel

#: The key of the switch that pauses the updates, and its name in the address.
PAUSE = "pause"
_COOKIE = "livetally_lang"
_PATIENCE_SECONDS = 120.0  # for the first picture, after which a page says what it has
_FROM_AFAR = 1.85  # the smallest words of a chart, 11 px, become 20


@dataclass(frozen=True, kw_only=True)
class RequestContext:
    """One look at the picture by one viewer."""

    source: Refresher
    current: CurrentModel
    words: Words
    screen: DisplayOptions
    dark: bool
    now: datetime

    @property
    def picture(self) -> DashboardModel | None:
        """The picture, None when nothing was ever published."""
        return self.current.model

    @property
    def look(self) -> Theme:
        """How charts are to look for this viewer."""
        return Theme(
            words=self.words,
            dark=self.dark,
            mirrored=self.screen.mirrored and self.words.rtl,
            scale=_FROM_AFAR if self.screen.kiosk else 1.0,
        )

    @property
    def edition(self) -> EditionModel | None:
        """The edition the address asks for, else the current one."""
        return self.picture.edition(query_value("edition")) if self.picture else None


def build_context() -> RequestContext:
    """The view at this moment; fragments call it again at each of their runs."""
    source = current_refresher()
    source.built.wait(_PATIENCE_SECONDS)
    current = source.current
    zone = current.model.origin.programme.time_zone if current.model else "UTC"
    here = the_screen()
    return RequestContext(
        source=source,
        current=current,
        words=words(
            language(),
            zone,
            eastern=here.eastern,
            viewers_zone=st.context.timezone if here.viewers_zone else None,
        ),
        screen=here,
        dark=st.context.theme.type == "dark",
        now=datetime.now(UTC),
    )


def language() -> str:
    """The language of this page run: the address's, the last one chosen, the browser's, the set one."""
    remembered = st.context.cookies.get(_COOKIE)
    return choose(
        query_value("lang"), remembered, st.context.locale, default=received_settings().language
    )


def the_screen() -> DisplayOptions:
    """How this viewer is to be shown the page."""
    settings = received_settings()
    return display_options(
        kept_query(),
        embedded=st.context.is_embedded or False,
        eastern=settings.digits == "eastern",
        mirrored=settings.time == "rtl",
    )


def query_value(name: str) -> str | None:
    """What the address says of ``name``; None when it says nothing."""
    value = st.query_params.get(name)
    return value or None


def kept_query(**changes: str) -> dict[str, str]:
    """The address's choices that go along to another page, with ``changes``.

    A timer's request may carry the address of before the pause was switched on, and after it no
    other comes to mend what it drew: so the switch is believed, where there is one.
    """
    kept = {key: st.query_params[key] for key in KEPT if key in st.query_params}
    switched = st.session_state.get(PAUSE)
    if switched is not None:
        kept.pop(PAUSE, None)
        kept |= {PAUSE: "1"} if switched else {}
    return kept | changes


def number_seconds() -> float | None:
    """How often numbers are brought up to date; None while paused."""
    return None if the_screen().paused else received_settings().refresh_seconds


def chart_seconds() -> float | None:
    """How often charts are redrawn; None while paused.

    Up to a fifth more or less for each viewer: those who came together are not to ask together.
    """
    spread = random.uniform(0.8, 1.2)  # noqa: S311 - nobody gains from guessing it
    return None if the_screen().paused else spread * received_settings().chart_seconds


def current_refresher() -> Refresher:
    """Return the refresher that this server's viewers share."""
    settings = received_settings()
    return start_refresher(settings.read_model, settings.refresh_seconds)


@st.cache_resource(show_spinner=False, on_release=Refresher.stop)
def start_refresher(folder: Path, refresh_seconds: float) -> Refresher:
    """Start the refresher of ``folder``; the same one for every caller of this server."""
    return Refresher(folder, refresh_seconds=refresh_seconds, now=lambda: datetime.now(UTC)).start()
