"""The plain long-form table: what is written is what is read, and a wrong row says why."""

import io
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from storage.tables import csv_escape, long_form, long_form_csv, long_form_parquet
from storage.tables.long_form import COLUMNS, LARGEST, METRICS, NotLongForm

NOON = datetime(2026, 5, 17, 12, tzinfo=UTC)
text = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
times = st.timedeltas(timedelta(0), timedelta(days=36_500)).map(
    lambda since: datetime(2005, 1, 1, tzinfo=UTC) + since
)
whole = st.integers(min_value=0, max_value=LARGEST).map(float)
numbers = whole | st.floats(min_value=0, max_value=LARGEST, allow_subnormal=False)


@st.composite
def figures(draw):
    starts = draw(st.none() | times)
    seconds = draw(st.integers(min_value=1, max_value=10**7))
    return {
        "edition": draw(st.none() | text),
        "platform": draw(text.filter(lambda name: name.replace("\0", ""))),
        "account": draw(st.none() | text),
        "broadcast": draw(st.none() | text),
        "title": draw(st.none() | text),
        "published_at": draw(st.none() | times),
        "started_at": draw(st.none() | times),
        "observed_at": draw(times),
        "period_starts_at": starts,
        "period_ends_at": starts + timedelta(seconds=seconds) if starts else None,
        "metric": draw(st.sampled_from(sorted(METRICS))),
        "value": draw(st.none() | numbers),
        "definition": draw(st.none() | text),
        "source": draw(text.filter(lambda name: name.replace("\0", ""))),
    }


def figure(**changes):
    row = dict.fromkeys(COLUMNS)
    row |= {"platform": "youtube", "observed_at": NOON, "metric": "views", "source": "api"}
    return row | changes


def table(*rows):
    return pl.DataFrame(rows, schema=COLUMNS)


def read(text):
    """Give all rows and all refusals of CSV text."""
    batches = list(long_form_csv.read_csv(io.StringIO(text, newline="")))
    return (
        pl.concat(batch.rows for batch in batches),
        [refused for batch in batches for refused in batch.refused],
    )


@settings(deadline=None)  # a loaded machine is no finding
@given(st.lists(figures(), max_size=6))
@example([figure(broadcast="-x'", title="=1+1", edition="'", value=0.0)])
@example([figure(title='a "quoted", line\r\nand another\r', value=1e-7)])
@example([figure(title="\ufeff#", edition="# not a comment", value=0.1)])
def test_csv_read_and_written_again_is_the_same_bytes(rows):
    written = long_form_csv.csv_text(table(*rows))
    again, refused = read(written)
    assert not refused
    assert long_form_csv.csv_text(again) == written


@settings(deadline=None)  # a loaded machine is no finding
@given(st.lists(figures(), max_size=6))
def test_parquet_and_csv_hold_the_same(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("longform") / "figures.parquet"
    whole, _ = read(long_form_csv.csv_text(table(*rows)))
    assert long_form_parquet.write_parquet([whole[:2], whole[2:]], path) == len(rows)
    batches = list(long_form_parquet.read_parquet(path))
    assert not [refused for batch in batches for refused in batch.refused]
    assert pl.concat([long_form.empty(), *(batch.rows for batch in batches)]).equals(whole)


@settings(deadline=None)  # a loaded machine is no finding
@given(text)
def test_a_guarded_cell_begins_no_formula_and_is_given_back(cell):
    guarded = csv_escape.guarded_text(cell)
    assert not guarded.startswith(csv_escape.RISKY)
    assert csv_escape.unescape(guarded) == cell
    column = pl.DataFrame({"cell": [cell, None]}).select(csv_escape.escape(pl.col("cell")))
    assert column["cell"].to_list() == [guarded, None]


def test_lines_for_people_come_before_the_columns_and_are_passed_over():
    written = long_form_csv.csv_text(
        table(figure(value=7.0)), heading=["LiveTally\n2026", "time: UTC"]
    )
    assert written.startswith("# LiveTally 2026\n# time: UTC\nedition,platform,")
    rows, refused = read(written)
    assert (rows["value"].to_list(), refused) == ([7.0], [])


def test_not_told_and_zero_stay_apart():
    rows, _ = read(long_form_csv.csv_text(table(figure(value=None), figure(value=0.0))))
    assert rows["value"].to_list() == [None, 0.0]


@pytest.mark.parametrize("metric", sorted(METRICS))
@pytest.mark.parametrize("days", [None, 1])
def test_below_zero_are_only_counts_that_are_taken_back_in_a_stretch_of_days(metric, days):
    ended = datetime(2026, 5, 18, tzinfo=UTC)
    period = (
        {"period_starts_at": ended - timedelta(days=days), "period_ends_at": ended} if days else {}
    )
    written = long_form_csv.csv_text(table(figure(metric=metric, value=-3.0, **period)))
    rows, refused = read(written)
    if days and metric in {"likes", "comments", "shares"}:
        assert (rows["value"].to_list(), refused) == ([-3.0], [])
        assert long_form_csv.csv_text(rows) == written
    else:
        assert rows.is_empty()
        assert "value: -3 is no count" in refused[0].reason


@pytest.mark.parametrize(
    ("column", "cell", "reason"),
    [
        ("platform", "", "platform is empty"),
        ("observed_at", "2026-05-17T12:00:00", "says no offset"),
        ("observed_at", "17/05/2026", "is no time"),
        ("value", "1,234", "is no plain number"),
        ("value", "١٢", "is no plain number"),
        ("value", "-1", "-1 is no count; below zero are only comments, likes, shares of a period"),
        ("value", "nan", "is no plain number"),
        ("value", "1e400", "is no count"),
        ("value", "9007199254740994", "is no count"),
        ("metric", "hits", "hits is no metric"),
        ("period_starts_at", "2026-05-17T12:00:00Z", "both a start and an end"),
    ],
)
def test_a_wrong_row_is_refused_with_its_line_and_the_others_are_kept(column, cell, reason):
    right = long_form_csv.csv_text(table(figure(value=1.0))).splitlines()
    named = dict(zip(COLUMNS, right[1].split(","), strict=True)) | {column: f'"{cell}"'}
    rows, refused = read("\n".join(["# for people", *right, ",".join(named.values()), right[1]]))
    assert rows.height == 2
    assert [one.line for one in refused] == [4]
    assert reason in refused[0].reason


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "missing columns: platform, observed_at, metric, value, source"),
        ("# only words\n", "missing columns"),
        (",".join(list(COLUMNS)[:-1]) + "\n", "missing columns: source"),
        (",".join([*COLUMNS, "colour"]) + "\n", "unknown or repeated columns: colour"),
        (",".join([*COLUMNS, "value"]) + "\n", "unknown or repeated columns: value"),
    ],
)
def test_a_file_that_is_not_this_table_says_which_column(text, problem):
    with pytest.raises(NotLongForm, match=problem) as caught:
        read(text)
    assert "the columns are: edition,platform" in caught.value.remedy


def test_a_quote_that_never_ends_is_named_by_its_line():
    right = long_form_csv.csv_text(table(figure(value=1.0)))
    with pytest.raises(NotLongForm, match="not CSV") as caught:
        read(right + '"an open quote\n')
    assert caught.value.line == 3


def test_columns_that_would_be_empty_may_be_left_out():
    rows, refused = read(
        "value,source,platform,metric,observed_at\n5,log,x,likes,2025-05-17T12:00:00Z\n"
    )
    assert not refused
    [row] = rows.rows(named=True)
    assert (row["value"], row["edition"], row["broadcast"]) == (5.0, None, None)


def test_columns_may_stand_in_any_order():
    turned = table(figure(value=3.0, title="t")).select(list(reversed(COLUMNS)))
    stream = io.StringIO(newline="")
    stream.write(",".join(turned.columns) + "\n")
    stream.write("api,,3,views,,,2026-05-17T12:00:00Z,,,t,,,youtube,\n")
    rows, refused = read(stream.getvalue())
    assert rows.equals(turned.select(list(COLUMNS)))
    assert not refused


def test_what_is_not_parquet_or_has_another_type_says_so(tmp_path):
    path = tmp_path / "figures.parquet"
    path.write_bytes(b"no parquet")
    with pytest.raises(NotLongForm, match="not a Parquet file"):
        list(long_form_parquet.read_parquet(path))
    table(figure()).with_columns(observed_at=pl.lit([1])).write_parquet(path)
    with pytest.raises(NotLongForm, match="another type"):
        list(long_form_parquet.read_parquet(path))
