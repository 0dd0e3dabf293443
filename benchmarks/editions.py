"""Two editions side by side, and their audiences: from published rows, against SQL over the raw table.

Two editions of 500 broadcasts on 5 platforms, each seen every minute for 5 days: 7.2M snapshots. They
are written as the read model has them, and stay raw in a DuckDB file. Each question is asked in a
process of its own, three times, and both ways have to give the same figures.

    python benchmarks/editions.py
"""

import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path

import duckdb
import polars as pl

from storage import schema
from storage.analysis.dataset import Dataset, build_dataset
from storage.analysis.editions.comparison import compare
from storage.analysis.editions.curve import EditionCurve, edition_curve
from storage.analysis.viewers.audience import audience
from storage.analysis.views.totals import matched

OPENINGS = {"before": datetime(2026, 5, 17, tzinfo=UTC), "now": datetime(2026, 7, 1, tzinfo=UTC)}
DAYS, BROADCASTS, ATTEMPTS = 5, 500, 3
LENGTH = timedelta(days=DAYS)
PLATFORMS = ["youtube", "facebook", "x", "twitch", "kick"]

RAW = """
CREATE TABLE snapshot AS
SELECT
    e.edition || lpad(b.number::VARCHAR, 4, '0') AS broadcast,
    e.edition AS edition,
    ($platforms)[1 + b.number % 5] AS platform,
    e.opened_at + to_minutes(m.minute) AS observed_at,
    (m.minute + 1) * (10 + b.number % 37 + e.more) - (m.minute % 97 = 0)::BIGINT * 5 AS views,
    (b.number * 7 + m.minute * 13) % 900 AS concurrent_viewers
FROM (VALUES ('before', $before::TIMESTAMPTZ, 0), ('now', $now::TIMESTAMPTZ, 4)) AS e(edition, opened_at, more),
    range($broadcasts) AS b(number), range($minutes) AS m(minute)
"""
ALIKE_SQL = """
WITH growth AS (
    SELECT
        edition, platform, observed_at,
        views - coalesce(lag(views) OVER (PARTITION BY broadcast ORDER BY observed_at), 0) AS delta
    FROM snapshot
), hours AS (
    SELECT edition, platform, floor(date_diff('minute',
        CASE edition WHEN 'now' THEN $now::TIMESTAMPTZ ELSE $before::TIMESTAMPTZ END, observed_at) / 60) AS hour,
        sum(delta)::BIGINT AS views
    FROM growth GROUP BY ALL
)
SELECT sum(n.views)::BIGINT AS now, sum(b.views)::BIGINT AS before
FROM (FROM hours WHERE edition = 'now') AS n JOIN (FROM hours WHERE edition = 'before') AS b
    USING (platform, hour)
"""
AUDIENCE_SQL = """
WITH sums AS (
    SELECT edition, time_bucket(INTERVAL 1 MINUTE, observed_at) AS minute, sum(concurrent_viewers) AS viewers
    FROM snapshot GROUP BY ALL
)
SELECT edition, max(viewers)::BIGINT AS peak, round(sum(viewers) / 60)::BIGINT AS hours_watched
FROM sums GROUP BY edition ORDER BY edition
"""
DEFINITION = pl.concat_str(pl.col("platform"), pl.lit("@1")).alias("definition")


def main() -> None:
    """Fill, ask every question both ways, and print a row each."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fill(folder)
        print("| question | rows read | how | median s | memory MB | answer |\n" + "|---" * 6 + "|")
        questions = (
            ("editions", alike, "compare()", alike_sql),
            ("audience of both", watched, "audience()", watched_sql),
        )
        for what, ours, how, theirs in questions:
            mine, sql = apart(ours, folder), apart(theirs, folder)
            if mine[3] != sql[3]:
                raise AssertionError(f"{what}: {mine[3]} against {sql[3]}")
            print(row(what, how, mine))
            print(row(what, "SQL over raw", sql), flush=True)


def row(what: str, how: str, found: tuple[int, float, float, list[int]]) -> str:
    """Give a line of the table."""
    rows, median, megabytes, answer = found
    told = ", ".join(f"{each:,}" for each in answer)
    return f"| {what} | {rows:,} | {how} | {median:.2f} | {megabytes:,.0f} | {told} |"


Question = Callable[[Path], tuple[int, list[int]]]


def apart(question: Question, folder: Path) -> tuple[int, float, float, list[int]]:
    """Ask in a new process: rows read, median seconds, memory it took beyond its start, the answer."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(asked, question, folder).result()


def asked(question: Question, folder: Path) -> tuple[int, float, float, list[int]]:
    """Ask, in this process."""
    before = highest_kilobytes()
    times: list[float] = []
    for _ in range(ATTEMPTS):
        began = time.perf_counter()
        rows, answer = question(folder)
        times.append(time.perf_counter() - began)
    taken = (highest_kilobytes() - before) / 1024
    return rows, sorted(times)[ATTEMPTS // 2], taken, answer


def highest_kilobytes() -> int:
    """The most memory that this process has held; what its parent held is not in it."""
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.partition("VmHWM:")[2].split()[0])


def alike(folder: Path) -> tuple[int, list[int]]:
    """Compare the editions from published rows."""
    now, before = (laid_out(folder, edition) for edition in ("now", "before"))
    found = compare(now, before)
    if found.like_for_like is None or found.masked:
        raise AssertionError("all hours are alike here")
    rows = pl.scan_parquet(folder / "edition_minutes.parquet").select(pl.len()).collect().item()
    return rows, [found.like_for_like.now, found.like_for_like.before]


def laid_out(folder: Path, edition: str) -> EditionCurve:
    """Lay out one edition."""
    return edition_curve(
        edition,
        opened_at=OPENINGS[edition],
        until=OPENINGS[edition] + LENGTH,
        edition_minutes=pl.scan_parquet(folder / "edition_minutes.parquet")
        .filter(pl.col("edition") == edition)
        .collect(),
        state=pl.read_parquet(folder / "state.parquet"),
        segments=pl.read_parquet(folder / "segments.parquet"),
        gaps=pl.DataFrame(schema=schema.GAPS),
        definition=DEFINITION,
    )


def watched(folder: Path) -> tuple[int, list[int]]:
    """Measure the audience of both editions, one after the other, from published rows."""
    rows, answer = 0, list[int]()
    for edition in ("before", "now"):
        seen = of_edition(folder, edition)
        found = audience(seen, until=OPENINGS[edition] + LENGTH)
        if found.peak is None or found.hours_watched is None:
            raise AssertionError("there was an audience")
        rows += seen.minutes.height
        answer += [found.peak.viewers, round(found.hours_watched)]
        del seen  # one edition's minutes at a time
    return rows, answer


def of_edition(folder: Path, edition: str) -> Dataset:
    """Put the published rows of an edition together."""
    minutes = pl.scan_parquet(folder / "broadcast_minutes.parquet")
    state = pl.read_parquet(folder / "state.parquet")
    return build_dataset(
        state=state,
        minutes=minutes.filter(pl.col("edition") == edition),
        gaps=pl.DataFrame(schema=schema.GAPS),
        corrections=pl.DataFrame(schema=schema.CORRECTIONS),
        segments=pl.read_parquet(folder / "segments.parquet"),
    ).of_broadcasts(matched(state, edition)["broadcast"])


def alike_sql(folder: Path) -> tuple[int, list[int]]:
    """Compare the editions in plain SQL."""
    with raw(folder) as connection:
        answer = connection.execute(ALIKE_SQL, OPENINGS).fetchall()
    return 2 * BROADCASTS * DAYS * 1440, list(answer[0])


def watched_sql(folder: Path) -> tuple[int, list[int]]:
    """Measure the audience in plain SQL: right here, where every broadcast is seen each minute."""
    with raw(folder) as connection:
        answer = connection.execute(AUDIENCE_SQL).fetchall()
    return 2 * BROADCASTS * DAYS * 1440, [figure for row in answer for figure in row[1:]]


def raw(folder: Path) -> duckdb.DuckDBPyConnection:
    """Open the raw table."""
    connection = duckdb.connect(str(folder / "raw.duckdb"), read_only=True)
    connection.execute("SET enable_progress_bar = false")
    return connection


def fill(folder: Path) -> None:
    """Write the raw table, and from it what a collector would have published."""
    print("filling", file=sys.stderr)
    with duckdb.connect(str(folder / "raw.duckdb")) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        sizes = {"broadcasts": BROADCASTS, "minutes": DAYS * 1440, "platforms": PLATFORMS}
        connection.execute(RAW, {**OPENINGS, **sizes})
        raw = connection.sql("FROM snapshot ORDER BY broadcast, observed_at").pl()
    minutes = raw.lazy().select(
        pl.col("observed_at").dt.cast_time_unit("us").alias("minute"),
        "broadcast", "platform", "edition", "views", "concurrent_viewers",
        pl.col("concurrent_viewers").alias("peak_concurrent_viewers"),
        *(pl.lit(None, dtype=pl.Int64).alias(name) for name in ("likes", "comments", "shares", "impressions", "off_air_viewers")),
        pl.lit(1, dtype=pl.Int64).alias("snapshots"),
    ).collect()  # fmt: skip
    minutes.write_parquet(folder / "broadcast_minutes.parquet")
    delta = pl.col("views") - pl.col("views").shift(1).over("broadcast").fill_null(0)
    minutes.with_columns(delta=delta).group_by("minute", "edition", "platform").agg(
        pl.col("delta").sum().alias("views_delta"),
        pl.col("concurrent_viewers").sum(),
        broadcasts_observed=pl.len().cast(pl.Int64),
    ).sort("minute").write_parquet(folder / "edition_minutes.parquet")
    facts = minutes.group_by("broadcast").agg(
        pl.col("platform", "edition").first(), pl.col("views").last()
    )
    whole = pl.DataFrame(schema=schema.STATE)
    extra = facts.with_columns(status=pl.lit("live"), source=pl.lit("videos"))
    pl.concat([whole, extra], how="diagonal").write_parquet(folder / "state.parquet")
    opened = pl.col("edition").replace_strict(OPENINGS, return_dtype=schema.UTC)
    facts.select(
        airing="broadcast",
        broadcast="broadcast",
        started_at=opened,
        ended_at=opened + pl.duration(days=DAYS),
    ).write_parquet(folder / "segments.parquet")


if __name__ == "__main__":
    main()
