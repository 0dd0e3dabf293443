"""What a person reads of a forecast in the report."""

import io
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from rich.console import Console

from storage.analysis.forecast.conformal import PUBLIC
from storage.analysis.forecast.preconditions import NoForecastReason
from storage.cli.print_forecast import describe_no_forecast, print_forecast
from storage.tables.json_values import iso, json_value
from tests.support.published_forecast import OPENS, edition, hour

WHOLE = edition()


def printed(found) -> str:
    output = io.StringIO()
    console = Console(file=output, width=200)
    print_forecast(json.loads(json.dumps(json_value(found))), console)
    return output.getvalue()


def test_ranges_come_first_and_what_they_come_from_after():
    found = WHOLE.forecast(hour(60))
    text = printed(found)
    _, usual, _ = found.ranges
    assert text.index(f"{usual.low:,}") < text.index(f"{found.middle:,}") < text.index("programme")
    assert f"target 1,000,000: {found.target.chance:.0%} to be passed by then" in text
    assert "as of 2026-05-19T11:50:00+00:00, for 2026-05-22T00:00:00+00:00" in text
    assert (
        f"past error at this share of the time: {found.public_missed:.1%} on public series" in text
    )
    assert f"80% ranges held {PUBLIC.first.held:.0%}" in text
    early, late = (iso(at) for at in (found.target.ranges[1].early, found.target.ranges[1].late))
    assert f"80% range, if it is passed: {early} to {late}" in text


def test_past_errors_are_of_earlier_editions_at_this_share_of_their_time():
    before = edition("before", opens=OPENS - timedelta(days=365), sizes=(10_000.0,) * 6)
    found = WHOLE.forecast(hour(60), before)
    text = printed(found)
    assert f"earlier editions (1), at this share of their time: {found.missed:.1%}" in text
    assert "less sure" not in text


def test_a_passed_target_is_said_to_be_passed():
    passed = replace(WHOLE, row=WHOLE.row | {"target_views": 1_000})
    text = printed(passed.forecast(hour(60)))
    assert "target 1,000: passed" in text
    assert "if it is passed" not in text


def test_without_a_target_only_the_sum_is_told():
    assert "target" not in printed(
        replace(WHOLE, row=WHOLE.row | {"target_views": None}).forecast(hour(60))
    )


def test_a_refusal_says_why_and_from_when():
    assert printed(WHOLE.forecast(hour(30))).strip() == (
        "no forecast: less than 24 hours were seen; from 2026-05-18T12:00:00+00:00"
    )


@pytest.mark.parametrize("reason", list(NoForecastReason))
def test_every_reason_has_words(reason):
    assert describe_no_forecast({"reason": str(reason), "platforms": ["x"], "available_at": None})
