from dashboard.i18n.markup import bdi, for_option, phrase, title_of
from dashboard.i18n.words import words
from tests.support.published_edition import HOSTILE


def test_markup_in_a_title_is_shown_and_not_obeyed():
    shown = bdi(title_of(words("en"), HOSTILE))
    assert "<script>" not in shown
    assert "<img" not in shown
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown


def test_a_direction_override_does_not_turn_the_title_round():
    assert "\u202e" not in title_of(words("en"), HOSTILE)
    assert "txet" in title_of(words("en"), HOSTILE)


def test_nul_and_lone_surrogates_are_replaced():
    assert bdi("a\x00b\ud800c") == "<bdi>a\ufffdb\ufffdc</bdi>"


def test_values_are_isolated_and_escaped_in_a_phrase():
    shown = phrase(words("ar"), "health.error_at", at="12:00", error="<b>&")
    assert shown == "<bdi>12:00</bdi>: <bdi>&lt;b&gt;&amp;</bdi>"


def test_braces_in_a_value_are_only_braces():
    assert "{0.__class__}" in phrase(words("en"), "health.ago", age="{0.__class__}")


def test_options_are_one_line_and_have_an_end():
    option = for_option("**b** $x$\nnew \u202e" + "y" * 2000)
    assert "**b** $x$ new yyy" in option
    assert len(option) < 90


def test_a_broadcast_without_title_says_so():
    assert title_of(words("fr"), "  ") == "(sans titre)"
