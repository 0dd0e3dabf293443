import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dashboard.charts.downsample import breaks, outside, thin

MINUTE = 60_000


def minutes(*at: int) -> np.ndarray:
    return np.array(at, dtype=np.int64) * MINUTE


def test_a_gap_breaks_the_line_with_one_explicit_null():
    times = minutes(0, 1, 2, 60, 61)
    drawn = thin(times, np.arange(5.0), gaps=[(2 * MINUTE, 60 * MINUTE)], points=100)
    assert [value for _, value in drawn] == [0.0, 1.0, 2.0, None, 3.0, 4.0]


def test_what_is_seen_every_minute_has_no_break_whatever_else_is_missing():
    times = minutes(*range(30))
    assert breaks(times, [(5 * MINUTE, 25 * MINUTE)]) == []


def test_a_brief_gap_within_a_long_step_does_not_count():
    assert breaks(minutes(0, 180), [(20 * MINUTE, 25 * MINUTE)]) == []


def test_what_is_sampled_within_a_gap_is_left_out_and_its_edges_stay():
    drawn = thin(minutes(0, 10, 20, 30), np.arange(4.0), gaps=[(0, 30 * MINUTE)], points=100)
    assert [value for _, value in drawn] == [0.0, None, 3.0]


def test_a_peak_survives_the_thinning():
    values = np.zeros(20_000)
    values[12_345] = 1e6
    drawn = thin(minutes(*range(20_000)), values, points=200)
    assert max(value for _, value in drawn if value is not None) == 1e6
    assert len(drawn) <= 210


def test_both_sides_of_a_correction_are_kept():
    values = np.concatenate([np.arange(5_000.0), np.arange(5_000.0) + 4_000])
    drawn = thin(minutes(*range(10_000)), values, corrections=[5_000 * MINUTE], points=50)
    assert (4_999 * MINUTE, 4_999.0) in drawn
    assert (5_000 * MINUTE, 4_000.0) in drawn


def test_nothing_told_is_a_null_and_not_a_zero():
    values = np.array([1.0, np.nan, np.nan, 4.0])
    drawn = thin(minutes(0, 1, 2, 3), values, points=100)
    assert [value for _, value in drawn] == [1.0, None, 4.0]


@given(
    steps=st.lists(st.integers(1, 300), min_size=1, max_size=300),
    gap=st.tuples(st.integers(0, 20_000), st.integers(1, 5_000)),
    points=st.integers(8, 100),
)
def test_thinned_curves_stay_in_order_and_invent_nothing(steps, gap, points):
    times = np.cumsum(np.array(steps, dtype=np.int64)) * MINUTE
    values = np.sin(np.arange(len(steps))).astype(np.float64)
    started = gap[0] * MINUTE
    gaps = [(started, started + gap[1] * MINUTE)]
    drawn = thin(times, values, gaps=gaps, points=points)
    told = {(int(at), float(value)) for at, value in zip(times, values, strict=True)}
    assert [at for at, _ in drawn] == sorted(at for at, _ in drawn)
    assert {(at, value) for at, value in drawn if value is not None} <= told
    kept = times[outside(times, gaps)]
    assert [drawn[0][0], drawn[-1][0]] == [kept[0], kept[-1]] if len(kept) else drawn == []
