"""Measured against reported: what is compared, what is not, and what the sums are over."""

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.analysis.editions.reconciliation import COMPARED, instants, reconcile
from storage.schema import RECONCILIATION, REPORTED, STATE

NOON = datetime(2026, 5, 17, 12, tzinfo=UTC)
DAY = timedelta(days=1)
AS_OF = NOON + 7 * DAY


def told(broadcast, value, metric="views", **facts):
    row = dict.fromkeys(REPORTED)
    row |= {"import_id": 1, "edition": "e", "platform": "youtube", "account": "youtube:@a"}
    row |= {"broadcast": broadcast, "observed_at": AS_OF, "metric": metric, "value": value}
    return row | {"source": "studio", "definition": "youtube.studio@2005-04-23"} | facts


def state_of(*broadcasts, **facts):
    rows = [
        dict.fromkeys(STATE)
        | {"broadcast": f"youtube:{name}", "platform": "youtube", "account": "youtube:@a"}
        | {"edition": "e", "title": name, "started_at": NOON, "views": 1}
        | facts
        for name in broadcasts
    ]
    return pl.DataFrame(rows, schema=STATE)


def measured_of(reported, **views):
    """Give what was measured of each wanted instant: these views, a minute before it."""
    wanted = instants(reported)
    columns = {name: pl.lit(None, pl.Int64) for name in COMPARED}
    times = {f"{name}_at": pl.col("instant") - timedelta(minutes=1) for name in COMPARED}
    counts = pl.DataFrame(
        {"broadcast": [f"youtube:{name}" for name in views], "views": list(views.values())},
        schema={"broadcast": pl.String, "views": pl.Int64},
    )
    return (
        wanted.with_columns(**columns, **times, definition=pl.lit("youtube@2005-04-23"))
        .drop("views")
        .join(counts, on="broadcast")
    )


def table(*rows):
    return pl.DataFrame(rows, schema=REPORTED)


def compared(reported, state, **views):
    return reconcile(reported, state, measured_of(reported, **views))


def at(rows, level, broadcast=None, metric="views"):
    kept = rows.filter(
        (pl.col("level") == level)
        & pl.col("broadcast").eq_missing(broadcast)
        & (pl.col("metric") == metric)
    )
    return kept.row(0, named=True)


def test_the_difference_is_measured_less_reported_at_one_instant():
    rows = compared(table(told("A", 1_000.0)), state_of("A"), A=950)
    one = at(rows, "broadcast", "youtube:A")
    assert (one["reported"], one["measured"], one["difference"]) == (1_000, 950, -50)
    assert one["difference_percent"] == pytest.approx(-5)
    assert one["reported_at"] == AS_OF
    assert one["measured_at"] == AS_OF - timedelta(minutes=1)
    assert (one["standing"], one["title"]) == ("compared", "A")


def test_a_count_that_ended_earlier_is_compared_with_what_was_measured_then():
    reported = table(
        told("A", 1.0, period_starts_at=NOON - DAY, period_ends_at=NOON + DAY)
    )  # fmt: skip
    assert instants(reported)["instant"].to_list() == [NOON + DAY]


def test_a_count_of_some_days_only_is_not_compared():
    part = table(told("A", 5.0, period_starts_at=NOON + DAY, period_ends_at=NOON + 2 * DAY))
    one = at(compared(part, state_of("A"), A=950), "broadcast", "youtube:A")
    assert (one["standing"], one["reported"], one["measured"], one["difference"]) == (
        "partial",
        5,
        None,
        None,
    )
    unknown = compared(part, state_of("A", started_at=None), A=950)
    assert at(unknown, "broadcast", "youtube:A")["standing"] == "partial"


def test_a_whole_count_goes_before_one_of_a_day_and_a_later_before_an_earlier():
    day: dict[str, Any] = {"period_starts_at": AS_OF - DAY, "period_ends_at": AS_OF}
    reported = table(told("A", 9.0), told("A", 1.0, **day), told("A", 7.0, observed_at=NOON))
    assert at(compared(reported, state_of("A"), A=9), "broadcast", "youtube:A")["reported"] == 9


def test_nothing_reported_is_no_zero_and_has_no_percentage():
    none = compared(table(told("A", None)), state_of("A"), A=3)
    assert none.is_empty()
    zero = at(compared(table(told("A", 0.0)), state_of("A"), A=3), "broadcast", "youtube:A")
    assert (zero["difference"], zero["difference_percent"]) == (3, None)


def test_sums_are_over_broadcasts_of_which_both_are_known():
    day: dict[str, Any] = {"period_starts_at": NOON + DAY, "period_ends_at": NOON + 2 * DAY}
    reported = table(told("A", 100.0), told("B", 50.0), told("C", 10.0), told("D", 5.0, **day))
    rows = compared(reported, state_of("A", "B", "D", "E"), A=90, B=60, D=1)
    for level in ("account", "edition"):
        one = at(rows, level)
        assert (one["reported"], one["measured"], one["difference"]) == (150, 150, 0)
        assert (one["broadcasts"], one["reported_in_all"]) == (2, 165)
        assert (one["only_reported"], one["only_measured"], one["partial"]) == (1, 1, 1)
    assert at(rows, "account")["account"] == "youtube:@a"


def test_where_nothing_can_be_compared_no_sum_is_zero():
    one = at(compared(table(told("A", 100.0)), state_of()), "edition")
    assert (one["reported"], one["measured"], one["difference"]) == (None, None, None)
    assert (one["standing"], one["broadcasts"], one["only_reported"]) == ("not_measured", 0, 1)


def test_viewers_are_never_summed_and_likes_not_over_platforms():
    peak = told("A", 100.0, metric="peak_concurrent_viewers")
    rows = compared(table(peak, told("A", 5.0, metric="likes")), state_of("A"), A=1)
    assert set(rows.filter(pl.col("level") != "broadcast")["metric"]) == {"likes"}
    assert rows.filter(pl.col("level") == "edition").is_empty()


def test_of_two_sources_an_edition_counts_the_newest_alone():
    reported = table(
        told("A", 100.0, source="analytics", observed_at=NOON + DAY), told("A", 120.0)
    )  # fmt: skip
    rows = compared(reported, state_of("A"), A=110)
    assert at(rows, "edition")["reported"] == 120
    assert rows.filter(pl.col("level") == "account").height == 2


def test_whole_accounts_figures_are_kept_and_not_compared():
    rows = compared(table(told(None, 100.0)), state_of("A"))
    assert rows.is_empty()
    assert rows.schema == RECONCILIATION


@settings(deadline=None)  # a loaded machine is no finding
@given(
    st.dictionaries(
        st.sampled_from("ABCDEF"),
        st.tuples(
            st.none() | st.integers(min_value=0, max_value=10**9),
            st.none() | st.integers(min_value=0, max_value=10**9),
        ),
    )
)
def test_sums_are_those_of_their_parts(figures):
    reported = table(
        *(told(name, float(one)) for name, (one, _) in figures.items() if one is not None)
    )
    views = {name: one for name, (_, one) in figures.items() if one is not None}
    rows = compared(reported, state_of(*figures), **views)
    both = [(one, two) for one, two in figures.values() if one is not None and two is not None]
    sums = rows.filter(pl.col("level") == "edition")
    if both:
        [one] = sums.iter_rows(named=True)
        assert one["reported"] == sum(first for first, _ in both)
        assert one["measured"] == sum(second for _, second in both)
        assert one["difference"] == one["measured"] - one["reported"]
    assert rows.filter(pl.col("level") == "broadcast").height == reported.height
