"""Tells what a platform counted at an instant: reads a ``definitions.toml``, and nothing else."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import StrEnum
from pathlib import Path
from typing import Any

import polars as pl

from storage.model import Metric, OwnerMetric

FILE = Path(__file__).with_name("definitions.toml")


class Kind(StrEnum):
    """Whether a count accumulates or holds at an instant."""

    COUNTER = "counter"
    GAUGE = "gauge"


@dataclass(frozen=True, kw_only=True, slots=True)
class Meaning:
    """What one metric counts. ``refresh_seconds`` is ``None`` where the platform's pace is unknown."""

    metric: Metric | OwnerMetric
    counts: str
    unit: str
    kind: Kind
    can_fall: bool
    rounded: bool
    refresh_seconds: float | None
    source: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Definition:
    """What a platform's counts mean from ``since`` on (``None``: since ever).

    ``sources`` are the snapshot sources it speaks of; empty for all that no other entry claims.
    """

    key: str
    platform: str
    sources: tuple[str, ...]
    since: date | None
    meanings: tuple[Meaning, ...]


def load(path: Path = FILE) -> tuple[Definition, ...]:
    """Read the definitions, in the file's order.

    Raises:
        ValueError: a key repeats, or an entry lacks or misspells a field (also KeyError).
    """
    return parse(path.read_text("utf-8"), name=path.name)


def parse(text: str, *, name: str = FILE.name) -> tuple[Definition, ...]:
    """Read the definitions of a file's text; see :func:`load`."""
    entries: list[dict[str, Any]] = tomllib.loads(text)["definition"]
    definitions = tuple(_definition(entry) for entry in entries)
    if len({definition.key for definition in definitions}) != len(definitions):
        raise ValueError(f"{name}: a definition's key repeats")
    return definitions


def in_force(definitions: Sequence[Definition]) -> pl.Expr:
    """Give the key in force for rows of ``platform``, ``source`` and ``observed_at``, else null."""
    narrowest_first = sorted(
        definitions, key=lambda each: (bool(each.sources), each.since or date.min), reverse=True
    )
    choice = pl.lit(None, dtype=pl.String)
    for definition in reversed(narrowest_first):
        choice = pl.when(_applies(definition)).then(pl.lit(definition.key)).otherwise(choice)
    return choice.alias("definition")


def refresh_seconds(
    definitions: Sequence[Definition], platform: str, metric: Metric
) -> float | None:
    """Give how often the platform renews a count: its quickest source; ``None`` where unknown."""
    known = [
        meaning.refresh_seconds
        for definition in definitions
        if definition.platform == platform
        for meaning in definition.meanings
        if meaning.metric is metric and meaning.refresh_seconds is not None
    ]
    return min(known, default=None)


def _applies(definition: Definition) -> pl.Expr:
    rule = pl.col("platform") == definition.platform
    if definition.sources:
        rule &= pl.col("source").is_in(definition.sources)
    if definition.since is not None:
        rule &= pl.col("observed_at") >= datetime.combine(definition.since, time(), UTC)
    return rule


def _definition(entry: dict[str, Any]) -> Definition:
    return Definition(
        key=entry["key"],
        platform=entry["platform"],
        sources=tuple(entry["sources"]),
        since=entry.get("since"),
        meanings=tuple(_meaning(name, fields) for name, fields in entry["metrics"].items()),
    )


def _meaning(metric: str, fields: dict[str, Any]) -> Meaning:
    return Meaning(
        metric=Metric(metric) if metric in set(Metric) else OwnerMetric(metric),
        counts=fields["counts"],
        unit=fields["unit"],
        kind=Kind(fields["kind"]),
        can_fall=fields["can_fall"],
        rounded=fields["rounded"],
        refresh_seconds=fields.get("refresh_seconds"),
        source=fields["source"],
    )
