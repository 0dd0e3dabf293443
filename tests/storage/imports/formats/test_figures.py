"""What is read from the exports of each platform."""

from datetime import UTC, date, datetime, timedelta
from itertools import permutations

import pytest

from storage.imports.errors import BrokenFile, MissingOption, UnrecognisedFile
from storage.imports.formats.registry import recognise
from storage.imports.parse.csv_table import parse_csv
from storage.model import Metric, OwnerMetric
from tests.support.import_files import FIXTURES, broken, counts, given, read, table


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
