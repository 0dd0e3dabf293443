"""Time on the air before a broadcast was first seen."""

import pytest

from storage.reports.edition import report_of
from tests.support.published_event import HOUR, Followed, publish_event
from tests.support.ticks import at


def report(tmp_path, started: float | None, *, first: int = 120, last: int = 240) -> dict:
    """One broadcast of 8 viewers, told to have begun at one minute and seen from another on."""
    facts = {"started_at": None if started is None else at(started)}
    watched = dict.fromkeys(range(first, last), 8)
    radio = Followed(key="icecast:/live", viewers=watched, ends=last, facts=facts)
    return report_of(publish_event(tmp_path / "published", [radio], published=last + 1), "e2026")


@pytest.mark.parametrize(
    ("started", "share", "hours"),
    [
        (0, 0.5, 4.0),  # a collector that came two hours late did not see half of it
        (-30 * 24 * HOUR, 0.5, 4.0),  # one that always runs is of the edition from its opening on
        (119.5, 1.0, 2.0),  # what is seen within a minute was seen from its start
        (125, 1.0, 2.0),  # a source that came back: its told start is a later one
        (None, 1.0, 2.0),  # not told
    ],
)
def test_coverage_begins_at_the_told_start(tmp_path, started, share, hours):
    found = report(tmp_path, started)
    assert found["totals"]["coverage"] == pytest.approx(share)
    assert found["audience"]["coverage"] == pytest.approx(share)
    assert found["audience"]["airtime_hours"] == hours
    assert found["audience"]["hours_watched"] == 16.0, "what was not seen adds nothing"
    assert found["audience"]["average"] == 8.0
    assert found["audience"]["average_at_least"] == 16.0 / hours
