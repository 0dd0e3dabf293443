"""What each export is recognised as, and what breaks it or is refused of it."""

from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import count

import pytest

from storage.imports.errors import BrokenFile, MissingOption, UnrecognisedFile
from storage.imports.formats.layout import LANGUAGE_NAMES, LAYOUTS
from storage.imports.formats.registry import LONG, NAMES, recognise
from storage.imports.parse.csv_table import Row, parse_csv
from storage.imports.parse.files import tables
from storage.imports.parse.number_format import (
    WrittenNumber,
    cleaned,
    has_figure,
    number_format_of,
)
from storage.model import OwnerMetric
from tests.support.import_files import FIXTURES, broken, counts, given, read, table
from tests.support.xlsx_files import workbook

EXPORTS = {
    "studio_en.csv": "youtube-studio",
    "studio_fr.csv": "youtube-studio",
    "studio_ar.csv": "youtube-studio",
    "studio_de.csv": "youtube-studio",
    "studio_es.csv": "youtube-studio",
    "studio_pt.csv": "youtube-studio",
    "studio_days.csv": "youtube-studio-days",
    "studio_channel.csv": "youtube-studio-channel",
    "studio_live_pt.csv": "youtube-live",
    "studio_live.csv": "youtube-live",
    "analytics.csv": "youtube-analytics",
    "analytics_days.csv": "youtube-analytics-days",
    "reporting.csv": "youtube-reporting",
    "facebook_en.csv": "facebook",
    "facebook_fr.csv": "facebook",
    "facebook_2023.csv": "facebook-old",
    "instagram_en.csv": "instagram",
    "facebook_days.csv": "facebook-days",
    "instagram_days.csv": "instagram-days",
    "x_posts.csv": "x-posts",
    "x_days.csv": "x-days",
    "tweets.csv": "x-tweets",
    "tweets_days.csv": "x-tweets-days",
    "tiktok_posts.csv": "tiktok-posts",
    "tiktok_live_days_ja.csv": "tiktok-live-days",
    "twitch_days.csv": "twitch-days",
    "tiktok_days.csv": "tiktok-days",
}


def test_there_is_an_export_of_every_format():
    assert set(EXPORTS.values()) | {LONG} == set(NAMES)
    assert {path.name for path in FIXTURES.glob("*.csv")} == set(EXPORTS)


@pytest.mark.parametrize(("name", "format_"), EXPORTS.items())
def test_an_export_is_recognised_by_its_columns_which_are_named(name, format_):
    [one], aside = recognise([table(name)])
    assert one.name == format_
    assert not aside
    language = LANGUAGE_NAMES.get(name[-6:-4], "English")
    assert one.why.startswith(
        f"{language} columns {table(name).columns[one.columns.parts[one.columns.layout.needs[0]]]}"
    )


@pytest.mark.parametrize("name", EXPORTS)
def test_forcing_the_format_that_it_is_changes_nothing(name):
    forced, _ = recognise([table(name)], forced=EXPORTS[name])
    assert forced == recognise([table(name)])[0]


def test_studio_says_the_same_in_every_language():
    english, *others = (
        read(f"studio_{language}.csv") for language in ("en", "fr", "ar", "de", "es", "pt")
    )
    assert [other.figures for other in others] == [english.figures] * 5
    assert [other.left_out for other in others] == [english.left_out] * 5
    assert counts(english) == {
        "views": 1_234_500,
        "engaged_views": 1_101_000,
        "watch_hours": 90_123.5,
        "likes": 21_000,
        "comments": 3_000,
        "shares": 2_000,
        "impressions": 4_000_000,
        "peak_concurrent_viewers": 18_250,
        "average_concurrent_viewers": 9_120.5,
    }
    assert [one.published.day for one in english.figures] == [date(2025, 5, 17), date(2025, 5, 18)]


def unplaced(figures):
    """Figures without the line that they stood on."""
    return [replace(one, line=0) for one in figures]


@pytest.mark.parametrize("name", [name for name in EXPORTS if not table(name).title])
def test_figures_are_the_same_in_a_workbook_whose_numbers_are_doubles(tmp_path, name):
    csv = table(name)
    [one], _ = recognise([csv])
    read_in = number_format_of(
        [
            WrittenNumber(line=row.line, column="", text=row.cells[at], integer=False)
            for row in csv.rows
            for at in one.columns.counts.values()
            if has_figure(row.cells[at])
        ],
        language=one.columns.language,
    )

    def double(at, cell):
        is_count = at in one.columns.counts.values() and has_figure(cell)
        return read_in.read(cleaned(cell), integer=False) if is_count else cell

    rows = [csv.columns, *([*map(double, count(), row.cells)] for row in csv.rows)]
    path = tmp_path / "book.xlsx"
    path.write_bytes(workbook(rows))
    [recognised], _ = recognise(tables(path))
    said = {"broadcast": "opening2025"}
    assert unplaced(recognised.read(given(**said)).figures) == unplaced(
        one.read(given(**said)).figures
    )


@pytest.mark.parametrize("language", ["en", "fr", "ar"])
def test_a_workbooks_decimals_are_no_thousands_in_any_language(tmp_path, language):
    columns = LAYOUTS["youtube-studio"]
    names = [
        column.names(language)[0]
        for column in (
            *map(columns.parts.get, columns.needs),
            columns.counts[OwnerMetric.WATCH_HOURS],
        )
    ]
    path = tmp_path / "book.xlsx"
    path.write_bytes(workbook([names, ["opening2025", "Opening", 98.765]]))
    [one], _ = recognise(tables(path))
    assert counts(one.read(given())) == {"watch_hours": 98.765}


@pytest.mark.parametrize("name", EXPORTS)
def test_the_order_of_the_columns_changes_nothing(name):
    csv = table(name)
    [one], _ = recognise([csv])
    said = {"broadcast": "opening2025"}
    whole = one.read(given(**said))
    width = len(csv.columns)
    for turn in range(1, width):
        order = [*range(turn, width), *range(turn)][:: 1 if turn % 2 else -1]
        columns = tuple(csv.columns[at] for at in order)
        rows = tuple(Row(row.line, tuple(row.cells[at] for at in order)) for row in csv.rows)
        [shuffled], aside = recognise([replace(csv, columns=columns, rows=rows)])
        assert (shuffled.name, aside) == (one.name, [])
        again = shuffled.read(given(**said))
        assert (again.figures, again.refused) == (whole.figures, whole.refused)
        assert (again.left_out, again.notes) == (whole.left_out, whole.notes)


@pytest.mark.parametrize("name", [name for name in EXPORTS if name[-6:-4] not in LANGUAGE_NAMES])
@pytest.mark.parametrize("language", LANGUAGE_NAMES)
def test_a_layouts_columns_are_read_alike_in_every_language_that_it_knows(name, language):
    csv = table(name)
    [one], _ = recognise([csv])
    layout, columns = one.columns.layout, list(csv.columns)
    for key, place in {**one.columns.parts, **one.columns.counts}.items():
        column = {**layout.parts, **layout.counts}[key]
        columns[place] = column.names(language)[0]
    [again], _ = recognise([replace(csv, columns=tuple(columns), above=())], forced=one.name)
    said = {"broadcast": "opening2025", "decimal": "."}
    assert again.read(given(**said)).figures == one.read(given(**said)).figures


def test_studios_days_are_pacific_ones_from_the_archives_name():
    assert read("studio_fr.csv").figures[0].period == (
        datetime(2025, 5, 17, 7, tzinfo=UTC),
        datetime(2025, 5, 22, 7, tzinfo=UTC),
    )
    assert read("studio_fr.csv", path="table.csv", lifetime=True).figures[0].period is None
    with pytest.raises(MissingOption, match="does not say which days") as caught:
        read("studio_fr.csv", path="table.csv")
    assert "--period" in caught.value.remedy


def test_the_total_row_is_no_broadcast_and_says_what_the_rows_lack():
    whole = read("studio_en.csv")
    assert [(one.line, one.reason) for one in whole.left_out] == [
        (2, "Total row: a sum, not a broadcast")
    ]
    assert whole.notes == ()
    cut = broken("studio_en.csv", '"1,360,250"', '"2,360,250"')
    assert cut.notes == (
        "the Total row says 2,360,250 views, its rows 1,360,250: the export does not hold everything",
    )


def test_formulas_and_markup_stay_text_and_ids_may_begin_with_a_hyphen():
    parade = read("studio_en.csv").figures[1]
    assert (parade.broadcast, parade.title) == ("-arade_2025", '=HYPERLINK("http://example.test")')
    for guard in ("'", " "):
        assert (
            broken("studio_en.csv", "\n-arade", f"\n{guard}-arade").figures[1].broadcast
            == "-arade_2025"
        )
    assert read("facebook_en.csv").figures[1].title == "<b>Parade</b>"


def test_a_cell_that_says_nothing_is_no_zero():
    told = broken("studio_en.csv", ',"18,250",', ",,").figures[0]
    assert OwnerMetric.PEAK_CONCURRENT_VIEWERS not in told.counts
    assert counts(broken("studio_en.csv", ',"18,250",', ",0,"))["peak_concurrent_viewers"] == 0


def test_a_row_without_an_id_is_refused_and_the_others_are_read():
    reading = broken("studio_en.csv", "opening2025", "a playlist")
    assert [(one.line, one.reason) for one in reading.refused] == [
        (3, "no broadcast id in this row")
    ]
    assert len(reading.figures) == 1


def test_a_date_that_is_none_is_refused_with_its_line():
    [refused] = broken("studio_en.csv", "May 17, 2025", "Mayday").refused
    assert (refused.line, refused.reason) == (3, "invalid date 'Mayday': expected e.g. 2026-05-17")


@pytest.mark.parametrize(
    ("name", "before", "after", "line", "problem"),
    [
        ("studio_en.csv", '"125,750"', '"125.750"', 4, "not written like the numbers before it"),
        ("studio_fr.csv", '"1\u202f234\u202f500"', '"1,234,500"', 3, "not written like"),
        ("studio_en.csv", '"125,750"', "125k", 4, "expected a whole number"),
        ("facebook_en.csv", "122100000000000001", "1.221E+17", 2, "rounded by a spreadsheet"),
        ("facebook_en.csv", "04/02/2025", "13/02/2025", 4, "other way round"),
    ],
)
def test_what_shows_that_a_file_was_spoilt_breaks_it_with_line_and_remedy(
    name, before, after, line, problem
):
    with pytest.raises(BrokenFile, match=problem) as caught:
        broken(name, before, after)
    assert caught.value.line == line
    assert caught.value.remedy


def test_a_missing_column_is_named_in_every_language():
    with pytest.raises(
        UnrecognisedFile, match="looks like YouTube Studio: content, but has no column"
    ) as caught:
        broken("studio_fr.csv", "Contenu,", "Inhalt,")
    assert "Content, Video, Contenu" in str(caught.value)
    assert caught.value.line == 1
    with pytest.raises(UnrecognisedFile, match="unknown export: its columns are a, b"):
        recognise([parse_csv("a,b\n1,2\n", name="x.csv")])


@pytest.mark.parametrize(
    "text",
    [
        "Post title,Post link,Impressions,Views,Likes,Comments,Reposts\nA,https://e.test/1,9,5,4,3,2\n",
        "Date,Impressions,Likes,Replies,Reposts,Clicks\n2026-05-17,9,5,4,3,2\n",
    ],
)
def test_a_table_of_elsewhere_is_like_no_export_by_its_counts_alone(text):
    with pytest.raises(UnrecognisedFile, match="unknown export: its columns are"):
        recognise([parse_csv(text, name="x.csv")])


def test_columns_of_figures_that_are_not_read_are_named():
    [one], _ = recognise([table("x_days.csv")])
    assert one.unread == (
        "Engagements", "Shares", "New follows", "Unfollows", "Profile visits", "Create Post", "Media views",
    )  # fmt: skip
    [one], _ = recognise([table("facebook_en.csv")])
    assert one.unread == ("Duration (sec)",)
    text = "Content,Video title,Views,Average view duration,Viewed (%),Estimated revenue (USD),RPM,Genre\n"
    text += "opening2025,Opening,5,0:04:12,41.2%,—,$1.20,Live\nparade_2025,Parade,5,,,,,7\n"
    [one], _ = recognise([parse_csv(text, name="x.csv")])
    assert one.unread == ("Average view duration", "Viewed (%)", "RPM")


def test_a_column_named_twice_breaks_the_file():
    with pytest.raises(BrokenFile, match="duplicate column 'Views'"):
        broken("studio_en.csv", "Engaged views", "Views")


def test_in_an_archive_the_same_is_not_counted_twice():
    tables = [
        table("studio_en.csv"),
        table("studio_days.csv"),
        parse_csv("Date,Views\n2025-05-17,5\n", name="Totals.csv"),
    ]
    kept, aside = recognise(tables)
    assert [one.table.name for one in kept] == ["studio_en.csv"]
    assert aside == [
        "studio_days.csv: counts the same again as youtube-studio",
        "Totals.csv: counts the same again as youtube-studio",
    ]


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_every_column_is_named_in_french_where_it_is_in_arabic(layout):
    for column in (*layout.parts.values(), *layout.counts.values()):
        assert column.en
        assert bool(column.fr) == bool(column.ar)
