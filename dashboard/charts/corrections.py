"""What platforms took back of their views, the largest first, and in words. Pure."""

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from dashboard.charts.theme import Theme
from dashboard.view_model.platforms import name


@dataclass(frozen=True, kw_only=True, slots=True)
class Fall:
    """A platform took ``views`` back; seen at ``at``."""

    platform: str
    views: int
    at: datetime


def falls(corrections: pl.DataFrame) -> list[Fall]:
    """Return the falls of views, the largest first."""
    ordered = (
        corrections.filter(pl.col("metric") == "views")
        .with_columns(fall=pl.col("before") - pl.col("after"))
        .sort("fall", descending=True)
    )
    rows = ordered.select("platform", "fall", "observed_at").iter_rows()
    return [Fall(platform=platform, views=views, at=at) for platform, views, at in rows]


def fall_sentence(fall: Fall, look: Theme) -> str:
    """Say the fall in words: whose, by how much, and when it was seen."""
    words = look.words
    return words.say(
        "chart.correction_line",
        platform=words.isolate(name(fall.platform)),
        change=words.signed(-fall.views),
        day=words.day(fall.at),
        at=words.isolate(words.clock(fall.at)),
    )
