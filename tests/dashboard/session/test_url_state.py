import pytest

from dashboard.session.url_state import DisplayOptions, display_options


def test_an_address_that_says_nothing_shows_the_page_as_set():
    assert display_options({}, embedded=False) == DisplayOptions()
    assert display_options({}, embedded=False, eastern=True, mirrored=True) == DisplayOptions(
        eastern=True, mirrored=True
    )


def test_a_screen_on_a_wall_is_dark_unless_the_address_says_otherwise():
    assert display_options({"kiosk": "1"}, embedded=False).theme == "dark"
    assert display_options({"kiosk": "1", "theme": "light"}, embedded=False).theme == "light"
    assert display_options({"kiosk": "1"}, embedded=False).bare
    assert display_options({}, embedded=True).bare


def test_the_address_comes_before_what_is_set():
    asked = {"digits": "latin", "time": "ltr", "tz": "viewer"}
    shown = display_options(asked, embedded=False, eastern=True, mirrored=True)
    assert (shown.eastern, shown.mirrored, shown.viewers_zone) == (False, False, True)


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [
        ("30", 30),
        ("1", 5),
        ("999999999", 3600),
        ("", None),
        ("-3", None),
        ("٣٠", None),
        ("x", None),
    ],
)
def test_a_screen_turns_within_reason(asked, seconds):
    assert display_options({"rotate": asked}, embedded=False).turn_seconds == seconds


def test_the_pages_to_turn_over_are_those_named():
    assert display_options({"over": "growth,wall,"}, embedded=False).turn_over == ("growth", "wall")
    assert display_options({}, embedded=False).turn_over == ("wall", "growth")


def test_nonsense_is_passed_over():
    assert (
        display_options({"theme": "pink", "kiosk": "perhaps", "digits": "roman"}, embedded=False)
        == DisplayOptions()
    )


def test_a_page_is_paused_where_something_is_there_to_resume_it():
    assert display_options({"pause": "1"}, embedded=False).paused
    assert not display_options({"pause": "0"}, embedded=False).paused
    assert not display_options({"pause": "1", "kiosk": "1"}, embedded=False).paused
    assert not display_options({"pause": "1"}, embedded=True).paused
