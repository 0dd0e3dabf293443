"""Metrics of the collector itself as OpenMetrics, on loopback unless the configuration says otherwise.

Counters grow as polls are recorded; everything else is one immutable view of the newest
generation, so that a scrape never sees half of it nor a platform that is not followed any more.
Labels carry the names of platforms, buckets, states and reasons, and nothing that came from outside.
"""

import logging
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from socketserver import StreamRequestHandler
from typing import cast

import polars as pl
from prometheus_client import CollectorRegistry, Counter, Histogram, start_http_server
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    Metric,
    StateSetMetricFamily,
)
from prometheus_client.registry import Collector

from collector.config.base import MetricsSection
from storage.model import QuotaUsage, SourceState, Status, Tick
from storage.read_model.heartbeat import WriteFailure

logger = logging.getLogger(__name__)

#: Whoever says nothing for so long is hung up on.
IDLE_SECONDS = 10.0
_TICK_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30, 60)
_ON_AIR = pl.col("status") == str(Status.LIVE)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Generation:
    """The newest generation; ``platforms`` has a row a platform."""

    published_at: datetime
    platforms: pl.DataFrame
    usages: tuple[QuotaUsage, ...]


class Metrics(Collector):
    """One collector's figures, in a registry of their own."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.registry = CollectorRegistry(auto_describe=False)
        self._spool_rows = self._spool_dropped = 0
        self._now = now
        self._generation: _Generation | None = None
        self._polls = Counter(
            "livetally_polls",
            "Attempts to read counts or to find broadcasts; outcome: ok, or the failure's reason.",
            ["platform", "purpose", "outcome"],
            registry=self.registry,
        )
        self._misses = Counter(
            "livetally_misses",
            "Broadcasts that were due or asked for and not seen, by reason.",
            ["platform", "reason"],
            registry=self.registry,
        )
        self._tick = Histogram(
            "livetally_tick_seconds",
            "How long a platform's tick took, from what was due to what was recorded.",
            ["platform"],
            buckets=_TICK_BUCKETS,
            registry=self.registry,
        )
        self.registry.register(self)

    def count_tick(self, platform: str, tick: Tick) -> None:
        """Count what a tick of ``platform`` recorded."""
        for poll in tick.polls:
            self._polls.labels(platform, poll.purpose, str(poll.outcome)).inc()
        for miss in tick.misses:
            self._misses.labels(platform, str(miss.reason)).inc()

    def observe_tick_seconds(self, platform: str, seconds: float) -> None:
        """Note how long a tick of ``platform`` took."""
        self._tick.labels(platform).observe(seconds)

    def show_spool(self, refusal: WriteFailure | None, dropped_rows: int) -> None:
        """Show what waits for the disk, and how many rows were dropped since the start."""
        self._spool_rows = refusal.rows if refusal else 0
        self._spool_dropped = dropped_rows

    def show_generation(self, usages: Sequence[QuotaUsage], state: pl.DataFrame) -> None:
        """Show what was published: ``state`` has the columns of the table of that name."""
        followed = ~pl.col("status").is_in([str(Status.GONE), str(Status.UPLOAD)])
        platforms = state.group_by("platform").agg(
            tracked=followed.sum(),
            live=_ON_AIR.sum(),
            seen_at=pl.col("observed_at").filter(_ON_AIR).min(),
            gap_started_at=pl.col("gap_started_at").filter(followed).min(),
        )
        self._generation = _Generation(
            published_at=self._now(),
            platforms=platforms.sort("platform"),
            usages=tuple(usages),
        )

    def collect(self) -> Iterable[Metric]:
        """Return the figures of the newest generation, with ages as of now."""
        yield _gauge(
            "livetally_spool_rows", "Rows that wait for room to be recorded.", self._spool_rows
        )
        yield CounterMetricFamily(
            "livetally_spool_dropped_rows",
            "Rows that were given up because the disk refused for too long.",
            value=self._spool_dropped,
        )
        generation = self._generation
        if generation is None:
            return
        age = (self._now() - generation.published_at).total_seconds()
        yield _gauge("livetally_generation_age_seconds", "Since the last publication.", age)
        yield from self._of_platforms(generation.platforms)
        yield from _of_usages(generation.usages)

    def _of_platforms(self, platforms: pl.DataFrame) -> Iterable[Metric]:
        now = self._now()
        lag = _family("livetally_lag_seconds", "Age of the stalest count of what is on air.")
        gap = _family("livetally_gap_seconds", "How long the longest open gap has lasted.")
        tracked = _family("livetally_tracked_broadcasts", "Broadcasts that are followed.")
        live = _family("livetally_live_broadcasts", "Broadcasts that are on air.")
        for row in platforms.iter_rows(named=True):
            labels = [row["platform"]]
            tracked.add_metric(labels, row["tracked"])
            live.add_metric(labels, row["live"])
            if row["seen_at"]:
                lag.add_metric(labels, (now - row["seen_at"]).total_seconds())
            since = row["gap_started_at"]
            gap.add_metric(labels, (now - since).total_seconds() if since else 0.0)
        return lag, gap, tracked, live


def _of_usages(usages: Iterable[QuotaUsage]) -> Iterable[Metric]:
    bucket = ["platform", "bucket"]
    used = GaugeMetricFamily("livetally_units_used", "Units of the period spent.", labels=bucket)
    limit = GaugeMetricFamily("livetally_units_limit", "Units of the period.", labels=bucket)
    states = StateSetMetricFamily("livetally_source", "How the source fares.", labels=bucket)
    for usage in usages:
        labels = [usage.platform, usage.bucket or ""]
        states.add_metric(labels, {str(state): state is usage.state for state in SourceState})
        if usage.used is not None and usage.limit is not None:
            used.add_metric(labels, usage.used)
            limit.add_metric(labels, usage.limit)
    return used, limit, states


def _family(name: str, documentation: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, documentation, labels=["platform"])


def _gauge(name: str, documentation: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, documentation, value=value)


@contextmanager
def serve_metrics(metrics: Metrics, section: MetricsSection) -> Generator[int | None]:
    """Serve over HTTP while the body runs; yield the port, ``None`` where it is off or taken."""
    if section.port == 0:
        yield None
        return
    try:
        server, thread = start_http_server(section.port, section.address, metrics.registry)
    except OSError as error:
        # The event is followed without its figures rather than not at all.
        where = f"{section.address}:{section.port}"
        logger.error("no metrics on %s: %s", where, error.strerror)  # noqa: TRY400 - no traceback
        yield None
        return
    # The class of its requests is prometheus-client's own, and serves nothing else.
    cast("type[StreamRequestHandler]", server.RequestHandlerClass).timeout = IDLE_SECONDS
    logger.info("metrics on http://%s:%d/metrics", section.address, server.server_port)
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
