"""What must hold of the figures whatever was seen."""

from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from storage import schema
from storage.analysis import dataset
from storage.analysis.dataset import build_dataset
from storage.analysis.viewers.audience import audience
from storage.analysis.views.growth import cumulative
from storage.analysis.views.milestones import crossings
from storage.analysis.views.views_at import Knowledge, sums, total_at
from tests.support.published_rows import DEFINITION, gap, minutes, on_air, shown
from tests.support.ticks import at

LENGTH = 16
NAMES = ("youtube:a", "youtube:b", "x:c")
UNTIL = at(LENGTH)
SEGMENTS = [on_air(name, 0, LENGTH) for name in NAMES]
count = st.none() | st.integers(min_value=0, max_value=60)
series = st.dictionaries(st.integers(min_value=0, max_value=LENGTH - 1), count, max_size=LENGTH)
stretch = st.tuples(
    st.sampled_from(NAMES),
    st.floats(min_value=0, max_value=LENGTH - 1),
    st.floats(min_value=0.1, max_value=6),
).map(lambda drawn: gap(drawn[0], drawn[1], drawn[1] + drawn[2]))
gaps = st.lists(stretch, max_size=4)
histories = st.fixed_dictionaries(dict.fromkeys(NAMES, st.tuples(series, series))).map(
    lambda drawn: [row for name, (viewers, views) in drawn.items() for row in minutes(name, viewers, views)]
)  # fmt: skip
instants = st.integers(min_value=-1, max_value=LENGTH)
knowledges = st.sampled_from(Knowledge)


def total(seen, minute, knowledge):
    return total_at(seen, at(minute), knowledge=knowledge, definition=DEFINITION)


@settings(deadline=None, max_examples=60)
@given(histories, gaps, instants, knowledges)
def test_parts_add_up_to_the_total_at_every_instant(rows, unseen, minute, knowledge):
    seen = shown(rows, gaps=unseen, segments=SEGMENTS)
    whole = total(seen, minute, knowledge)
    told = [value for value in whole.parts["views"] if value is not None]
    assert whole.views == (sum(told) if told else None)
    for by in ("platform", "account"):
        assert sums(whole.parts, by)["views"].sum() == sum(told)
    alone = [total(seen.of_broadcasts([name]), minute, knowledge).views for name in NAMES]
    assert sum(value for value in alone if value is not None) == sum(told)
    split = whole.parts.filter(pl.col("live_views").is_not_null())
    assert ((split["live_views"] + split["replay_views"]) == split["views"]).all()
    assert (split["replay_views"] >= 0).all()


@settings(deadline=None, max_examples=60)
@given(histories, gaps)
def test_the_peak_of_the_sum_is_no_sum_of_peaks(rows, unseen):
    seen = shown(rows, gaps=unseen, segments=SEGMENTS)
    whole = audience(seen, until=UNTIL)
    alone = [audience(seen.of_broadcasts([name]), until=UNTIL).peak for name in NAMES]
    peaks = [peak.viewers for peak in alone if peak]
    if whole.peak is None:
        assert peaks == []
        return
    assert max(peaks) <= whole.peak.viewers <= sum(peaks)


@settings(deadline=None, max_examples=60)
@given(histories, gaps, st.tuples(*(st.integers(min_value=1, max_value=LENGTH) for _ in NAMES)))
def test_the_average_is_no_more_than_the_peak(rows, unseen, ends):
    segments = [on_air(name, 0, end) for name, end in zip(NAMES, ends, strict=True)]
    found = audience(shown(rows, gaps=unseen, segments=segments), until=UNTIL)
    if found.peak is None:
        assert found.average is None
        return
    assert found.average is not None
    assert found.average_at_least is not None
    assert found.coverage is not None
    assert found.coverage <= 1
    assert found.seen_hours <= found.airtime_hours + 1e-9, "what is told off the air is no audience"
    assert found.average_at_least <= found.average + 1e-9
    assert found.average <= found.peak.viewers + 1e-9
    assert found.peak.hardly_above is None or found.peak.hardly_above >= found.peak.viewers


@settings(deadline=None, max_examples=40)
@given(histories, gaps, st.integers(min_value=1, max_value=LENGTH))
def test_how_many_rows_are_taken_at_once_changes_nothing(rows, unseen, size):
    seen = shown(rows, gaps=unseen, segments=SEGMENTS)
    whole = audience(seen, until=UNTIL)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(dataset, "_ROWS_A_PART", size)
        parts = audience(seen, until=UNTIL)
    assert_frame_equal(parts.viewers, whole.viewers)
    for name in ("peak", "average", "hours_watched", "airtime_hours", "seen_hours", "coverage"):
        assert getattr(parts, name) == pytest.approx(getattr(whole, name)), name


@settings(deadline=None, max_examples=60)
@given(histories, gaps, st.randoms(use_true_random=False), knowledges)
def test_parts_of_a_history_may_come_in_any_order_and_twice(rows, unseen, chance, knowledge):
    whole = shown(rows, gaps=unseen, segments=SEGMENTS)
    first, second = ([row for row in rows if chance.random() < share] for share in (0.5, 0.6))
    rest = [row for row in rows if row not in first and row not in second]
    one, other = (shown(some, gaps=unseen, segments=SEGMENTS) for some in (first, second + rest))
    for parts in ((one, other), (other, one)):
        names = parts[0].__slots__
        merged = build_dataset(
            **{name: pl.concat([getattr(part, name) for part in parts]) for name in names}
        )
        assert_frame_equal(merged.minutes, whole.minutes)
        mine, theirs = audience(merged, until=UNTIL), audience(whole, until=UNTIL)
        assert_frame_equal(mine.viewers, theirs.viewers)
        assert (mine.peak, mine.hours_watched) == (theirs.peak, theirs.hours_watched)
        assert total(merged, 9, knowledge).views == total(whole, 9, knowledge).views


@settings(deadline=None, max_examples=60)
@given(series.filter(lambda views: any(value is not None for value in views.values())))
def test_a_fall_is_never_hidden(views):
    told = [(minute, views[minute]) for minute in sorted(views) if views[minute] is not None]
    seen = shown(minutes("youtube:a", {}, views))
    for minute, value in told:
        assert total(seen, minute, Knowledge.AT_INSTANT).views == value, (
            "what was told is what is shown"
        )
        known = total(seen, minute, Knowledge.NOW).views
        assert known == min(later for at_, later in told if at_ >= minute)
    deltas = [told[0][1], *(after[1] - before[1] for before, after in pairwise(told))]
    rows = [
        (at(minute), "e", "youtube", delta, None, 1)
        for (minute, _), delta in zip(told, deltas, strict=True)
    ]
    curve = cumulative(pl.DataFrame(rows, schema=schema.EDITION_MINUTES, orient="row"))
    curve = curve.filter(pl.col("platform").is_null())
    assert curve["views"].to_list() == [value for _, value in told]
    highest = max(value for _, value in told)
    (crossing,) = crossings(curve, [highest]).rows(named=True)
    last = max(minute for minute, value in told if value == highest)
    assert crossing["stands"] == (told[-1][1] == highest)
    assert (crossing["fell_at"] is not None) == any(
        value < highest for minute, value in told if minute > at_first(told, highest)
    )
    assert crossing["before"] <= at(last + 1)


def at_first(told, value):
    return next(minute for minute, one in told if one == value)


@settings(deadline=None, max_examples=60)
@given(histories, gaps, stretch, instants)
def test_one_more_gap_raises_no_number(rows, unseen, more, minute):
    before, after = (
        shown(rows, gaps=some, segments=SEGMENTS) for some in (unseen, [*unseen, more])
    )
    watched, less = (audience(seen, until=UNTIL) for seen in (before, after))
    for name in ("hours_watched", "seen_hours", "average_at_least", "coverage"):
        mine, theirs = getattr(less, name), getattr(watched, name)
        assert (mine is None) == (theirs is None)
        assert mine is None or mine <= theirs + 1e-9
    assert less.airtime_hours == watched.airtime_hours
    if watched.peak:
        assert less.peak
        assert less.peak.viewers <= watched.peak.viewers
    for knowledge in Knowledge:
        mine, theirs = (total(seen, minute, knowledge) for seen in (after, before))
        assert mine.views == theirs.views, "a gap says nothing of what was told"
        assert (mine.coverage is None) == (theirs.coverage is None)
        assert mine.coverage is None or mine.coverage <= theirs.coverage + 1e-9


def test_a_gap_in_a_quiet_hour_raises_the_average_and_not_its_bound():
    rows = minutes("youtube:a", {minute: 10 if minute < 8 else 90 for minute in range(LENGTH)})
    whole, part = (
        audience(shown(rows[cut:], gaps=unseen, segments=SEGMENTS[:1]), until=UNTIL)
        for cut, unseen in ((0, []), (4, [gap("youtube:a", 0, 4)]))
    )
    assert part.average == pytest.approx((4 * 10 + 8 * 90) / 12)
    assert (whole.average, whole.average_at_least) == (50, 50)
    assert part.average_at_least == pytest.approx(47.5)


polls = st.lists(st.none() | st.integers(min_value=0, max_value=60), min_size=2, max_size=12)
#: What one answer alone tells after the end cannot be told from what was told just before it.
after_the_end = polls.filter(lambda told: sum(value is not None for value in told) != 1)
paces = st.integers(min_value=1, max_value=6)


@settings(deadline=None, max_examples=100)
@given(polls, paces, polls, after_the_end, st.integers(min_value=1, max_value=59))
def test_the_second_of_the_minute_at_which_is_polled_moves_no_figure(
    live, pace, before, after, late
):
    """``None``: the poll failed. Before the start and after the end some wait, and are told too."""
    on_time, later = (
        audience(polled_at(second / 60, pace, before, live, after), until=at(400))
        for second in (0, late)
    )
    minute, most = 1 / 60, max((value for value in live if value is not None), default=0)
    assert abs(later.seen_hours - on_time.seen_hours) <= minute + 1e-9
    assert abs(later.airtime_hours - on_time.airtime_hours) <= minute + 1e-9
    watched = [found.hours_watched or 0 for found in (on_time, later)]
    assert abs(watched[1] - watched[0]) <= most * minute + 1e-9
    assert getattr(later.peak, "viewers", None) == getattr(on_time.peak, "viewers", None)
    for found in (on_time, later):
        assert found.seen_hours <= found.airtime_hours + 1e-9
        assert found.coverage is None or found.coverage <= 1 + 1e-9
    split, shifted = (
        total(polled_at(second / 60, pace, before, live, after), 400, Knowledge.AT_INSTANT).parts
        for second in (0, late)
    )
    assert_frame_equal(split, shifted)


def polled_at(second, pace, before, live, after):
    """What is kept of polls ``pace`` minutes apart, as the store keeps gaps and segments."""
    told, began, seen, unseen, rows = [*before, *live, *after], None, None, [], {}
    on_air_at = range(len(before), len(before) + len(live))
    for number, value in enumerate(told):
        if value is None:
            began = began or seen
            continue
        seen = number * pace + second
        if began is not None:
            unseen.append(gap("youtube:a", began, seen))
            began = None
        rows[number * pace] = value
    answers = [number for number, value in enumerate(told) if value is not None]
    starts = [number for number in answers if number in on_air_at]
    ends = [number for number in answers if number > on_air_at[-1]]
    segments = [
        on_air("youtube:a", starts[0] * pace + second, ends[0] * pace + second if ends else None)
    ] if starts else []  # fmt: skip
    status = "upcoming" if not starts else "ended" if ends else "live"
    state = {"broadcast": "youtube:a", "status": status}
    views = {minute: 10 * minute for minute in rows}
    return shown(minutes("youtube:a", rows, views), gaps=unseen, segments=segments, state=[state])
