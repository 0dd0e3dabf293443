"""Reports on one edition, from what is published alone: what `livetally storage report` prints."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from storage.analysis.dataset import Dataset
from storage.analysis.editions.audience_comparison import FollowedEdition
from storage.analysis.editions.comparison import per_visitor
from storage.analysis.editions.engagement import rates, shares
from storage.analysis.intervals import coverage
from storage.analysis.views.growth import cumulative
from storage.analysis.views.growth_rate import growth_rate
from storage.analysis.views.milestones import crossings, milestones, required_pace
from storage.analysis.views.views_at import Knowledge, TotalAt, sums, total_at
from storage.definitions import in_force, load
from storage.errors import LiveTallyError
from storage.read_model.history_reader import WithHistory
from storage.read_model.history_summary import history_rows
from storage.read_model.reader import Published, ReadModel
from storage.reports.comparison import audience_figures, compare_with_before
from storage.reports.forecast import forecast_of
from storage.reports.records import of_edition
from storage.tables.json_values import json_value

#: What is said of how fast views grow is of the last hour.
WINDOW = timedelta(hours=1)


class NothingToReport(LiveTallyError):
    """There is no such edition, or nothing was measured of it by then; the text says which."""


def report_of(folder: Path, edition: str, at: datetime | None = None) -> dict[str, Any]:
    """Report on ``edition`` as of ``at`` (``None``: when it was published), ready for JSON.

    Units are those of :mod:`storage.analysis`; times are ISO 8601 in UTC; ``None``: not told.

    Raises:
        NotPublished: the folder holds no read model yet.
        NothingToReport: see there.
    """
    published = ReadModel(folder).open_as(WithHistory)
    editions = published.editions()
    row = edition_row(editions, edition)
    until = min(at or published.manifest.published_at, published.manifest.published_at)
    dataset = of_edition(published, row)
    followed = FollowedEdition(
        dataset=dataset, starts_at=row["starts_at"], ends_at=row["ends_at"], now=until
    )
    definition = in_force(load())
    total_then, now = (
        total_at(dataset, until, knowledge=knowledge, definition=definition)
        for knowledge in Knowledge
    )
    has_minutes = (dataset.minutes["minute"] <= until).any()
    if not has_minutes:
        raise NothingToReport(f"{edition}: nothing was measured by {json_value(until)}")
    return {
        "edition": edition,
        "simulated": published.manifest.simulated,
        "as_of": json_value(until),
        "imported": _imported(published, editions, row),
        "reported": _reported(row, total_then.views),
        "totals": _totals(published, followed, total_then, now),
        "audience": audience_figures(followed.audience()),
        "engagement": json_value(rates(dataset.state)),
        "growth": _growth(dataset, until),
        "milestones": _milestones(published, row, until),
        "target": json_value(_pace(row, total_then.views, until)),
        "forecast": json_value(forecast_of(published, row, definition=definition, until=until)),
        "comparison": compare_with_before(published, row, followed, definition),
    }


def _imported(
    published: WithHistory, editions: pl.DataFrame, row: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Return the edition's imported history, and that of the earlier ones that it is compared with."""
    earlier = editions.filter(pl.col("starts_at") < row["starts_at"])["edition"]
    compared = [edition for edition in earlier if edition in published.imported]
    keys = [row["edition"], *compared]
    return history_rows(published.history().filter(pl.col("edition").is_in(keys)))


def edition_row(editions: pl.DataFrame, edition: str) -> dict[str, Any]:
    """Return the published row of an edition.

    Raises:
        NothingToReport: there is none of this key.
    """
    matching = editions.filter(pl.col("edition") == edition)
    if matching.is_empty():
        known = ", ".join(editions.sort("starts_at")["edition"]) or "none"
        raise NothingToReport(f"there is no edition {edition}; known are: {known}")
    return matching.row(0, named=True)


def _reported(row: Mapping[str, Any], measured: int | None) -> dict[str, Any]:
    """Return the figures of press releases, which never enter a sum."""
    names = ("views", "visitors")
    figures = {
        name: {
            "value": row[f"reported_{name}"],
            "wording": row[f"reported_{name}_wording"],
            "sources": row[f"reported_{name}_sources"],
        }
        for name in names
        if row[f"reported_{name}"] is not None
    }
    return {**figures, "per_visitor": json_value(per_visitor(row, measured))}


def _totals(
    published: Published, followed: FollowedEdition, total_then: TotalAt, now: TotalAt
) -> dict[str, Any]:
    dataset, parts = followed.dataset, sums(total_then.parts, "platform")
    return {
        "views": total_then.views,
        "as_known_now": now.views,
        "coverage": coverage(dataset.segments, dataset.gaps, followed.until),
        "definitions": total_then.definitions,
        "corrections": json_value(now.corrections),
        "platforms": json_value(parts.join(shares(parts).drop("views"), on="platform", how="left")),
        "accounts": json_value(sums(total_then.parts, "account")),
        "sessions": _sessions(published, dataset, total_then.parts),
        "broadcasts": json_value(total_then.parts),
    }


def _sessions(published: Published, dataset: Dataset, parts: pl.DataFrame) -> list[dict[str, Any]]:
    mine = (
        published.sessions()
        .select("session", "title", broadcast="broadcasts")
        .explode("broadcast")
        .join(dataset.state.select("broadcast"), on="broadcast", how="semi", maintain_order="left")
    )
    members = mine.join(parts, on="broadcast", how="left", maintain_order="left")
    titles = members.group_by("session").agg(pl.col("title").first())
    return json_value(titles.join(sums(members, "session"), on="session", how="right"))


def _growth(dataset: Dataset, until: datetime) -> dict[str, Any]:
    rates = growth_rate(dataset, until, window=WINDOW)
    return {**json_value(rates), "views_per_hour": rates.views_per_hour}


def _milestones(
    published: Published, row: Mapping[str, Any], until: datetime
) -> list[dict[str, Any]]:
    minutes = published.edition_minutes(row["edition"]).filter(pl.col("minute") <= until)
    curve = cumulative(minutes).filter(pl.col("platform").is_null())
    newest = curve["views"].to_list()[-1] if curve.height else None
    return json_value(crossings(curve, milestones(row["target_views"], newest)))


def _pace(row: Mapping[str, Any], views: int | None, until: datetime) -> Any:
    if row["target_views"] is None:
        return None
    return required_pace(views, row["target_views"], at=until, ends_at=row["ends_at"])
