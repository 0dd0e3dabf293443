"""The publisher of the public pages: from the newest picture, it writes what has changed."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from dashboard.i18n.words import LANGUAGES, words
from dashboard.public.documents import LIVE, pages
from dashboard.public.files import write
from dashboard.public.preview_image import preview_image
from dashboard.view_model.refresher import Refresher
from storage.system.panics import panics_as_errors

logger = logging.getLogger(__name__)

#: A preview is looked up once and kept for days; drawing three costs a quarter of a second.
CARD_EVERY = timedelta(minutes=5)


@dataclass(frozen=True, kw_only=True, slots=True)
class Public:
    """How the public pages are made. ``port`` 0: they are written and not served."""

    read_model: Path
    folder: Path
    language: str = "ar"
    digits: str = "latin"  # or eastern (٠١٢), in Arabic
    url: str = ""
    port: int = 0
    every_seconds: float = 15.0
    embed: tuple[str, ...] = ()


class PagePublisher:
    """Publishes to one folder."""

    def __init__(self, public: Public, *, now: Callable[[], datetime]) -> None:
        self._public = public
        self._now = now
        self._eastern = public.digits == "eastern"
        self._producer = Refresher(public.read_model, refresh_seconds=public.every_seconds, now=now)
        self._cards: dict[str, bytes] = {}
        self._cards_at: datetime | None = None

    def publish(self) -> list[str]:
        """Write once and return the names of the files that changed.

        Raises:
            StoreUnwritable: the folder cannot be written.
        """
        self._producer.refresh()
        current = self._producer.current
        if current.model is None and current.damaged_file and (self._public.folder / LIVE).exists():
            return []  # nothing sound to show: the pages of before stay, and say their age
        now = self._now()
        self._draw(now)
        documents = pages(
            current,
            now,
            language=self._public.language,
            url=self._public.url,
            card=bool(self._cards),
            eastern=self._eastern,
        )
        return write(self._public.folder, {**self._cards, **documents})

    def _draw(self, now: datetime) -> None:
        """Renew the pictures of link previews when five minutes have passed."""
        picture = self._producer.current.model
        edition = picture.edition(None) if picture else None
        if picture is None or edition is None:
            return
        if self._cards_at is not None and now - self._cards_at < CARD_EVERY:
            return
        self._cards_at = now
        zone = picture.origin.programme.time_zone
        try:
            with panics_as_errors():
                images = {
                    f"og.{code}.png": preview_image(
                        picture, edition, words(code, zone, eastern=self._eastern)
                    )
                    for code in LANGUAGES
                }
        except Exception:  # the pages do without it, and without naming it
            logger.exception("the pictures for link previews cannot be drawn; the pages go on")
            self._cards = {}
            return
        self._cards = {**images, "og.png": images[f"og.{self._public.language}.png"]}
