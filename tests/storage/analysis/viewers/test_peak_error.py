"""The bound on how far a peak was under-read, on real broadcasts read every 5 s."""

from pathlib import Path

import pytest

from benchmarks.accuracy import INTERVALS, phases, seen, series
from storage.analysis.viewers.peak_error import LEAST_VALUES, highest_peak


@pytest.fixture
def whole(shared: Path) -> list[list[int]]:
    return series(shared / "timeseries" / "youtube_live_5s_2021.csv")


@pytest.mark.parametrize("every", INTERVALS)
def test_the_bound_holds_in_95_of_100_phases(whole, every):
    stated = [
        (bound, max(values))
        for values in whole
        for _, read in phases(values, every)
        if (bound := highest_peak([read])) is not None
    ]
    if every >= 30:
        assert not stated, "none of these broadcasts is long enough to say"
        return
    held = sum(int(bound) >= truth for bound, truth in stated)
    assert held >= 0.95 * len(stated)


def test_the_audience_states_the_bound(whole):
    values = max(whole, key=len)
    late, read = list(phases(values, 5))[7]
    found = seen(read, 5, late, 5 * len(values))
    bound = highest_peak([read])
    assert found.peak
    assert bound
    assert len(read) >= LEAST_VALUES
    assert found.peak.hardly_above == int(bound)
