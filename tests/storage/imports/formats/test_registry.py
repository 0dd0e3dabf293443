"""What each export is recognised as, and what is read from it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count, permutations

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
from storage.model import Metric, OwnerMetric
from tests.support.import_files import FIXTURES, given, read, table
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


def counts(reading, at=0):
    return {str(metric): value for metric, value in reading.figures[at].counts.items()}


def broken(name, before, after, **said):
    text = (FIXTURES / name).read_text("utf-8-sig")
    assert before in text
    [one], _ = recognise([parse_csv(text.replace(before, after, 1), name=name)])
    return one.read(given(**said))


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


def test_rows_by_day_are_of_their_day():
    first, second = read("studio_days.csv").figures
    assert (first.counts[Metric.VIEWS], second.counts[Metric.VIEWS]) == (900_000, 334_500)
    assert first.period == (
        datetime(2025, 5, 17, 7, tzinfo=UTC),
        datetime(2025, 5, 18, 7, tzinfo=UTC),
    )


def test_live_viewership_gives_peak_and_average_of_the_broadcast_that_is_named():
    reading = read("studio_live.csv", broadcast="opening2025")
    assert counts(reading) == {
        "peak_concurrent_viewers": 18_250,
        "average_concurrent_viewers": (1200 + 18250 + 15050 + 9000) / 4,
    }
    assert reading.figures[0].broadcast == "opening2025"
    assert reading.notes == (
        "the peak is of column Concurrent viewers: 4 rows, 60 s apart",
        "the average is of column Concurrent viewers: 4 rows, 60 s apart",
    )
    with pytest.raises(MissingOption, match="does not name its video"):
        read("studio_live.csv")
    with pytest.raises(BrokenFile, match="not at equal distances") as caught:
        broken("studio_live.csv", "\n120,", "\n121,", broadcast="opening2025")
    assert caught.value.line == 4


@pytest.mark.parametrize(
    ("columns", "peak", "average"),
    [
        (["Concurrent viewers"], 72, 42),
        (["Live concurrent viewers"], 72, 42),
        (["Average concurrent viewers"], None, 28),
        (["Peak concurrent viewers"], 90, None),
        (["Concurrent viewers", "Average concurrent viewers"], 72, 28),
        (["Concurrent viewers", "Peak concurrent viewers"], 90, 42),
        (["Peak concurrent viewers", "Average concurrent viewers"], 90, 28),
    ],
)
@pytest.mark.parametrize(
    "position", ["Live stream position (seconds)", "Livestream position (seconds)"]
)
@pytest.mark.parametrize("turn", [1, -1])
def test_a_peak_is_never_made_of_means_nor_an_average_of_peaks(
    columns, peak, average, position, turn
):
    shown = {position: (0, 60, 120)} | {
        name: {"P": (20, 90, 50), "A": (11, 35, 38)}.get(name[0], (14, 72, 40)) for name in columns
    }
    rows = [list(shown), *zip(*shown.values(), strict=True)]
    text = "".join(",".join(map(str, row[::turn])) + "\n" for row in rows)
    [one], _ = recognise([parse_csv(text, name="liveViewership.csv")])
    reading = one.read(given(broadcast="opening2025"))
    told = {"peak_concurrent_viewers": peak, "average_concurrent_viewers": average}
    assert counts(reading) == {name: value for name, value in told.items() if value is not None}
    assert len(reading.notes) == len(counts(reading))


def test_of_two_columns_for_one_figure_the_more_exact_name_is_read_wherever_it_stands():
    cells = {
        "Video link": "https://www.tiktok.com/@dgsn/video/7505000000000000001",
        "Views": "120",
        "Total views": "900",
    }
    for names in permutations(cells):
        text = ",".join(names) + "\n" + ",".join(cells[name] for name in names) + "\n"
        [one], _ = recognise([parse_csv(text, name="Content.csv")])
        assert counts(one.read(given())) == {"views": 900}


def test_the_analytics_api_says_minutes_where_studio_says_hours():
    assert counts(read("analytics.csv"))["watch_hours"] == pytest.approx(90_123.5)
    whole_account = read("analytics_days.csv").figures
    assert [one.broadcast for one in whole_account] == [None] * 3


def test_bulk_rows_of_a_video_and_day_are_added_up_and_live_is_told_apart():
    first, second = read("reporting.csv").figures
    assert dict(first.counts) == {
        Metric.VIEWS: 900_000,
        Metric.COMMENTS: 125,
        Metric.LIKES: 10_500,
        Metric.SHARES: 65,
        OwnerMetric.WATCH_HOURS: 16,
        OwnerMetric.VIEWS_WHILE_LIVE: 800_000,
    }
    assert second.counts[OwnerMetric.VIEWS_WHILE_LIVE] == 0
    assert first.owner == "UCowner"


def test_facebook_videos_are_named_by_their_addresses():
    told = read("facebook_en.csv").figures
    assert [one.broadcast for one in told] == [
        "998877665544332",
        "998877665544333",
        "122100000000000003",
    ]
    assert counts(read("facebook_en.csv")) == {
        "views": 812_400, "reach": 640_100, "likes": 31_050, "comments": 4_210, "shares": 2_980,
    }  # fmt: skip
    assert told[0].period is None
    assert counts(read("facebook_fr.csv")) == counts(read("facebook_en.csv"))


def test_facebook_counts_of_a_day_are_of_that_day():
    one = broken("facebook_en.csv", "Lifetime", "05/17/2025").figures[0]
    assert one.period == (
        datetime(2025, 5, 16, 23, tzinfo=UTC),
        datetime(2025, 5, 17, 23, tzinfo=UTC),
    )


def test_instagram_names_its_account():
    [told] = read("instagram_en.csv").figures
    assert (told.handle, told.owner, told.broadcast) == (
        "dgsn_maroc",
        "17841400000000001",
        "18011111111111111",
    )


def test_meta_by_day_counts_what_its_title_says():
    first, second = read("facebook_days.csv").figures
    assert dict(first.counts) == {OwnerMetric.REACH: 412_000}
    assert second.counts[OwnerMetric.REACH] == 0
    assert (first.platform, first.broadcast, first.line) == ("facebook", None, 4)
    assert first.period[0].date() == date(2025, 5, 16)  # midnight in Casablanca
    untold = read("instagram_days.csv").figures[1]
    assert dict(untold.counts) == {}


VIEWS_BY_DAY = 'sep=,\n"{title}"\n"Date","Primary"\n"2025-05-17T00:00:00","5000"\n'


def test_views_by_day_of_meta_may_be_of_a_page_or_an_account_so_it_has_to_be_said():
    views = parse_csv(VIEWS_BY_DAY.format(title="Views"), name="Views.csv")
    with pytest.raises(UnrecognisedFile, match="may be facebook-days or instagram-days") as caught:
        recognise([views])
    assert "--format" in caught.value.remedy
    [one], _ = recognise([views], forced="instagram-days")
    [told] = one.read(given()).figures
    assert (told.platform, dict(told.counts)) == ("instagram", {Metric.VIEWS: 5_000})


def test_what_is_no_figure_of_ours_is_named():
    viewers = parse_csv(VIEWS_BY_DAY.format(title="Viewers"), name="Viewers.csv")
    with pytest.raises(UnrecognisedFile, match="columns are Date, Primary: Viewers"):
        recognise([viewers])


def test_x_counts_reposts_as_shares_and_names_the_account_by_address():
    [told] = read("x_posts.csv").figures
    assert dict(told.counts) == {
        Metric.IMPRESSIONS: 122_978, Metric.LIKES: 512, Metric.COMMENTS: 88, Metric.SHARES: 240,
    }  # fmt: skip
    assert (told.handle, told.broadcast) == ("DGSN_MAROC", "1923700000000000001")


def test_x_by_day_is_of_the_account():
    first, second = read("x_days.csv").figures
    assert first.counts[Metric.VIEWS] == 98_000
    assert Metric.IMPRESSIONS not in second.counts


def test_tiktok_names_videos_by_address_and_days_without_years():
    [told] = read("tiktok_posts.csv").figures
    assert (told.broadcast, told.handle) == ("7505000000000000001", "dgsn")
    assert told.published.instant(given().zone) == datetime(2025, 5, 17, 11, 5, tzinfo=UTC)
    days = read("tiktok_days.csv").figures
    assert [one.period[0].date() for one in days] == [date(2025, 5, 16), date(2025, 5, 17)]
    assert days[1].counts[Metric.COMMENTS] == -2


def test_a_channels_days_are_of_the_channel_and_may_be_net():
    first, second = read("studio_channel.csv").figures
    assert dict(first.counts) == {
        Metric.VIEWS: 950_000, Metric.LIKES: 24_320, OwnerMetric.WATCH_HOURS: 70_000.5,
    }  # fmt: skip
    assert (second.counts[Metric.LIKES], second.counts[Metric.COMMENTS]) == (-10, -2)
    assert (first.platform, first.broadcast) == ("youtube", None)
    assert first.period == (
        datetime(2025, 5, 17, 7, tzinfo=UTC),
        datetime(2025, 5, 18, 7, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    "text",
    [
        "Date,Traffic source,Views\n2025-05-17,External,5\n",
        "Date,Traffic source,Views\n2025-05-17,External,5\n2025-05-17,Browse,7\n",
        "Date,Age,Views\n2025-05-17,18,5\n2025-05-17,25,7\n",
        "day,country,views\n2025-05-17,MA,5\n2025-05-17,FR,7\n",
        "Date,Game,Minutes Streamed,Max Viewers\nSat May 17 2025,Chess,5,7\n",
    ],
)
def test_days_that_are_split_by_something_else_are_no_days_of_the_account(text):
    with pytest.raises(UnrecognisedFile, match="its days are split by another column"):
        recognise([parse_csv(text, name="Table data.csv")])


def test_a_day_without_a_year_may_come_again():
    days = [date(2024, 5, 1) + timedelta(days=at) for at in range(380)]
    head = "Date,Video Views,Profile Views,Likes\n"
    text = head + "".join(f"{day:%B} {day.day},5,6,7\n" for day in days)
    [one], _ = recognise([parse_csv(text, name="Overview.csv")])
    assert len(one.read(given()).figures) == 380
    twice = f"{head}May 17,5,6,7\nMay 17,8,9,1\n"
    with pytest.raises(UnrecognisedFile, match="split by another column"):
        recognise([parse_csv(twice, name="Overview.csv")])


@pytest.mark.parametrize(
    ("days", "apart"),
    [
        (["2025-03-01", "2025-03-08", "2025-03-15"], 7),
        (["2025-03-15", "2025-03-08", "2025-03-01"], 7),
        (["2025-01-01", "2025-02-01", "2025-03-01", "2025-04-01"], 28),
        (["2025-03-01", "2025-03-08"], None),
        (["2025-03-01", "2025-03-08", "2025-03-18"], None),
    ],
)
def test_weeks_and_months_are_no_days(days, apart):
    text = "Date,Views\n" + "".join(f"{day},5\n" for day in days)
    [one], _ = recognise([parse_csv(text, name="Totals.csv")])
    if apart is None:
        assert len(one.read(given()).figures) == len(days)
        return
    with pytest.raises(BrokenFile, match=f"rows are {apart} days apart") as caught:
        one.read(given())
    assert caught.value.remedy == "export it by day"


def test_facebooks_views_of_3_seconds_are_views_where_there_are_no_others():
    reading = read("facebook_2023.csv")
    assert counts(reading) == {
        "views": 412_400, "reach": 640_100, "likes": 31_050, "comments": 4_210, "shares": 2_980,
    }  # fmt: skip
    [one], _ = recognise([table("facebook_2023.csv")])
    assert (one.columns.layout.source, one.unread) == (
        "business_suite_2023", ("Duration (sec)", "1-minute video views"),
    )  # fmt: skip
    both = (FIXTURES / "facebook_2023.csv").read_text().replace("Duration (sec)", "Views")
    [one], _ = recognise([parse_csv(both, name="both.csv")])
    assert (one.name, counts(one.read(given()))["views"]) == ("facebook", 5_400)
    assert one.unread == ("3-second video views", "1-minute video views")


def test_tweets_are_read_with_their_whole_decimals_and_nothing_else_is():
    first, second = read(
        "tweets.csv", path="tweet_activity_metrics_dgsn_20250517_20250522_en.csv"
    ).figures
    assert dict(first.counts) == {
        Metric.IMPRESSIONS: 1_310, Metric.LIKES: 88, Metric.COMMENTS: 3, Metric.SHARES: 6,
    }  # fmt: skip
    assert Metric.COMMENTS not in second.counts
    assert second.counts[Metric.SHARES] == 0
    assert first.published.instant(UTC) == datetime(2025, 5, 17, 9, 15, tzinfo=UTC)
    assert (first.handle, first.broadcast) == ("DGSN_MAROC", "1923700000000000001")
    large = broken("tweets.csv", '"1310.0"', '"1.2345678E7"', lifetime=True).figures[0]
    assert large.counts[Metric.IMPRESSIONS] == 12_345_678
    with pytest.raises(BrokenFile, match="expected a whole number"):
        broken("tweets.csv", '"1310.0"', '"1310.5"', lifetime=True)
    with pytest.raises(BrokenFile, match="expected a whole number"):
        broken("x_posts.csv", ",122978,", ",122978.0,", lifetime=True)
    assert read("tweets_days.csv").figures[1].counts[Metric.LIKES] == -2
    portuguese = (FIXTURES / "tweets.csv").read_text()
    for english, name in {
        "Tweet id": "id do Tweet", "Tweet permalink": "link permanente do Tweet", "Tweet text": "texto do Tweet",
        "time": "horário", '"impressions': '"impressões', "retweets": "retweets", "replies": "respostas",
        "likes": "favoritos",
    }.items():  # fmt: skip
        portuguese = portuguese.replace(english, name, 1)
    [one], _ = recognise([parse_csv(portuguese, name="pt.csv")])
    assert one.read(given(lifetime=True)).figures == read("tweets.csv", lifetime=True).figures


def test_days_of_live_platforms_tell_peaks_and_averages():
    [first, none] = read("twitch_days.csv").figures
    assert {str(metric): value for metric, value in first.counts.items()} == {
        "peak_concurrent_viewers": 1_850,
        "average_concurrent_viewers": 912.5,
        "watch_hours": 2_737.5,
        "views_while_live": 5_210,
        "reach": 4_100,
    }
    assert set(none.counts.values()) == {0}
    assert counts(read("tiktok_live_days_ja.csv")) == {
        "views": 41_200, "peak_concurrent_viewers": 1_850, "average_concurrent_viewers": 912.5,
    }  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_every_column_is_named_in_french_where_it_is_in_arabic(layout):
    for column in (*layout.parts.values(), *layout.counts.values()):
        assert column.en
        assert bool(column.fr) == bool(column.ar)
