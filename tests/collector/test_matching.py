"""Which edition a broadcast belongs to, and the reason that a person reads."""

from datetime import timedelta
from typing import Any

import pytest

from collector.matching import Match, Rule, is_on, match, refers_to, rematch, search_term
from storage.model import Status
from tests.support.builders import NOON, broadcast, edition

FEZ = edition(key="fez-2023")
LONG_AGO = NOON - timedelta(days=400)
IN_TIME: dict[str, Any] = {"started_at": NOON}
OUT_OF_TIME: dict[str, Any] = {"started_at": LONG_AGO}
OPEN_DAYS = "#أيام_الأبواب_المفتوحة_للأمن_الوطني"


def rule(*, keywords=(), hashtags=(), of=FEZ, **lists):
    terms = [search_term("keyword", text) for text in keywords]
    terms += [search_term("hashtag", text) for text in hashtags]
    return Rule(edition=of, terms=tuple(terms), **lists)


def found(title, *, description="", keywords=(), hashtags=()):
    """Whether a broadcast in time matches by these."""
    one = broadcast(title=title, description=description, **IN_TIME)
    return match(one, [rule(keywords=keywords, hashtags=hashtags)]).edition is not None


def test_a_site_of_two_names_and_a_server_of_ones_own_are_recognised():
    post = broadcast("1799", platform="x", url="https://x.com/DGSN_MAROC/status/1799")
    assert refers_to("https://twitter.com/DGSN_MAROC/status/1799?s=20", post)
    assert not refers_to("https://twitter.com/DGSN_MAROC/status/17990", post)
    talk = broadcast(
        "kkGMgK9ZtnKfYAgnEtQxbv", platform="peertube", url="https://tube.example.ma/w/a"
    )
    assert refers_to("https://tube.example.ma/videos/watch/kkGMgK9ZtnKfYAgnEtQxbv", talk)


def test_without_keywords_the_time_alone_decides():
    assert match(broadcast(**IN_TIME), [rule()]) == Match(edition="fez-2023", reason="time")
    outside = match(broadcast(**OUT_OF_TIME), [rule()])
    assert outside == Match(edition=None, reason="no edition was on")


def test_what_has_no_time_says_so():
    assert match(broadcast(), [rule()]).reason == "no time is known"


def test_keywords_narrow_the_time_and_never_widen_it():
    rules = [rule(keywords=["الأبواب المفتوحة"])]
    title = "انطلاق أيام الأبواب المفتوحة للأمن الوطني بفاس"
    inside = match(broadcast(title=title, **IN_TIME), rules)
    assert inside == Match(edition="fez-2023", reason="time+keyword:الأبواب المفتوحة")
    assert match(broadcast(title=title, **OUT_OF_TIME), rules).reason == "no edition was on"
    other = match(broadcast(title="بلاغ صحفي", **IN_TIME), rules)
    assert other == Match(edition=None, reason="no keyword of fez-2023")


def test_exclusion_wins_over_all_and_inclusion_over_time_and_playlists():
    one = broadcast("VIDEO0000001", playlists=("PL1",), **OUT_OF_TIME)
    by_playlist = rule(playlists=("PL1",))
    assert match(one, [by_playlist]).reason == "playlist:PL1"
    included = rule(include=(one.key,), keywords=["nothing of it"])
    assert match(one, [by_playlist, included]) == Match(edition="fez-2023", reason="included")
    excluded = rule(playlists=("PL1",), include=(one.key,), exclude=(one.key,))
    assert match(one, [excluded]) == Match(edition=None, reason="excluded")


def test_excluded_from_one_edition_it_may_belong_to_another():
    one = broadcast(**IN_TIME)
    rules = [rule(exclude=(one.key,)), rule(of=edition(key="rehearsal"))]
    assert match(one, rules) == Match(edition="rehearsal", reason="time")


def test_of_two_editions_at_a_time_the_one_whose_keyword_is_said_is_meant():
    rules = [rule(keywords=["فاس"]), rule(of=edition(key="agadir"), keywords=["أكادير", "Agadir"])]
    assert match(broadcast(title="JPO à Agadir", **IN_TIME), rules).edition == "agadir"
    assert match(broadcast(title="مباشر من أڭادير", **IN_TIME), rules).edition == "agadir"
    assert match(broadcast(title="مباشر من فاس", **IN_TIME), rules).edition == "fez-2023"


@pytest.mark.parametrize(
    ("entry", "belongs"),
    [
        ("youtube:VIDEO0000001", True),
        ("https://www.youtube.com/watch?v=VIDEO0000001", True),
        ("https://youtube.com/watch?v=VIDEO0000001&t=35s", True),
        ("https://m.youtube.com/live/VIDEO0000001?si=abcdef", True),
        ("https://youtu.be/VIDEO0000001", True),
        ("https://youtu.be/VIDEO0000002", False),
        ("https://www.youtube.com/watch?v=video0000001", False),
        ("https://www.facebook.com/VIDEO0000001", False),
        ("youtube:VIDEO000000", False),
        ("VIDEO0000001", False),
    ],
)
def test_a_broadcast_is_named_by_its_key_or_any_of_its_addresses(entry, belongs):
    one = broadcast("VIDEO0000001", **OUT_OF_TIME)
    assert (match(one, [rule(include=(entry,))]).reason == "included") is belongs


@pytest.mark.parametrize(
    ("keyword", "title"),
    [
        # Arabic as accounts write it: with and without hamza, ta marbuta, diacritics, tatweel
        ("أيام الأبواب المفتوحة", "ايام الابواب المفتوحه للامن الوطني 2023"),
        ("أيام الأبواب المفتوحة", "أيّامُ الأبوابِ المفتوحةِ للأمن الوطنيّ"),
        ("أيام الأبواب المفتوحة", "🔴 مباشر | أيـــام الأبـــواب المفتـــوحة"),
        ("المديرية العامة للأمن الوطني", "بثّ مباشر: المديريّة العامّة للأمن الوطني"),
        ("إفتتاح", "حفل افتتاح الدورة الخامسة"),
        ("مستشفى", "زيارة مستشفي الأمن"),
        ("مسؤول", "كلمة مسوول الأمن الوطني"),
        ("شرطة", "عرض شرطه الخيالة"),
        # what Arabic glues to a word is looked through
        ("أبواب", "الأبواب المفتوحة"),
        ("أبواب", "والأبواب مفتوحة للجميع"),
        ("أبواب", "بالأبواب المفتوحة"),
        ("أبواب", "للأبواب المفتوحة"),
        ("أبواب", "كالأبواب"),
        ("أبواب", "وللأبواب"),
        ("الأمن الوطني", "أيام الأبواب المفتوحة للأمن الوطني"),
        ("فاس", "انطلاق الدورة الرابعة بفاس"),
        ("فاس", "من مكناس وفاس"),
        ("الجديدة", "الأبواب المفتوحة بالجديدة"),
        ("الجديدة", "للجديدة"),
        ("DGSN", "أبواب مفتوحة لـDGSN"),
        # spellings of one name, digits of two kinds, marks that show nothing
        ("أكادير", "الأبواب المفتوحة بأگادير"),
        ("أكادير", "دورة أڭادير"),
        ("2025", "دورة الجديدة ٢٠٢٥"),
        ("دورة ٢٠٢٥", "دورة 2025"),
        ("فاس 2023", "فاس٢٠٢٣"),
        ("الأمن الوطني", "\u200fالأمن\u200f \u202bالوطني\u202c"),
        ("الأمن", "الأ\u200dمن"),
        # a hashtag's underscores part words
        ("الأبواب المفتوحة", "#أيام_الأبواب_المفتوحة_للأمن_الوطني"),
        # French and English
        ("journées portes ouvertes", "JOURNEES PORTES OUVERTES de la DGSN"),
        ("journées portes ouvertes", "Journées  Portes-Ouvertes | El Jadida"),
        ("portes ouvertes", "En direct #PortesOuvertes"),
        ("cérémonie", "La cérémonie d’ouverture"),
        ("ouverture", "Cérémonie d'ouverture"),
        ("ouverture", "L’ouverture officielle"),
        ("Fès", "Édition de Fes 2023"),
        ("open days", "DGSN Open Days: day 2"),
        ("cœur", "Au coeur de l'événement"),
        ("el jadida", "JPO d'El-Jadida"),
    ],
)
def test_a_keyword_is_found_as_people_write_it(keyword, title):
    assert found(title, keywords=[keyword])


@pytest.mark.parametrize(
    ("keyword", "title"),
    [
        ("JPO", "JPOnline"),
        ("open", "Opening ceremony reopened"),
        ("jadida", "eljadida24"),
        ("فاس", "فاسدون أمام العدالة"),  # begins with it
        ("فاس", "أنفاس الليل"),  # ends with it
        ("باب", "الأبواب"),  # its plural is another word
        ("أبواب", "بوابة المدينة"),
        ("الجديدة", "دورة جديدة من الأبواب المفتوحة"),  # the city has its article, "new" has not
        ("فاس", "اس"),
        ("الأبواب المفتوحة", "المفتوحة الأبواب"),  # the other way round
        ("portes ouvertes", "portes grandes ouvertes"),  # not one after the other
        ("2023", "12023"),
        ("2023", "2024"),
    ],
)
def test_what_only_resembles_a_keyword_is_not_it(keyword, title):
    assert not found(title, keywords=[keyword])


@pytest.mark.parametrize(
    "title",
    [
        "حفل الافتتاح #أيام_الأبواب_المفتوحة_للأمن_الوطني",
        "حفل الافتتاح #ايام_الابواب_المفتوحه_للامن_الوطني",
        "حفل الافتتاح #أيامالأبوابالمفتوحةللأمنالوطني",
        "أيام الأبواب المفتوحة للأمن الوطني: حفل الافتتاح",
    ],
)
def test_a_hashtag_is_found_in_every_way_of_writing_it(title):
    assert found(title, hashtags=[OPEN_DAYS])


def test_a_hashtag_of_the_description_counts_and_the_reason_says_it_as_configured():
    one = broadcast(title="En direct", description=f"… {OPEN_DAYS} #DGSN", **IN_TIME)
    rules = [rule(keywords=["Cérémonie"], hashtags=["#dgsn", OPEN_DAYS])]
    assert match(one, rules).reason == "time+hashtag:#dgsn"


def test_a_phrase_does_not_reach_from_the_title_into_the_description():
    assert not found("أيام الأبواب", description="المفتوحة", keywords=["الأبواب المفتوحة"])


def test_a_term_without_a_letter_is_refused():
    with pytest.raises(ValueError, match="neither letter nor digit"):
        search_term("keyword", "#__!")


def test_an_edition_is_on_from_twelve_hours_before_its_opening_to_its_end():
    assert is_on(FEZ.starts_at - timedelta(hours=12), [FEZ])
    assert not is_on(FEZ.starts_at - timedelta(hours=12, seconds=1), [FEZ])
    assert not is_on(FEZ.ends_at, [FEZ])


def counted(edition, reason, **facts):
    one = {"title": "Evening", "observed_at": NOON, "status": Status.LIVE, **facts}
    return broadcast(edition=edition, match_reason=reason, **one)


TIMED = {"started_at": LONG_AGO, "published_at": NOON}


@pytest.mark.parametrize(
    ("reason", "facts", "rules"),
    [
        ("time", TIMED, [rule()]),  # its start was told later, and is another
        ("time+keyword:abwab", IN_TIME, [rule(keywords=["abwab"])]),  # its title says it no more
        ("playlist:PL1", IN_TIME, [rule(keywords=["abwab"], playlists=("PL1",))]),
    ],
)
def test_what_was_counted_leaves_by_no_change_of_a_platform(reason, facts, rules):
    one = counted("fez-2023", reason, **facts)
    assert match(one, rules).edition is None or reason.startswith("playlist")
    assert rematch(one, rules) == Match(edition="fez-2023", reason=reason)
    waiting = counted("fez-2023", reason, **facts | {"status": Status.UPCOMING})
    assert rematch(waiting, rules) == match(waiting, rules), "not begun, it is placed anew"
    new = counted("fez-2023", reason, **facts | {"observed_at": None})
    assert rematch(new, rules) == match(new, rules)


@pytest.mark.parametrize(
    ("reason", "rules", "right"),
    [
        ("time", [rule(exclude=("youtube:VIDEO0000001",))], None),
        ("time", [rule(keywords=["abwab"])], None),  # the time alone is the rule no more
        ("time", [], None),  # the edition is gone
        ("time", [rule(of=edition(key="fez-2023", starts_at=LONG_AGO, ends_at=LONG_AGO))], None),
        ("time+keyword:abwab", [rule(keywords=["other"])], None),
        ("included", [rule(keywords=["abwab"])], None),
        ("playlist:PL1", [rule(keywords=["abwab"])], None),
        ("time", [rule(), rule(of=edition(key="other"), include=("youtube:VIDEO0000001",))], "other"),
        ("playlist:PL1", [rule(playlists=("PL1",)), rule(of=edition(key="other"))], "fez-2023"),
    ],
)  # fmt: skip
def test_what_was_counted_leaves_by_a_rule_that_was_edited(reason, rules, right):
    assert rematch(counted("fez-2023", reason, **IN_TIME), rules).edition == right
