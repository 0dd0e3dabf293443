"""Words in the form in which they are compared."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.text_search import bare_text, forms, hashtags, normalised, words

arabic = st.text(st.characters(min_codepoint=0x0600, max_codepoint=0x06FF), max_size=30)


@given(st.text(max_size=60) | arabic)
def test_normalising_twice_changes_nothing(text):
    once = normalised(text)
    assert normalised(once) == once


@given(st.text(max_size=60) | arabic)
def test_nothing_but_letters_digits_and_single_spaces_remains(text):
    for word in words(text):
        assert word
        assert all(one.isalnum() for one in word)
    assert "  " not in normalised(text)


@given(st.text(max_size=30) | arabic)
def test_neither_case_nor_composition_matters(text):
    assert words(unicodedata.normalize("NFD", text)) == words(unicodedata.normalize("NFC", text))
    assert words(text.casefold()) == words(text)


@given(st.lists(st.text(max_size=8), max_size=4))
def test_what_parts_words_parts_them_everywhere(parts):
    apart = [word for part in parts for word in words(part)]
    assert list(words("_".join(parts))) == apart
    assert list(words(" ".join(parts))) == apart


@given(arabic)
def test_the_forms_of_a_word_hold_the_word_and_only_its_ends(text):
    for word in words(text):
        assert word in forms(word)
        assert all(word.endswith(form.removeprefix("ا")) for form in forms(word))


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("للامن", {"للامن", "الامن", "امن"}),
        ("بفاس", {"بفاس", "فاس"}),
        ("فاس", {"فاس"}),
        ("والابواب", {"والابواب", "الابواب", "ابواب"}),
        ("dgsn", {"dgsn"}),
    ],
)
def test_forms(word, expected):
    assert forms(word) == expected


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("الافتتاح", "افتتاح"),
        ("للامن", "امن"),
        ("وبالامن", "امن"),
        ("الله", "الله"),
        ("بيت", "بيت"),
    ],
)
def test_bare(word, expected):
    assert bare_text(word) == expected


def test_hashtags_are_in_one_piece():
    assert hashtags("#Portes_Ouvertes \uff03DGSN و#أيام_الأبواب C# #") == {
        "portesouvertes",
        "dgsn",
        "ايامالابواب",
    }
