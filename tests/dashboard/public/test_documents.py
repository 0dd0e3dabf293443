"""The public pages as files: what each says in each state of the event."""

import gzip
import html
import json
import re
import struct
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import resvg_py

from dashboard.i18n.words import LANGUAGES, words
from dashboard.public import preview_image
from dashboard.public.documents import HEAVIEST, pages
from dashboard.public.files import read, write
from dashboard.public.publisher import CARD_EVERY, PagePublisher, Public
from dashboard.view_model.refresher import CurrentModel, Refresher
from storage.definitions import load
from storage.errors import StoreUnwritable
from tests.support.published_edition import HOSTILE, Rehearsal, publish
from tests.support.published_manifest import change_manifest, read_manifest

Make = Callable[[str, Rehearsal], Path]


def ready(folder: Path, now: datetime) -> CurrentModel:
    producer = Refresher(folder, refresh_seconds=5, now=lambda: now)
    producer.refresh()
    return producer.current


@pytest.fixture
def found(published: Make, now: datetime) -> CurrentModel:
    return ready(published("live", Rehearsal(now=now)), now)


def text(page: bytes) -> str:
    """What a reader sees, in one line."""
    body = page.decode().split("<body>")[1].split("<script>")[0]
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body)))


def test_every_page_is_light_and_whole_and_says_its_language(found, now):
    made = pages(found, now, language="ar")
    assert set(made) == {"ar.html", "fr.html", "en.html", "index.html", "live.json"}
    assert made["index.html"] == made["ar.html"]
    for one in LANGUAGES:
        page = made[f"{one}.html"].decode()
        direction = "rtl" if one == "ar" else "ltr"
        assert f'<html lang="{one}" dir="{direction}"' in page
        assert len(gzip.compress(made[f"{one}.html"])) <= HEAVIEST
        assert " style=" not in page
        assert not re.search(r"\son[a-z]+=", page)
        assert not re.search(r'src="|url\(', page)


def test_a_page_of_many_broadcasts_and_long_titles_stays_light(published, now):
    titles = tuple((key, HOSTILE) for key in ("DAY1", "DAY2", "DAY3", "DAY3B", "SOON"))
    many = ready(published("titled", Rehearsal(now=now, wide=True, titles=titles)), now)
    made = pages(many, now, language="en")
    assert max(len(gzip.compress(made[f"{one}.html"])) for one in LANGUAGES) <= HEAVIEST
    assert "<path" in made["ar.html"].decode()


def test_a_hostile_name_is_text(published, now):
    found = ready(published("named", Rehearsal(now=now, named=HOSTILE)), now)
    for page in pages(found, now, language="en", url="https://live.example.org").values():
        told = page.decode()
        assert "<script>alert(1)" not in told
        assert "<img" not in told
        assert "\N{RIGHT-TO-LEFT OVERRIDE}" not in told
    shown = text(pages(found, now, language="en")["en.html"])
    assert shown.count("<script>alert(1)</script> **bold** $x^2$") >= 3  # event, edition, account


def test_a_hostile_title_is_text(published, now):
    titles = tuple((key, HOSTILE) for key in ("DAY1", "DAY2", "DAY3", "SOON"))
    made = pages(
        ready(published("hostile", Rehearsal(now=now, titles=titles)), now), now, language="en"
    )
    page = made["en.html"].decode()
    assert "<script>alert(1)</script>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; **bold** $x^2$" in page
    assert "<img" not in page
    assert "\N{RIGHT-TO-LEFT OVERRIDE}" not in page


@pytest.mark.parametrize(
    ("url", "followed"),
    [
        ("https://www.youtube.com/watch?v=a", True),
        ("javascript:alert(1)", False),
        ("http://radio.example.ma/live", False),
        ('https://x.example/"onclick="alert(1)', True),
        ("https://[", False),
        (None, False),
    ],
)
def test_only_a_safe_address_is_followed(found, now, url, followed):
    edition = found.model.edition(None)
    one = replace(edition.on_air[0], url=url)
    other = replace(edition, on_air=(one,), broadcasts=(one,))
    assert found.model is not None
    picture = replace(found.model, editions=(other,))
    page = pages(replace(found, model=picture), now, language="en")["en.html"].decode()
    links = re.findall(r'<a href="([^"]*)" rel', page)
    assert bool(links) is followed
    assert "onclick=" not in page.replace("&quot;onclick=&quot;", "")


def test_nothing_published_says_so_in_three_languages(tmp_path, now):
    made = pages(ready(tmp_path / "none", now), now, language="fr")
    assert "Les chiffres s’afficheront ici" in text(made["index.html"])
    assert "ستظهر الأرقام هنا" in text(made["ar.html"])
    told = json.loads(made["live.json"])
    assert (told["state"], told["views"]) == ("empty", None)


def test_before_the_start_the_page_counts_down(published, now):
    early = now - timedelta(days=4)
    folder = published("live", Rehearsal(now=now))
    found = ready(folder, early)
    edition = found.model.edition("rabat")
    assert found.model is not None
    picture = replace(found.model, editions=(edition,), current="rabat")
    page = pages(replace(found, model=picture), early, language="en")["en.html"]
    at = re.search(r'data-until="([^"]+)"', page.decode()).group(1)
    assert datetime.fromisoformat(at) == edition.starts_at
    assert "Starts on" in text(page)
    assert 'class="hero"' not in page.decode()
    assert "Target: 20,000,000 views" in text(page)


@pytest.mark.parametrize(
    ("days", "state", "said"), [(0.5, "settling", "Counts still move"), (4, "final", "Final count")]
)
def test_after_the_end_the_count_settles_and_is_then_final(published, now, days, state, said):
    found = ready(published("over", Rehearsal(now=now, live=False)), now)
    assert found.model is not None
    edition = found.model.edition(None)
    assert edition is not None
    later = edition.ends_at + timedelta(days=days)
    unseen = pages(found, later, language="en")
    assert json.loads(unseen["live.json"])["state"] == "unknown", "nobody asked after the end"
    assert said not in text(unseen["en.html"])
    asked = tuple(replace(sight, seen_at=later) for sight in edition.sights)
    model = replace(found.model, editions=(replace(edition, sights=asked),))
    made = pages(replace(found, model=model), later, language="en")
    assert json.loads(made["live.json"])["state"] == state
    assert said in text(made["en.html"])
    assert f"{edition.total.views:,}" in text(made["en.html"])


def test_no_views_told_is_a_dash_and_no_zero(published, now):
    found = ready(published("mute", Rehearsal(now=now, views=False)), now)
    made = pages(found, now, language="en")
    assert '<p class="hero none">—</p>' in made["en.html"].decode()
    assert "No platform has reported views" in text(made["en.html"])
    assert json.loads(made["live.json"])["views"] is None
    assert "<path" in made["en.html"].decode()  # the audience is drawn instead


def test_a_gap_breaks_the_line_and_is_said(found, now):
    page = pages(found, now, language="en")["en.html"].decode()
    youtube = re.search(r'<path class="youtube" d="([^"]+)"', page).group(1)
    assert youtube.count("M") == 2
    assert 'class="gap"' in page
    assert "the platform could not be reached" in text(page.encode())


def test_a_correction_is_drawn_as_one(found, now):
    assert "YouTube corrected its count by \N{MINUS SIGN}300,000" in text(
        pages(found, now, language="en")["en.html"]
    )


def test_simulated_numbers_say_so_and_real_ones_do_not(published, found, now):
    real = ready(published("real", Rehearsal(now=now, simulated=False)), now)
    for one, word in (("en", "Simulated"), ("fr", "Simulation"), ("ar", "محاكاة")):
        assert word in text(pages(found, now, language="en")[f"{one}.html"])
        assert word not in text(pages(real, now, language="en")[f"{one}.html"])


def test_a_dead_collector_is_told_with_the_time_of_its_numbers(published, now):
    folder = published("dead", Rehearsal(now=now, heartbeat_seconds_ago=7200))
    page = pages(ready(folder, now), now, language="en")["en.html"]
    spoken = words("en", "Africa/Casablanca")
    since = spoken.moment(now - timedelta(hours=2), now)
    assert f"Counting has been interrupted since {since}" in text(page)


def test_a_platform_that_does_not_answer_is_told_beside_the_total(published, now):
    folder = published("failing", Rehearsal(now=now, failing_minutes=60))
    page = text(pages(ready(folder, now), now, language="en")["en.html"])
    assert "Includes YouTube as of" in page
    assert "failing" in page


def test_link_previews_are_named_by_their_whole_address(found, now):
    page = pages(found, now, language="en", url="https://live.example.org/", card=True)["fr.html"]
    assert '"og:image" content="https://live.example.org/og.fr.png"' in page.decode()
    assert 'hreflang="ar" href="https://live.example.org/ar.html"' in page.decode()


def test_digits_of_the_arabic_page_are_as_set_and_never_mixed(found, now):
    usual = pages(found, now, language="ar")
    eastern = pages(found, now, language="ar", eastern=True)
    assert {name for name in usual if usual[name] != eastern[name]} == {
        "ar.html", "index.html", "live.json"
    }  # fmt: skip
    assert len(gzip.compress(eastern["ar.html"])) <= HEAVIEST
    views = words("ar", eastern=True).number(found.model.edition(None).total.views)
    assert views in text(eastern["ar.html"])
    assert re.search("[0-9]", text(usual["ar.html"]))
    prose = re.sub(rb"<code.*?</code>", b"", eastern["ar.html"])  # a hash is no number
    assert re.search("[0-9]", text(prose)) is None
    assert re.search("[٠-٩]", text(usual["ar.html"])) is None


def test_the_card_has_eastern_digits_in_our_font():
    alone = [one for one in preview_image._fonts() if "Arabic-Regular" in one.name]
    drawn = {painted(digit, fonts=alone) for digit in "٠١٢٣٤٥٦٧٨٩٬٪"}
    assert len(drawn) == 12
    assert painted(" ", fonts=alone) not in drawn


def test_every_platform_says_what_it_counts():
    counted = {one.platform for one in load()}
    for one in LANGUAGES:
        table = words(one).table
        assert {key.split(".")[-1] for key in table if key.startswith("public.counts.")} == {
            *counted, "any"
        }  # fmt: skip


def test_what_has_not_changed_is_not_written_again(tmp_path):
    assert write(tmp_path, {"a.html": b"one", "b.png": b"two"}) == ["a.html", "b.png"]
    before = {one.name: one.stat().st_mtime_ns for one in tmp_path.iterdir()}
    assert write(tmp_path, {"a.html": b"one", "b.png": b"2"}) == ["b.png"]
    assert gzip.decompress((tmp_path / "a.html.gz").read_bytes()) == b"one"
    after = {one.name: one.stat().st_mtime_ns for one in tmp_path.iterdir()}
    assert set(after) == {"a.html", "a.html.gz", "b.png", ".sums.json"}
    assert {name for name in after if after[name] != before[name]} == {"b.png", ".sums.json"}


def test_a_write_that_fails_leaves_the_old_page_whole(tmp_path):
    write(tmp_path, {"a.html": b"old"})
    (tmp_path / "a.html.gz").unlink()
    (tmp_path / "a.html.gz").mkdir()  # cannot be replaced by a file
    with pytest.raises(StoreUnwritable, match=r"a\.html\.gz"):
        write(tmp_path, {"a.html": b"new"})
    assert read(tmp_path, "a.html") == b"old"
    assert {one.name for one in tmp_path.iterdir()} == {"a.html", "a.html.gz", ".sums.json"}


def test_the_picture_of_a_preview_is_renewed_every_five_minutes_at_most(published, now, tmp_path):
    clock = [now]
    source = published("live", Rehearsal(now=now))
    press = PagePublisher(
        Public(read_model=source, folder=tmp_path, language="fr"), now=lambda: clock[0]
    )
    assert "og.png" in press.publish()
    assert (tmp_path / "og.png").read_bytes() == (tmp_path / "og.fr.png").read_bytes()
    first = press._cards_at
    clock[0] += CARD_EVERY - timedelta(seconds=1)
    press.publish()
    assert press._cards_at == first
    clock[0] += timedelta(seconds=1)
    press.publish()
    assert press._cards_at == clock[0]


def test_pages_go_on_without_the_picture_when_it_cannot_be_drawn(tmp_path, now, caplog):
    source = publish(tmp_path / "odd", Rehearsal(now=now))
    programme = json.dumps(read_manifest(source)["programme"])
    no_sign_of_xml = programme.replace("DGSN Open Days", "DGSN\\uffff")
    change_manifest(source, programme=json.loads(no_sign_of_xml))
    press = PagePublisher(Public(read_model=source, folder=tmp_path / "out"), now=lambda: now)
    made = press.publish()
    assert "ar.html" in made
    assert "og.png" not in made
    assert b"og:image" not in (tmp_path / "out" / "ar.html").read_bytes()
    assert "cannot be drawn" in caplog.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_preview_is_a_picture_of_the_size_that_platforms_want(found, language):
    spoken = words(language, "Africa/Casablanca")
    drawn = preview_image.preview_image(found.model, found.model.edition(None), spoken)
    assert drawn[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", drawn[16:24]) == (1200, 630)
    assert len(drawn) < 200_000


def test_arabic_letters_are_joined_and_in_their_own_font():
    joined, apart = (
        painted("\N{ZERO WIDTH NON-JOINER}".join("بيت") if cut else "بيت") for cut in (False, True)
    )
    assert joined != apart
    assert (
        painted("بيت", fonts=[one for one in preview_image._fonts() if "Arabic" not in one.name])
        != joined
    )


def painted(text: str, fonts: list[Path] | None = None) -> bytes:
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="300" height="100">'
        f'<text x="150" y="60" font-size="40" font-family="{preview_image._family(text)}">{text}</text></svg>'
    )
    files = [str(one) for one in fonts or preview_image._fonts()]
    return resvg_py.svg_to_bytes(svg_string=svg, font_files=files, skip_system_fonts=True)


def test_what_is_upcoming_is_listed_when_nothing_is_on_air(found, now):
    quiet = replace(found.model.edition(None), on_air=())
    assert found.model is not None
    picture = replace(found.model, editions=(quiet,))
    page = text(pages(replace(found, model=picture), now, language="en")["en.html"])
    assert "Nothing on air" in page
    assert "Coming up" in page
