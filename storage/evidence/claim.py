"""The claim and its figures, computed from a bundle's tables alone. Pure; ready for JSON."""

from collections.abc import Sequence
from typing import Any, cast

import polars as pl

from storage.analysis.dataset import Dataset
from storage.analysis.viewers.audience import Audience, audience
from storage.analysis.views.growth import cumulative
from storage.analysis.views.milestones import crossings, milestones
from storage.analysis.views.views_at import Knowledge, TotalAt, sums, total_at
from storage.definitions import Definition, in_force
from storage.evidence.contents import EvidenceFacts, EvidenceTables, records_of
from storage.model import Metric
from storage.schema import EDITION_MINUTES
from storage.tables.json_values import json_value

FORMAT = 2
#: Figures with a fraction are kept to this many places, so that sums in another order agree.
PLACES = 6


def claim_and_figures(
    tables: EvidenceTables, facts: EvidenceFacts, definitions: Sequence[Definition]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the claim, and the figures behind it: by account, broadcast and milestone."""
    dataset = records_of(tables)
    at_instant, now = (
        total_at(dataset, facts.as_of, knowledge=knowledge, definition=in_force(definitions))
        for knowledge in Knowledge
    )
    watched = audience(dataset, until=facts.as_of)
    target: int | None = facts.edition["target_views"]
    passed = crossings(_curve(dataset, facts), milestones(target, at_instant.views))
    mine = passed.filter(pl.col("milestone") == target).to_dicts() if target else []
    claim = {
        "format": FORMAT,
        "programme": facts.programme,
        "time_zone": facts.time_zone,
        "edition": facts.edition,
        "simulated": facts.simulated,
        "as_of": json_value(facts.as_of),
        "known_at": json_value(facts.known_at),
        "views": at_instant.views,
        "views_as_known_now": now.views,
        "platforms": json_value(sums(at_instant.parts, "platform")),
        "definitions": at_instant.definitions,
        "broadcasts": at_instant.parts.height,
        "told": at_instant.parts["views"].count(),
        "corrections": _falls(at_instant),
        "coverage": at_instant.coverage,
        "audience": _audience(watched),
        "target": json_value(mine[0]) if mine else None,
    }
    figures = {
        "accounts": json_value(sums(at_instant.parts, "account")),
        "broadcasts": json_value(at_instant.parts),
        "broadcasts_as_known_now": json_value(now.parts),
        "milestones": json_value(passed),
    }
    return _rounded(claim), _rounded(figures)


def _falls(total: TotalAt) -> int:
    return total.corrections.filter(pl.col("metric") == str(Metric.VIEWS)).height


def _audience(measured: Audience) -> dict[str, Any]:
    figures = json_value(measured)
    del figures["viewers"]
    return figures


def _curve(dataset: Dataset, facts: EvidenceFacts) -> pl.DataFrame:
    """Return the running sum of last reported views by minute, up to the instant."""
    counted = dataset.minutes.filter(
        pl.col("views").is_not_null() & (pl.col("minute") <= facts.as_of)
    ).with_columns(
        views_delta=pl.col("views") - pl.col("views").shift(1).over("broadcast").fill_null(0)
    )
    minutes = (
        counted.join(
            dataset.state.select("broadcast", "platform", "edition"), on="broadcast", how="left"
        )
        .group_by("minute", "edition", "platform")
        .agg(
            pl.col("views_delta").sum(),
            concurrent_viewers=pl.lit(None, dtype=pl.Int64),
            broadcasts_observed=pl.len().cast(pl.Int64),
        )
        .select(list(EDITION_MINUTES))
    )
    return cumulative(minutes).filter(pl.col("platform").is_null())


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, PLACES)
    if isinstance(value, dict):
        named = cast("dict[str, Any]", value)
        return {name: _rounded(part) for name, part in named.items()}
    if isinstance(value, list):
        return [_rounded(part) for part in cast("list[Any]", value)]
    return value
