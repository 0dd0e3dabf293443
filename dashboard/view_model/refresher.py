"""One thread builds the picture once per refresh; every viewer reads the ready object.

Building per viewer collapses at 50 viewers; reading a ready object carries 400. The thread goes on
through anything: nothing published yet, a folder half written, a fault of ours. It then keeps the
last picture and says since when and why.
"""

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl

from dashboard.view_model.cache import SingleFlightCache
from dashboard.view_model.edition import EditionTables
from dashboard.view_model.forecasts import CachedForecast, ForecastCache
from dashboard.view_model.generation_cache import GenerationCache
from dashboard.view_model.root import DashboardModel, Origin, build_model
from storage.analysis.refresh_rate import refresh_rate
from storage.read_model.reader import NotPublished, OtherVersion, Published, ReadModel

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class CurrentModel:
    """What viewers read. ``picture`` None: nothing that we can read was published where we look.

    ``failed_since`` is set while building fails and the picture is an older one. ``other_version``
    is that of a read model which is there, but is not the one this program reads.
    """

    picture: DashboardModel | None
    heartbeat_at: datetime | None
    failed_since: datetime | None
    trouble: str | None
    other_version: int | None = None
    forecasts: Mapping[str, CachedForecast] = field(
        default_factory=dict[str, CachedForecast]
    )  # by edition


class Refresher:
    """Keeps :attr:`ready` up to date from ``folder`` in a daemon thread of its own."""

    def __init__(
        self, folder: Path, *, refresh_seconds: float, now: Callable[[], datetime]
    ) -> None:
        self._reads = ReadModel(folder)
        self.studies = GenerationCache(self._reads)
        self.drawn = SingleFlightCache()
        self._refresh_seconds = refresh_seconds
        self._now = now
        self._stopped = threading.Event()
        self.built = threading.Event()  # the first picture was tried: what is ready may be shown
        self._thread = threading.Thread(target=self._run, name="picture", daemon=True)
        self._resolution: tuple[datetime, pl.DataFrame] | None = None
        self._foresight = ForecastCache()
        self.folder = folder
        self.ready = CurrentModel(picture=None, heartbeat_at=None, failed_since=None, trouble=None)

    def start(self) -> "Refresher":
        """Build in the thread from now on; ``built`` says when the first picture is there."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """End the thread; the last picture stays readable."""
        self._stopped.set()

    def refresh(self) -> None:
        """Build a picture now. Never raises: a fault becomes ``trouble``."""
        try:
            self.ready = self._built()
        except OtherVersion as error:
            self.ready = self._kept(str(error), other_version=error.found)
        except NotPublished as error:
            self.ready = self._kept(str(error))
        except Exception as error:  # a viewer's page must outlive any fault of one build
            if self.ready.failed_since is None:
                logger.exception("building the picture failed; the last one stays")
            self.ready = self._kept(f"{type(error).__name__}: {error}")

    def broadcast_minutes(self, broadcast: str) -> pl.DataFrame | None:
        """One broadcast's minutes, of an earlier generation where the newest cannot be read; else None."""
        picture = self.ready.picture
        if picture is None:
            return None
        return self.studies.of(
            ("minutes", broadcast), picture, lambda _, minutes: minutes([broadcast])
        )

    def _run(self) -> None:
        self.refresh()
        self.built.set()
        while not self._stopped.wait(self._refresh_seconds):
            self.refresh()

    def _built(self) -> CurrentModel:
        published = self._reads.open()
        beat = self._reads.heartbeat()
        heartbeat_at = beat.at if beat else None
        before = self.ready.picture
        manifest = published.manifest
        origin = Origin(
            generation=manifest.generation,
            published_at=manifest.published_at,
            version=manifest.version,
            simulated=manifest.simulated,
            programme=manifest.programme,
            heartbeat_at=heartbeat_at,
            loss=manifest.loss,
            refusal=beat.refusal if beat else None,
        )
        picture = build_model(
            tables(published, self._measured(published)), origin, self._now(), before
        )
        return CurrentModel(
            picture=picture,
            heartbeat_at=heartbeat_at,
            failed_since=None,
            trouble=None,
            forecasts=self._foresight.of(published, self._now()),
        )

    def _measured(self, published: Published) -> pl.DataFrame:
        """How often the platforms renew their counts: it hardly changes, and a day costs to read."""
        now = self._now()
        if self._resolution is None or now - self._resolution[0] >= _MEASURED_EVERY:
            minutes = published.broadcast_minutes(None, now - _MEASURED_OVER)
            self._resolution = now, refresh_rate(minutes)
        return self._resolution[1]

    def _kept(self, trouble: str, *, other_version: int | None = None) -> CurrentModel:
        since = self.ready.failed_since or self._now()
        return replace(self.ready, failed_since=since, trouble=trouble, other_version=other_version)


_MEASURED_EVERY = timedelta(minutes=10)
_MEASURED_OVER = timedelta(hours=24)


def tables(published: Published, measured: pl.DataFrame) -> EditionTables:
    """Read everything the picture is made of from one generation."""
    editions = published.editions()
    return EditionTables(
        editions=editions,
        accounts=published.accounts(),
        state=published.state(),
        gaps=published.gaps(),
        corrections=published.corrections(),
        polls=published.polls(),
        health=published.health(),
        segments=published.segments(),
        sessions=published.sessions(),
        minutes={key: published.edition_minutes(key) for key in editions["edition"]},
        resolution=measured,
        annotations=published.manifest.annotations,
    )
