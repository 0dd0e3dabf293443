"""A plan and what the real collector then asks of the simulated platforms, side by side."""

import asyncio
from datetime import timedelta

import pytest

from collector.config.load import load_config
from collector.planning.edition_plan import plan_edition
from collector.planning.rehearsal import run_rehearsal
from collector.planning.report import measured_rows, plan_as_json
from tests.collector.planning.test_simulate import CHANNELS, configured

pytestmark = pytest.mark.end_to_end
ACCOUNTS = [
    *CHANNELS,
    {"platform": "facebook", "handle": "dgsn"},
    {"platform": "x", "handle": "dgsn"},
    {"platform": "twitch", "handle": "dgsn"},
]
EXPECTED = [
    {"platform": "youtube", "broadcasts_per_day": 12, "hours": 3, "at_once": 6},
    {"account": "facebook:dgsn", "broadcasts_per_day": 4, "hours": 3, "at_once": 2},
]


def test_what_is_planned_is_about_what_the_collector_asks(tmp_path):
    youtube = {"daily_units": 900, "reserve_units": 20}
    path = configured(
        tmp_path, expected=EXPECTED, accounts=ACCOUNTS, platforms={"youtube": youtube}
    )
    config = load_config(path)
    seen = []

    def progress(minutes):
        for minute in minutes:
            seen.append(minute)
            yield minute

    found = asyncio.run(run_rehearsal(config, config.editions[0], progress=progress, hours=1))
    assert len(seen) == 60
    assert found.ends - found.begins == timedelta(hours=1)
    assert found.left_out == ("twitch",)
    rows = {(platform, what): numbers for platform, what, *numbers in measured_rows(found)}
    assert {platform for platform, _ in rows} == {"youtube", "facebook", "x"}
    planned, measured = rows["youtube", "youtube.units"]
    assert 20 < measured <= 60, "stretched: one call each minute and more is too much"
    assert planned == pytest.approx(measured, rel=0.3)
    planned, measured = rows["facebook", "poll calls"]
    assert measured >= 60
    assert planned == pytest.approx(measured, rel=0.3)
    assert rows["youtube", "discovery calls"] == [12, 12]
    told = plan_as_json(plan_edition(config, config.editions[0]), found)["simulated"]
    assert told["not_simulated"] == ["twitch"]
    assert len(told["counts"]) == len(rows)
