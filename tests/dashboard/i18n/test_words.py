from datetime import UTC, datetime, timedelta
from string import Formatter

import pytest
from babel import Locale

from dashboard.i18n.words import LANGUAGES, choose, table, words

PLURALS = {"zero", "one", "two", "few", "many", "other"}


def keys(language: str) -> set[str]:
    """The keys with plural forms folded into one."""
    return {k.rsplit(".", 1)[0] if k.rsplit(".", 1)[-1] in PLURALS else k for k in table(language)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_has_the_keys_of_the_others(language):
    assert keys(language) == keys("en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_words_are_empty(language):
    assert [key for key, text in table(language).items() if not text.strip()] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_plural_has_exactly_the_forms_of_its_language(language):
    wanted = {*Locale.parse(language).plural_form.tags, "other"}
    found: dict[str, set[str]] = {}
    for key in table(language):
        stem, _, form = key.rpartition(".")
        if form in PLURALS:
            found.setdefault(stem, set()).add(form)
    assert {stem: forms for stem, forms in found.items() if forms != wanted} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_take_the_values_that_the_english_takes(language):
    def values(text: str) -> set[str]:
        return {name for _, name, _, _ in Formatter().parse(text) if name}

    english = table("en")
    wrong = {
        key: text
        for key, text in table(language).items()
        if key in english and values(text) - {"count"} != values(english[key]) - {"count"}
    }
    assert wrong == {}


@pytest.mark.parametrize(
    ("language", "written"),
    [("en", "6,715,999"), ("fr", "6\u202f715\u202f999"), ("ar", "6,715,999")],
)
def test_all_digits_are_latin_and_grouped_as_the_language_does(language, written):
    assert words(language).number(6_715_999) == written


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (999, "999"),
        (1_000, "1.00K"),
        (671_599, "672K"),
        (999_950, "1.00M"),
        (6_715_999, "6.72M"),
        (12_953_014, "13.0M"),
        (1_234_567_890, "1.23B"),
    ],
)
def test_short_numbers_have_three_digits(value, written):
    assert words("en").compact(value) == written


def test_arabic_and_french_spell_the_magnitude_their_way():
    assert words("ar").compact(6_715_999) == "6.72\xa0مليون"
    assert words("fr").compact(6_715_999) == "6,72\xa0M"


def test_almost_reached_is_never_rounded_to_reached():
    assert words("en").percent(0.9999) == "99%"


def test_arabic_counts_in_six_forms():
    arabic = words("ar")
    said = [arabic.plural("phase.on_air", count) for count in (0, 1, 2, 3, 11, 100)]
    assert len(set(said)) == 6


@pytest.mark.fault(row=14)
def test_times_are_of_the_event_and_its_zone_is_named():
    here = words("en", "Africa/Casablanca")
    at = datetime(2025, 5, 19, 13, 5, tzinfo=UTC)
    assert here.clock(at) == "14:05"
    assert here.full(at) == "19 May 2025, 14:05"
    assert here.zone_name(at) == "Africa/Casablanca (UTC+1)"


def test_arabic_months_are_those_of_morocco():
    at = datetime(2025, 5, 19, 13, 5, tzinfo=UTC)
    assert "ماي" in words("ar", "Africa/Casablanca").full(at)


def test_a_moment_of_another_day_names_the_day():
    here = words("en")
    at = datetime(2025, 5, 19, 23, 30, tzinfo=UTC)
    assert here.moment(at, at + timedelta(hours=1)) == "19 May, 23:30"
    assert here.moment(at, at) == "23:30"


def test_the_address_comes_before_the_browser_and_the_browser_before_the_default():
    assert choose("ar", "fr-FR", default="en") == "ar"
    assert choose(None, "fr-FR", default="en") == "fr"
    assert choose("de", "de-DE", default="en") == "en"


def test_eastern_digits_are_everywhere_in_arabic_and_nowhere_else():
    at = datetime(2025, 5, 19, 13, 5, tzinfo=UTC)
    here = words("ar", "Africa/Casablanca", eastern=True)
    said = [
        here.number(6_715_999),
        here.compact(6_715_999),
        here.compact_tick(2_500_000),
        here.signed(-12_880),
        here.percent(0.75),
        here.dollars(1.25),
        here.clock(at, seconds=True),
        here.full(at),
        here.moment(at, at),
        here.age(125),
        here.zone_name(at),
        here.say("growth.range_day"),
        here.plural("phase.on_air", 14),
    ]
    assert said[0] == "٦٬٧١٥٬٩٩٩"
    assert [text for text in said if any(digit in text for digit in "0123456789")] == []
    assert words("fr", eastern=True).number(12) == "12"


def test_the_viewers_clock_is_named_as_theirs():
    at = datetime(2025, 5, 19, 13, 5, tzinfo=UTC)
    here = words("en", "Africa/Casablanca", viewers_zone="Asia/Tokyo")
    assert here.clock(at) == "22:05"
    assert here.zone_name(at) == "Asia/Tokyo (UTC+9), your own time zone"
    assert words("en", "Africa/Casablanca", viewers_zone="../etc/passwd").clock(at) == "14:05"
