"""Exports of the real cases, brought in by the command: a row a case, with all that it has to give.

The days, editions and figures are those of the cases' own description. The rules that they stand for are
stated with own inputs in tests/storage/imports, which need no material beside the checkout.
"""

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import yaml
from typer.testing import CliRunner

from dashboard.view_model.refresher import Refresher
from livetally import cli

ZONE = "Africa/Casablanca"
DAYS = "2026-05-17_2026-05-21"
STUDIO = f"Content {DAYS} Example channel"
TIKTOK = "--account tiktok:@example"
LATER = datetime(2027, 1, 1, tzinfo=UTC)
LIVE = "--broadcast AAAAAAAAA01 --edition e2026"


@dataclass(frozen=True, kw_only=True)
class Case:
    """A file of ``../shared/cases``, what is added to the command, and the outcome.

    ``figures`` are values by metric, in the order of ``lines``; ``counted`` and ``published`` the days of
    these lines in the programme's time zone, empty where a figure has none. ``notes``, ``refused`` and
    ``fault`` are what has to stand in each text; there is no other note, refusal or fault.
    """

    file: str
    words: str = ""
    edition: str = "e2026"
    figures: dict[str, tuple[float, ...]] = field(default_factory=dict)
    lines: tuple[int, ...] = ()
    counted: tuple[str, ...] = ()
    published: tuple[str, ...] = ()
    definition: str | None = None
    notes: tuple[str, ...] = ()
    refused: dict[int, str] = field(default_factory=dict)
    fault: tuple[str, str] | None = None
    exit_code: int = 0


YEAR = Case(
    file="imports/tiktok-days-year/Overview.csv",
    edition="e2025",
    figures={
        "views": (2_076, 2_077, 2_078, 2_079, 2_080),
        "likes": (4,) * 5,
        "comments": (1,) * 5,
        "shares": (0,) * 5,
    },
    lines=(78, 79, 80, 81, 82),
    counted=tuple(f"2025-05-{day}" for day in range(17, 22)),
    refused={
        line: f"{date(2025, 3, 2) + timedelta(days=line - 2)} is in no edition's days"
        for line in range(2, 367)
        if line not in range(78, 83)
    },
    exit_code=1,
    notes=("2025-03-02 to 2026-03-01",),
)
CASES = {
    "a year of days, brought in later": replace(YEAR, words=f"{TIKTOK} --as-of 2026-06-01T09:00Z"),
    "a year of days, at its true time": replace(YEAR, words=f"{TIKTOK} --as-of 2026-03-02T09:00Z"),
    "29 February, read the year after": Case(
        file="imports/tiktok-days-leap/Overview.csv",
        words=f"{TIKTOK} --edition e2025 --any-day --as-of 2025-02-24T09:00Z",
        edition="e2025",
        figures={
            "views": tuple(range(300, 309)),
            "likes": (4,) * 9,
            "comments": (1,) * 9,
            "shares": (0,) * 9,
        },
        lines=tuple(range(2, 11)),
        counted=tuple(str(date(2024, 2, 25) + timedelta(days=day)) for day in range(9)),
        notes=("2024-02-25 to 2024-03-04",),
    ),
    "days in Spanish": Case(
        file="imports/tiktok-days-spanish/Overview.csv",
        words=f"{TIKTOK} --as-of 2026-05-22T09:00Z",
        figures={"views": (410, 395), "likes": (4, 4), "comments": (1, 1), "shares": (0, 0)},
        lines=(2, 3),
        counted=("2026-05-20", "2026-05-21"),
        notes=("2026-05-20 to 2026-05-21",),
    ),
    "a year that the id tells": Case(
        file="imports/tiktok-id-year/Content.csv",
        words="--as-of 2026-11-20T09:00Z",
        edition="e2025",
        figures={"views": (8_100,), "likes": (31,), "comments": (4,), "shares": (2,)},
        lines=(2,),
        published=("2025-05-19",),
    ),
    "a video titled Total": Case(
        file="imports/title-total/Content.csv",
        words="--as-of 2026-05-22T09:00Z",
        figures={"views": (6_200, 310), "likes": (20, 2), "comments": (3, 0), "shares": (1, 0)},
        lines=(2, 3),
        published=("2026-05-18", "2026-05-18"),
    ),
    **{
        f"two names of one figure, in {name}": Case(
            file=f"imports/two-names/{name}",
            figures={"views": (900,)},
            lines=(2,),
            published=("2026-05-17",),
            notes=("left aside: Views",),
        )
        for name in ("Content.csv", "Content-other-order.csv")
    },
    **{
        f"a line below the table, in {folder}": Case(
            file=f"imports/{folder}/{STUDIO}.csv",
            figures={"views": (600, 305)},
            lines=(3, 4),
            counted=(DAYS,) * 2,
            notes=("the table is cut",),
        )
        for folder in ("studio-footer", "studio-footer-padded")
    },
    "doubles of a workbook": Case(
        file=f"imports/workbook-doubles/{STUDIO}.xlsx",
        figures={"views": (21_000_000, 4_500), "watch_hours": (1_249_000.25, 1_000)},
        lines=(3, 4),
        counted=(DAYS,) * 2,
    ),
    "a fraction of a view": Case(
        file=f"imports/workbook-fraction/{STUDIO}.xlsx",
        fault=("'4500.5'; expected a whole number", "export it again"),
        exit_code=2,
    ),
    "an id that was rounded": Case(
        file=f"imports/workbook-rounded-id/account_analytics_content_{DAYS}.xlsx",
        fault=("id rounded by a spreadsheet", "as it was downloaded"),
        exit_code=2,
    ),
    "net counts below zero": Case(
        file=f"imports/studio-net-counts/{STUDIO}.csv",
        figures={"views": (600, 305), "likes": (41, -5), "comments": (6, -2)},
        lines=(3, 4),
        counted=(DAYS,) * 2,
    ),
    "viewers and averages told apart": Case(
        file="imports/live-viewership/concurrent-first.csv",
        words=LIVE,
        figures={"peak_concurrent_viewers": (72,), "average_concurrent_viewers": (28,)},
        lines=(4,),
        notes=(
            "the peak is of column Concurrent viewers",
            "the average is of column Average concurrent viewers",
            "left aside: Live chat messages",
        ),
    ),
    "no peak of averages": Case(
        file="imports/live-viewership/average-only.csv",
        words=LIVE,
        figures={"average_concurrent_viewers": (28,)},
        lines=(4,),
        notes=("the average is of column Average concurrent viewers",),
    ),
    "another spelling of viewers": Case(
        file="imports/live-viewership/livestream-spelling.csv",
        words=LIVE,
        figures={"peak_concurrent_viewers": (72,), "average_concurrent_viewers": (42,)},
        lines=(4,),
        notes=("the peak is of column Live", "the average is of column Live"),
    ),
    "a folder with days in its name": Case(
        file=f"imports/dated-folder/exports 2025-01-01_2025-12-31/{STUDIO}.csv",
        figures={"views": (600,)},
        lines=(2,),
        counted=(DAYS,),
    ),
    "an old export of X": Case(
        file="imports/old-x/tweet_activity_metrics_example_20250517_20250522_en.csv",
        words="--as-of 2025-05-23T09:00Z",
        edition="e2025",
        figures={
            "impressions": (940, 1_310),
            "likes": (88, 120),
            "shares": (6, 11),
            "comments": (3, 5),
        },
        lines=(2, 3),
        counted=("2025-05-17_2025-05-22",) * 2,
        published=("2025-05-17", "2025-05-18"),
        notes=("left aside: engagements, engagement rate, media views, media engagements",),
    ),
    "a Total that counts what was deleted": Case(
        file=f"imports/total-row-counts-deleted/{STUDIO}.csv",
        figures={"views": (30_000, 20_001)},
        lines=(3, 4),
        counted=(DAYS,) * 2,
        notes=("counts 2 views more than the rows, perhaps of what was deleted",),
    ),
    "a Total of a table that was cut": Case(
        file=f"imports/total-row-cut/{STUDIO}.csv",
        figures={"views": (30_000, 20_001)},
        lines=(3, 4),
        counted=(DAYS,) * 2,
        notes=("the export does not hold everything",),
    ),
    "an old Excel file": Case(
        file=f"imports/old-excel/{STUDIO}.xls",
        fault=("an old Excel file", "export it anew, as CSV or XLSX"),
        exit_code=2,
    ),
    "an earlier edition's series": Case(
        file="features/earlier-series/e2025-viewers.csv",
        edition="e2025",
        figures={"concurrent_viewers": (120, 180, 240, 200)},
        lines=(2, 3, 4, 5),
        published=("2025-05-17",) * 4,
    ),
    "a channel by day": Case(
        file="features/studio-channel-days/Totals.csv",
        words="--account youtube:@example",
        figures={"views": (600, 305), "watch_hours": (41.5, 20.25), "likes": (36, 4)},
        lines=(2, 3),
        counted=("2026-05-17", "2026-05-18"),
    ),
    "views of 3 seconds": Case(
        file="features/facebook-2023/Content.csv",
        edition="e2025",
        figures={
            "views": (5_200,),
            "likes": (150,),
            "comments": (12,),
            "shares": (8,),
            "reach": (9_000,),
        },
        lines=(2,),
        published=("2025-05-17",),
        definition="facebook.business_suite_2023@2014-05",
        notes=("left aside: 1-Minute Video Views",),
    ),
}


@pytest.fixture
def livetally(tmp_path):
    """The command, in a folder with nothing but the cases' programme as its configuration."""
    names = dict.fromkeys(("ar", "fr", "en"), "Example")
    editions = [
        {"key": f"e{year}", "names": names, "city": names,
         "starts_on": date(year, 5, 17), "ends_on": date(year, 5, 21)}
        for year in (2025, 2026)
    ]  # fmt: skip
    programme = {"key": "example", "names": names, "time_zone": ZONE}
    config = tmp_path / "config.yaml"
    config.write_text(
        yaml.safe_dump({"programme": programme, "editions": editions, "accounts": []})
    )

    def run(*words):
        done = CliRunner().invoke(cli, ["--config", str(config), "storage", *map(str, words)])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.exit_code, json.loads(done.stdout)

    return run


def day(time, *, earlier=timedelta()):
    """The day of an instant as the programme's clock has it."""
    return str((datetime.fromisoformat(time) - earlier).astimezone(ZoneInfo(ZONE)).date())


def period(row):
    first, last = (
        day(row["period_starts_at"]),
        day(row["period_ends_at"], earlier=timedelta(days=1)),
    )
    return first if first == last else f"{first}_{last}"


def by_line(rows, name, shown):
    """What the rows of each line have in this column: one value a line, and none of what has none."""
    found = {row["line"]: shown(row) for row in rows if row[name]}
    assert all(found.get(row["line"]) == (shown(row) if row[name] else None) for row in rows)
    return tuple(found.values())


def assert_said(texts, expected):
    """Each text has its expected words, in any order, and no other text is there."""
    assert len(texts) == len(expected), texts
    assert all(any(words in text for text in texts) for words in expected), texts


def test_every_file_of_the_cases_has_a_row(shared):
    cases = shared / "cases"
    there = {
        path.relative_to(cases).as_posix()
        for room in ("imports", "features")
        for path in (cases / room).rglob("*")
        if path.is_file()
    }
    assert there == {case.file for case in CASES.values()}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_file_gives_what_is_right(shared, livetally, case):
    path = shared / "cases" / case.file
    code, [said] = livetally("import", path, *case.words.split(), "--dry-run", "--json")
    assert code == case.exit_code, said
    if case.fault:
        problem, remedy = case.fault
        assert problem in said["fault"]["problem"]
        assert remedy in said["fault"]["remedy"]
        assert said["would_take"] is None
        return
    assert said["fault"] is None
    rows = sorted(said["would_take"], key=lambda row: row["line"])
    assert tuple(dict.fromkeys(row["line"] for row in rows)) == case.lines
    figures = {
        metric: tuple(row["value"] for row in rows if row["metric"] == metric)
        for metric in {row["metric"] for row in rows}
    }
    assert figures == case.figures
    assert said["taken"] == len(rows)
    assert {row["edition"] for row in rows} == {case.edition}
    assert by_line(rows, "period_starts_at", period) == case.counted
    assert by_line(rows, "published_at", lambda row: day(row["published_at"])) == case.published
    if case.definition:
        assert {row["definition"] for row in rows} == {case.definition}
    assert_said(said["notes"], case.notes)
    refused = {each["line"]: each["reason"] for each in said["refused"]}
    assert refused.keys() == case.refused.keys()
    assert all(words in refused[line] for line, words in case.refused.items())


def test_an_earlier_series_is_drawn_and_reckoned_as_its_editions(shared, livetally, tmp_path):
    case = CASES["an earlier edition's series"]
    code, [said] = livetally("import", shared / "cases" / case.file, "--json")
    assert (code, said["history"][0]["standing"]) == (0, "counted")
    code, report = livetally("report", "--edition", "e2025", "--json")
    assert code == 0
    assert report["audience"]["peak"]["viewers"] == 240
    assert report["audience"]["hours_watched"] == pytest.approx(12.33, abs=0.005)
    pages = Refresher(tmp_path / "data/published", refresh_seconds=3600, now=lambda: LATER)
    pages.refresh()
    curve = pages.current.model.edition("e2025").curves.viewers
    assert tuple(curve["concurrent_viewers"]) == case.figures["concurrent_viewers"]
