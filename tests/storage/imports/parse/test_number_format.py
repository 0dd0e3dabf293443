"""Numbers as three languages write them: what is written is what is read, and mixtures break."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from storage.imports.errors import BrokenFile
from storage.imports.parse.number_format import (
    ARABIC,
    DOTTED,
    ENGLISH,
    NUMBER_FORMATS,
    SPACED,
    WrittenNumber,
    cleaned,
    has_figure,
    number_format_of,
)

EASTERN = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
PERSIAN = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
scripts = st.sampled_from([{}, EASTERN, PERSIAN])
around = st.sampled_from(["{}", "\u200f{}", " {}\u00a0", "\u2066{}\u2069", "\u061c{} "])


def written(number, convention, *, group):
    """Write ``number`` as people do, with ``group`` between its thousands."""
    text = f"{number:,}" if isinstance(number, int) else f"{number:,.3f}"
    return text.translate(str.maketrans({",": group, ".": convention.decimal}))


def cells(*texts, integer=True):
    return [
        WrittenNumber(line=line, column="Views", text=text, integer=integer)
        for line, text in enumerate(texts, start=2)
    ]


@pytest.mark.parametrize("convention", NUMBER_FORMATS, ids=lambda one: one.example)
@settings(deadline=None)  # a loaded machine is no finding
@given(
    st.integers(min_value=-(10**12), max_value=10**12)
    | st.decimals(min_value=0, max_value=10**9, places=3, allow_nan=False).map(float),
    st.data(),
)
def test_a_number_is_read_as_it_was_written(convention, number, data):
    group = data.draw(st.sampled_from(convention.group))
    text = written(number, convention, group=group).translate(data.draw(scripts))
    seen = cleaned(data.draw(around).format(text))
    assert convention.read(seen, integer=False) == pytest.approx(number, abs=5e-4)
    if isinstance(number, int):
        assert convention.read(seen, integer=True) == number


@pytest.mark.parametrize("convention", NUMBER_FORMATS, ids=lambda one: one.example)
@settings(deadline=None)  # a loaded machine is no finding
@given(
    st.lists(st.integers(min_value=1_000, max_value=10**12), min_size=1, max_size=5),
    st.sampled_from(["en", "fr", "ar"]),
    st.data(),
)
def test_counts_alone_tell_how_they_are_written(convention, counts, language, data):
    group = data.draw(st.sampled_from(convention.group))
    texts = [written(count, convention, group=group) for count in counts]
    found = number_format_of(cells(*texts), language=language)
    assert [found.read(cleaned(text), integer=True) for text in texts] == counts


@settings(deadline=None)  # a loaded machine is no finding
@given(st.integers(min_value=1_000, max_value=10**9), st.integers(min_value=1_000, max_value=10**9))
def test_two_ways_of_writing_in_one_file_break_it_and_say_where(first, second):
    texts = [written(first, ENGLISH, group=","), written(second, DOTTED, group=".")]
    assume("," in texts[0] and "." in texts[1])
    with pytest.raises(BrokenFile, match="not written like the numbers before it") as caught:
        number_format_of(cells(*texts), language="en")
    assert caught.value.line == 3
    assert "two kinds of decimal marks" in caught.value.remedy


@settings(deadline=None)  # a loaded machine is no finding
@given(st.text(max_size=8))
def test_nothing_else_is_taken_for_a_number(text):
    for convention in NUMBER_FORMATS:
        value = convention.read(cleaned(text), integer=False)
        if value is not None:
            assert any(one.isdigit() for one in text)
            assert value == value  # noqa: PLR0124 - no NaN comes of any text


@pytest.mark.parametrize(
    "text", ["1.2K", "12,34,567", "1,23", "1 2", "0x10", "1e3", "++1", "12.5%"]
)
def test_what_is_no_whole_number_breaks_the_file(text):
    with pytest.raises(BrokenFile) as caught:
        number_format_of(cells("100", text), language="en")
    assert caught.value.line == 3
    assert caught.value.remedy


def test_decimals_alone_are_read_as_the_language_has_them():
    hours = cells("1,234", integer=False)
    assert number_format_of(hours, language="en") == ENGLISH
    assert number_format_of(hours, language="fr") in {SPACED, DOTTED}


def test_in_arabic_a_number_of_two_meanings_is_asked_about():
    hours = cells("1,234", integer=False)
    with pytest.raises(BrokenFile, match="two different numbers") as caught:
        number_format_of(hours, language="ar")
    assert "--decimal" in caught.value.remedy
    assert number_format_of(hours, language="ar", decimal=".") == ENGLISH
    assert number_format_of(hours, language="ar", decimal=",").decimal == ","


def test_a_count_beside_it_settles_what_decimals_leave_open():
    both = [*cells("1,234", integer=False), *cells("1.000.000")]
    assert number_format_of(both, language="en") == DOTTED
    arabic = cells("\u0661\u066c\u0662\u0663\u0664\u066b\u0665", integer=False)
    assert number_format_of(arabic, language="ar") == ARABIC


@pytest.mark.parametrize("text", ["", " ", "—", "-", "N/A", "undefined", "\u200f-", "\u2013"])
def test_an_empty_cell_is_not_told(text):
    assert not has_figure(text)
    assert has_figure("0")
