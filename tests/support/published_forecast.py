"""A published edition for tests of its forecast: broadcasts by day, told every few minutes."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from storage import schema
from storage.analysis.dataset import Dataset, build_dataset
from storage.analysis.forecast.edition_forecast import forecast
from tests.support.published_rows import DEFINITION

OPENS = datetime(2026, 5, 17, tzinfo=UTC)
DAYS = 5
MINUTE = timedelta(minutes=1)


def hour(hours: float) -> datetime:
    return OPENS + timedelta(hours=hours)


def row(key: str = "e", *, opens: datetime = OPENS, target: int | None = 1_000_000) -> dict:
    ends_at = opens + timedelta(days=DAYS)
    return {"edition": key, "starts_at": opens, "ends_at": ends_at, "target_views": target}


@dataclass(frozen=True, kw_only=True)
class Edition:
    """What is published of an edition, whole; :meth:`until` is what was by then."""

    row: dict
    seen: Dataset
    minutes: pl.DataFrame

    def until(self, at: datetime) -> "Edition":
        segments = self.seen.segments.filter(pl.col("started_at") < at).with_columns(
            ended_at=pl.when(pl.col("ended_at") <= at).then("ended_at")
        )
        minutes = self.seen.minutes.filter(pl.col("minute") < at)
        return replace(
            self,
            seen=replace(self.seen, segments=segments, minutes=minutes),
            minutes=self.minutes.filter(pl.col("minute") < at),
        )

    def with_gaps(self, gaps: Iterable[tuple[str, datetime, datetime | None]]) -> "Edition":
        rows = [
            {"broadcast": name, "started_at": since, "ended_at": until}
            for name, since, until in gaps
        ]
        told = pl.DataFrame(rows, schema=schema.GAPS)
        return replace(self, seen=replace(self.seen, gaps=told))

    def forecast(self, at: datetime, *earlier: "Edition") -> Any:
        known = self.until(at)
        return forecast(
            self.row,
            dataset=known.seen,
            edition_minutes=known.minutes,
            earlier=[(one.row, one.minutes) for one in earlier],
            definition=DEFINITION,
            until=at,
        )


def edition(
    key: str = "e", *, opens: datetime = OPENS, sizes: Iterable[float] = (40_000.0,) * 6,
    target: int | None = 1_000_000, every: int = 10, platform: str = "facebook", first_day: int = 0,
) -> Edition:  # fmt: skip
    """Each day from noon on, hours apart, a broadcast of each of ``sizes`` for two hours, seen to the end."""
    found: list[pl.DataFrame] = []
    on_air = []
    length = DAYS * 24 * 60
    for day in range(first_day, DAYS):
        for place, size in enumerate(sizes):
            name = f"{platform}:{key}-{day}-{place}"
            begins = day * 1440 + 720 + 60 * place
            minutes = range(begins, length, every)
            views = [
                int(size * (0.8 * min(1, (m - begins) / 120) + 0.05 * max(0, (m - begins - 120) / 60) ** 0.4))
                for m in minutes
            ]  # fmt: skip
            found.append(
                pl.DataFrame(
                    {"minute": [opens + m * MINUTE for m in minutes], "views": views},
                    schema={"minute": schema.UTC, "views": pl.Int64},
                ).with_columns(
                    broadcast=pl.lit(name),
                    platform=pl.lit(platform),
                    edition=pl.lit(key),
                    snapshots=pl.lit(1, pl.Int64),
                )
            )
            since = opens + begins * MINUTE
            on_air.append(
                {"airing": name, "broadcast": name, "started_at": since,
                 "ended_at": since + 120 * MINUTE}
            )  # fmt: skip
    told = pl.concat([pl.DataFrame(schema=schema.BROADCAST_MINUTES), *found], how="diagonal")
    growth = pl.col("views").diff().over("broadcast").fill_null(pl.col("views"))
    return Edition(
        row=row(key, opens=opens, target=target),
        seen=build_dataset(
            state=told.group_by("broadcast")
            .agg(pl.col("platform", "edition").first(), pl.col("views").last())
            .with_columns(status=pl.lit("ended"), source=pl.lit("videos"))
            .pipe(lambda rows: pl.concat([pl.DataFrame(schema=schema.STATE), rows], how="diagonal")),
            minutes=told,
            gaps=pl.DataFrame(schema=schema.GAPS),
            corrections=pl.DataFrame(schema=schema.CORRECTIONS),
            segments=pl.DataFrame(on_air, schema=schema.SEGMENTS),
        ),
        minutes=told.sort("broadcast", "minute")
        .with_columns(views_delta=growth)
        .group_by("minute", "edition", "platform")
        .agg(pl.col("views_delta").sum(), broadcasts_observed=pl.len().cast(pl.Int64))
        .with_columns(concurrent_viewers=pl.lit(None, pl.Int64))
        .select(list(schema.EDITION_MINUTES))
        .sort("minute"),
    )  # fmt: skip
