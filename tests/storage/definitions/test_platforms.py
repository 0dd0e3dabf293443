import pytest

from storage.definitions.platforms import facts_of, format_amount, unit_of
from storage.model import Unit


@pytest.mark.parametrize(
    ("platform", "bucket", "unit"),
    [
        ("youtube", "youtube.units", Unit.UNIT),
        ("facebook", "facebook.pages.1059", Unit.PER_CENT),
        ("instagram", "instagram.app", Unit.PER_CENT),
        ("x", "x.posts", Unit.POST),
        ("x", "x.spend", Unit.TENTH_OF_A_CENT),
        ("x", "x.tweets", Unit.CALL),
        ("twitch", "twitch.points", Unit.POINT),
        ("vimeo", "vimeo.calls", Unit.CALL),
        ("icecast", None, Unit.CALL),
    ],
)
def test_a_limit_is_of_what_its_platform_counts(platform, bucket, unit):
    assert unit_of(platform, bucket) is unit


def test_tenths_of_a_cent_are_dollars_on_a_terminal():
    assert format_amount(1_250, Unit.TENTH_OF_A_CENT) == "$1.25"
    assert format_amount(4, Unit.PER_CENT) == "4 %"
    assert format_amount(1_412, Unit.UNIT) == "1,412 units"


def test_a_platform_that_the_file_lacks_has_a_name_and_counts_calls():
    facts = facts_of("my_space")
    assert (facts.display_name, facts.colors, facts.order) == ("My space", None, None)
    assert unit_of("my_space", "my_space.calls") is Unit.CALL
