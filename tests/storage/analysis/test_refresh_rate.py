"""How often a platform renews its counts, told from the steps of its curves."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from storage.analysis.refresh_rate import refresh_rate
from storage.schema import BROADCAST_MINUTES

START = datetime(2026, 5, 17, 8, tzinfo=UTC)


def minutes(values, *, broadcast="youtube:A", platform="youtube", metric="views", skip=()):
    """A row a minute, without the minutes to ``skip``."""
    rows = [
        {
            "minute": START + timedelta(minutes=number),
            "broadcast": broadcast,
            "platform": platform,
            metric: value,
        }
        for number, value in enumerate(values)
        if number not in skip
    ]
    return pl.DataFrame(rows, schema_overrides=BROADCAST_MINUTES)


def stepped(every, growth, length):
    """A counter that grows by ``growth`` a minute and is renewed every so many minutes."""
    return [growth * (number // every * every) for number in range(length)]


def measured(frame):
    whole = pl.DataFrame(schema=BROADCAST_MINUTES)
    return refresh_rate(pl.concat([whole, frame], how="diagonal"))


@pytest.mark.parametrize("every", [1, 2, 5, 30])
def test_the_steps_of_a_busy_counter_tell_how_often_it_is_renewed(every):
    [row] = measured(minutes(stepped(every, 100, 30 * every))).to_dicts()
    assert row["refresh_minutes"] == every
    assert row["metric"] == "views"


def test_a_counter_that_hardly_moves_tells_nothing():
    assert measured(minutes(stepped(1, 1, 300))).is_empty()


def test_too_few_changes_tell_nothing():
    assert measured(minutes(stepped(30, 100, 150))).is_empty()


def test_a_gap_is_not_taken_for_a_long_run():
    whole = measured(minutes(stepped(2, 100, 200)))
    broken = measured(minutes(stepped(2, 100, 200), skip=range(50, 90)))
    assert broken["refresh_minutes"].item() == whole["refresh_minutes"].item() == 2


def test_each_platform_is_measured_by_itself():
    frame = pl.concat(
        [
            minutes(stepped(5, 100, 200)),
            minutes(stepped(1, 100, 200), broadcast="x:B", platform="x"),
        ]
    )
    assert dict(measured(frame).select("platform", "refresh_minutes").iter_rows()) == {
        "x": 1,
        "youtube": 5,
    }
