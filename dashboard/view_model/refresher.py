"""The thread that builds the model once per refresh, for every viewer to read.

Building per viewer collapses at 50 viewers; reading a ready object carries 400. The thread goes on
through anything: nothing published yet, a folder half written, a fault of ours. It then keeps the
last model and says since when.
"""

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from types import MappingProxyType

import polars as pl

from dashboard.view_model.cache import GenerationCache, SingleFlightCache
from dashboard.view_model.edition import EditionTables
from dashboard.view_model.forecasts import CachedForecast, ForecastCache
from dashboard.view_model.root import DashboardModel, Origin, build_model
from storage.analysis.refresh_rate import RESOLUTION, refresh_rate
from storage.model import CollectorEnd, HistoryStanding
from storage.read_model.collector_end import read_end
from storage.read_model.history_reader import MEASURED, WithHistory
from storage.read_model.reader import (
    DEAD_AFTER_SECONDS,
    DamagedFile,
    NotPublished,
    OtherVersion,
    Published,
    ReadModel,
)
from storage.system.panics import panics_as_errors

logger = logging.getLogger(__name__)

_DEAD_AFTER = timedelta(seconds=DEAD_AFTER_SECONDS)
_MEASURED_EVERY = timedelta(minutes=10)
_MEASURED_OVER = timedelta(hours=24)


@dataclass(frozen=True, kw_only=True, slots=True)
class CurrentModel:
    """What viewers read. ``model`` None: nothing that we can read was published where we look.

    ``failed_since`` is set while building fails and the model is an older one. ``other_version``
    is that of a read model which is there, but is not the one this program reads;
    ``damaged_file`` is a published file that is not as it was written, by its path in the folder.
    ``collector_end`` is how the collector ended, if it is known and nothing was heard of it since.
    """

    model: DashboardModel | None = None
    heartbeat_at: datetime | None = None
    failed_since: datetime | None = None
    other_version: int | None = None
    damaged_file: str | None = None
    collector_end: CollectorEnd | None = None

    def silent_since(self, now: datetime) -> datetime | None:
        """Return when the collector last showed life, if that is too long ago; None while it lives."""
        beat = self.heartbeat_at
        return beat if beat is not None and now - beat > _DEAD_AFTER else None

    def unrenewed_since(self, now: datetime) -> datetime | None:
        """Return since when nothing new arrives: nobody collects, or what is published cannot be read."""
        if self.model is None:
            return None
        beat = self.heartbeat_at or self.model.origin.published_at
        since = (beat, self.failed_since or now)
        return next((at for at in since if now - at > _DEAD_AFTER), None)


class Refresher:
    """Keeps :attr:`current` up to date from ``folder`` in a daemon thread of its own."""

    def __init__(
        self, folder: Path, *, refresh_seconds: float, now: Callable[[], datetime]
    ) -> None:
        self.folder = folder
        self.current = CurrentModel()
        self.built = threading.Event()  # the first build was tried: what is current may be shown
        self._reader = ReadModel(folder)
        self.generation_cache = GenerationCache(self._reader)
        self.render_cache = SingleFlightCache()
        self._refresh_seconds = refresh_seconds
        self._now = now
        self._stopped = threading.Event()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._slow: threading.Thread | None = None
        self._read: tuple[WithHistory, datetime] | None = None  # the newest picture's, and when
        self._refresh_rates = RESOLUTION.to_frame()
        self._rates_at: datetime | None = None
        self._forecasts = ForecastCache()
        self.forecasts: Mapping[str, CachedForecast] = MappingProxyType({})  # by edition
        self.worked_out = threading.Event()  # what takes long was tried for the first time

    def start(self) -> "Refresher":
        """Build in the thread from now on, or again if it has died; ``built``: a first build was tried."""
        with self._starting:
            if self._stopped.is_set() or (self._thread and self._thread.is_alive()):
                return self
            if self._thread:
                logger.error("the refresher's thread has died; starting it again")
                self.current = self._failed()
            self._thread = threading.Thread(target=self._run, name="refresher", daemon=True)
            self._thread.start()
        return self

    def stop(self) -> None:
        """End the thread; the last model stays readable."""
        self._stopped.set()

    def refresh(self) -> None:
        """Build the model now. Never raises: a fault sets ``failed_since``."""
        try:
            with panics_as_errors():
                self.current = self._build()
        except OtherVersion as error:
            self.current = self._failed(other_version=error.version)
        except DamagedFile as error:
            if self.current.damaged_file is None:
                logger.error("%s; pages go on showing the last picture", error)  # noqa: TRY400 - the disk's fault, no traceback
            self.current = self._failed(damaged_file=error.path.relative_to(self.folder).as_posix())
        except NotPublished:
            self.current = self._failed()
        except Exception:  # a viewer's page must outlive any fault of one build
            if self.current.failed_since is None:
                logger.exception("building the model failed; pages go on showing the last one")
            self.current = self._failed()

    def broadcast_minutes(self, broadcast: str) -> pl.DataFrame | None:
        """Return a broadcast's minutes, of an earlier generation where the newest cannot be read.

        None where there is no such generation either.
        """
        model = self.current.model
        if model is None:
            return None
        return self.generation_cache.get_or_build(
            ("minutes", broadcast),
            model,
            lambda minutes: minutes([broadcast]).collect().sort("minute"),
        )

    def work_out(self) -> None:
        """Work out, of what was read last, what takes long and changes slowly. Never raises.

        No picture waits for it: how often platforms renew their counts is in the next one.
        """
        try:
            with panics_as_errors():
                if self._read:
                    published, now = self._read
                    self.forecasts = self._forecasts.get_or_make(published, now)
                    self._measure_refresh_rates(published, now)
        except NotPublished:
            logger.debug("a newer generation has taken the place of the one that was read")
        except Exception:  # a viewer's page must outlive any fault of it
            logger.exception("measuring how often platforms renew their counts failed")
        self.worked_out.set()

    def _run(self) -> None:
        while True:
            self.refresh()
            self.built.set()
            if self._slow is None or not self._slow.is_alive():
                self._slow = threading.Thread(
                    target=self.work_out, name="slow figures", daemon=True
                )
                self._slow.start()
            if self._stopped.wait(self._refresh_seconds):
                return

    def _build(self) -> CurrentModel:
        published = self._reader.open_as(WithHistory)
        beat = self._reader.heartbeat()
        manifest = published.manifest
        origin = Origin(
            generation=manifest.generation,
            published_at=manifest.published_at,
            version=manifest.version,
            simulated=manifest.simulated,
            programme=manifest.programme,
            loss=manifest.loss,
            heads=manifest.heads,
            refusal=beat.refusal if beat else None,
        )
        now = self._now()
        model = build_model(
            read_tables(published, self._refresh_rates), origin, now, self.current.model
        )
        self._read = published, now
        return CurrentModel(
            model=model,
            heartbeat_at=beat.at if beat else None,
            collector_end=read_end(self.folder, beat.at if beat else None),
        )

    def _measure_refresh_rates(self, published: Published, now: datetime) -> None:
        """Measure how often platforms renew their counts: it hardly changes, and a day costs to read."""
        if self._rates_at is None or now - self._rates_at >= _MEASURED_EVERY:
            minutes = published.scan_minutes(None, now - _MEASURED_OVER).filter(MEASURED)
            self._refresh_rates, self._rates_at = refresh_rate(minutes), now

    def _failed(
        self, *, other_version: int | None = None, damaged_file: str | None = None
    ) -> CurrentModel:
        since = self.current.failed_since or self._now()
        alive_at = self.current.heartbeat_at
        if self.current.model is None:  # else it is as old as the picture
            alive_at = self._reader.heartbeat_at()
        return replace(
            self.current,
            failed_since=since,
            other_version=other_version,
            damaged_file=damaged_file,
            heartbeat_at=alive_at,
            collector_end=read_end(self.folder, self._reader.heartbeat_at()),
        )


def read_tables(published: WithHistory, refresh_rates: pl.DataFrame) -> EditionTables:
    """Read everything the model is built of from one generation."""
    history = published.history()
    stands_beside = (history["standing"] == str(HistoryStanding.MEASURED)).any()
    tables = _tables(published, refresh_rates)
    return replace(
        tables,
        history=history,
        beside=_tables(published.alone, refresh_rates) if stands_beside else None,
    )


def _tables(published: Published, refresh_rates: pl.DataFrame) -> EditionTables:
    editions = published.editions()
    return EditionTables(
        editions=editions,
        accounts=published.accounts(),
        state=published.state(),
        gaps=published.gaps(),
        corrections=published.corrections(),
        polls=published.polls(),
        health=published.health(),
        looks=published.looks(),
        segments=published.segments(),
        sessions=published.sessions(),
        minutes={key: published.edition_minutes(key) for key in editions["edition"]},
        refresh_rates=refresh_rates,
        annotations=published.manifest.annotations,
    )
