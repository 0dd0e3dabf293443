"""What the method page says is what the numbers are made by."""

from datetime import timedelta

import pytest

from dashboard.components import method
from dashboard.i18n.words import LANGUAGES, words
from storage.model import AIRING_RESUMES_WITHIN


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_minutes_that_part_two_airings_are_those_of_the_rule(language):
    minutes = words(language).number(AIRING_RESUMES_WITHIN // timedelta(minutes=1))
    assert f"<bdi>{minutes}</bdi>" in method.figures(words(language))
    for key in ("method.moments_how", "broadcast.segments_note"):
        assert "{minutes}" in words(language).template(key)
        assert minutes not in words(language).template(key)
