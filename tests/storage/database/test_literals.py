"""A value written into SQL is read back as it was, and nothing else is run."""

from datetime import UTC, datetime, timedelta

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.database.literals import fill_placeholders, literal
from tests.support.builders import NOON

texts = st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(
    ["'", "''; DROP TABLE about; --", "\\'", "\0", "a\0'b", "$name", "$$x$$", "E'\\''"]
)
instants = st.integers(-(10**15), 10**15).map(
    lambda microseconds: NOON + timedelta(microseconds=microseconds)
)
values = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | texts
    | instants
    | st.dates()
    | st.lists(texts, max_size=4)
)


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect() as opened:
        opened.execute("SET TimeZone = 'UTC'")
        yield opened


@given(values)
@settings(deadline=None)
def test_a_value_comes_back_as_it_was(connection, value):
    sql = fill_placeholders("SELECT $value AS one", {"value": value})
    [[read]] = connection.sql(sql).pl().rows()
    assert read == value
    assert type(read) is type(value)


def test_a_value_is_not_looked_into_for_names(connection):
    sql = fill_placeholders("SELECT $one, $two", {"one": "$two", "two": "'"})
    assert connection.execute(sql).fetchall() == [("$two", "'")]


def test_no_text_is_among_none(connection):
    sql = fill_placeholders("SELECT 'a' IN (SELECT unnest($none))", {"none": []})
    assert connection.execute(sql).fetchall() == [(False,)]


def test_what_has_no_literal_is_refused():
    for strange in (b"body", {"a": 1}, datetime(2026, 5, 17, tzinfo=UTC).replace(tzinfo=None)):
        with pytest.raises(TypeError):
            literal(strange)
    with pytest.raises(KeyError):
        fill_placeholders("SELECT $one", {"other": 1})
