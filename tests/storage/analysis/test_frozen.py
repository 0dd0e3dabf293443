"""A counter that stands still while others of its broadcast move."""

import polars as pl
import pytest

from storage import schema
from storage.analysis.frozen import SEVERAL, frozen_since
from tests.support.builders import NOON
from tests.support.published_rows import minutes

LENGTH = 90


def frozen(views, likes, viewers=None):
    rows = minutes("a", dict(enumerate(viewers or [])), dict(enumerate(views)))
    rows = [row | {"likes": likes[place]} for place, row in enumerate(rows)]
    found = frozen_since(pl.DataFrame(rows, schema=schema.BROADCAST_MINUTES))
    return {str(metric): (since - NOON).total_seconds() / 60 for metric, since in found.items()}


RISING = [10 * minute for minute in range(LENGTH)]


def test_views_that_stand_while_likes_rise_are_frozen_since_their_last_move():
    stuck = [min(value, 300) for value in RISING]
    assert frozen(stuck, RISING) == {"views": 30}
    assert frozen(RISING, stuck) == {"likes": 30}
    assert frozen([500] * LENGTH, RISING) == {"views": 0}, "it never moved"
    assert frozen(RISING, RISING, [70] * LENGTH) == {"concurrent_viewers": 0}


@pytest.mark.parametrize(
    ("views", "likes"),
    [
        (RISING, RISING),
        ([100] * LENGTH, [5] * LENGTH),  # all at rest
        ([100] * LENGTH, [None] * LENGTH),
        ([100] * LENGTH, [5] * 60 + [6] * 30),  # too little moved to say
        ([300 * (minute // 20) for minute in range(LENGTH)], RISING),  # it is renewed so seldom
        (RISING, [3] * LENGTH),  # likes may rest
        (RISING, [minute // 20 for minute in range(LENGTH)]),
        ([*RISING[:80], *[RISING[79]] * 10], RISING),  # not for long
    ],
)
def test_what_rests_for_another_reason_is_not_frozen(views, likes):
    assert frozen(views, likes) == {}


def test_a_figure_that_is_told_no_more_is_not_frozen_but_not_told():
    views = [*RISING[:40], *[None] * (LENGTH - 40)]
    assert frozen(views, RISING) == {}
    assert frozen([], []) == {}


def test_a_handful_of_viewers_may_stay_as_they_are():
    assert frozen(RISING, RISING, [7] * LENGTH) == {}


def test_it_is_of_several_of_its_own_renewals():
    every = 4
    renewed = [100 * (min(minute, 40) // every) for minute in range(LENGTH)]
    until = 40 + 5 * SEVERAL
    rows = [renewed[:until], renewed[: until + 1]]
    assert [frozen(views, RISING[: len(views)]) for views in rows] == [{}, {"views": 40}]
