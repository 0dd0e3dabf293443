"""The collector's figures over real HTTP, as a monitoring system reads them."""

import asyncio
import socket
import urllib.request
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from collector.config.base import MetricsSection
from collector.observability.metrics import Metrics, serve_metrics
from tests.support.collector_process import IDS, Clock, Three, rig
from tests.support.patience import PATIENCE_SECONDS

pytestmark = pytest.mark.end_to_end
START = datetime(2021, 4, 20, 10, tzinfo=UTC)
CANARY = "simulated-key"  # what the rig gives the collector


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def scraped(port):
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/metrics",
        headers={"Accept": "application/openmetrics-text; version=1.0.0"},
    )
    with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:  # noqa: S310 - loopback
        assert answer.headers["Content-Type"].startswith("application/openmetrics-text")
        return answer.read().decode()


def samples(text):
    """Values by name and labels; the parser refuses what is no OpenMetrics."""
    return {
        (one.name, *sorted(one.labels.values())): one.value
        for family in text_string_to_metric_families(text)
        for one in family.samples
    }


def told(values, name, *labels):
    return values[name, *sorted(labels)]


def test_polls_lag_units_and_states_are_told_and_no_secret(tmp_path, monkeypatch):
    clock, seen = Clock(START), []

    async def go():
        stage = Three(START)
        section = MetricsSection(port=free_port())
        async with rig(tmp_path, stage, clock, monkeypatch) as ready:
            collector = ready.collector
            with serve_metrics(collector.metrics, section) as port:
                seen.append(await asyncio.to_thread(scraped, port))
                await collector.discover()
                await collector.poll()
                clock.forward(seconds=60)
                monkeypatch.setattr(stage, "video", lambda native_id, at: None)
                await collector.poll()
                await collector.publish()
                clock.forward(seconds=30)
                seen.append(await asyncio.to_thread(scraped, port))

    asyncio.run(go())
    before, after = map(samples, seen)
    assert before == {("livetally_spool_rows",): 0, ("livetally_spool_dropped_rows_total",): 0}
    assert told(after, "livetally_polls_total", "youtube", "discovery", "ok") == 1
    assert told(after, "livetally_polls_total", "youtube", "poll", "ok") == 2
    assert told(after, "livetally_misses_total", "youtube", "missing") == len(IDS)
    assert told(after, "livetally_tracked_broadcasts", "youtube") == len(IDS)
    assert told(after, "livetally_live_broadcasts", "youtube") == len(IDS)
    assert told(after, "livetally_lag_seconds", "youtube") == 90
    assert 30 <= told(after, "livetally_gap_seconds", "youtube") <= 90
    assert told(after, "livetally_generation_age_seconds") == 30
    assert told(after, "livetally_units_limit", "youtube", "youtube.units") == 10_000
    assert 0 < told(after, "livetally_units_used", "youtube", "youtube.units") < 20
    assert told(after, "livetally_tick_seconds_count", "youtube") == 2
    assert told(after, "livetally_source", "youtube", "youtube.units", "ok") == 1
    assert CANARY not in "".join(seen)
    assert "Broadcast" not in "".join(seen).replace("Broadcasts", ""), "no title is a label"


def test_a_taken_port_costs_the_figures_and_not_the_collector(caplog):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        section = MetricsSection(port=taken.getsockname()[1])
        with serve_metrics(Metrics(lambda: START + timedelta()), section) as port:
            assert port is None
    assert "no metrics on 127.0.0.1" in caplog.text


def test_two_collectors_in_one_process_do_not_share_figures():
    one, other = Metrics(lambda: START), Metrics(lambda: START)
    one.observe_tick_seconds("youtube", 1.0)
    assert other.registry.get_sample_value("livetally_tick_seconds_count") is None
    assert (
        one.registry.get_sample_value("livetally_tick_seconds_count", {"platform": "youtube"}) == 1
    )
