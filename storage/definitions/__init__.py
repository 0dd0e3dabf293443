"""What each platform counts, from when: the entries of ``definitions.toml``."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any, TypeVar

import polars as pl

from storage.model import Kind, Metric, OwnerMetric

FILE = Path(__file__).with_name("definitions.toml")
Column = TypeVar("Column", pl.Expr, pl.Series)
_BY = ("platform", "source", "observed_at")


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
    """Return the key in force for rows of ``platform``, ``source`` and ``observed_at``, else null."""
    choice = pl.lit(None, dtype=pl.String)
    for definition in _widest_first(definitions):
        applies = _applies(definition, *(pl.col(name) for name in _BY))
        choice = pl.when(applies).then(pl.lit(definition.key)).otherwise(choice)
    return choice.alias("definition")


def named(definitions: Sequence[Definition], rows: pl.DataFrame) -> pl.Series:
    """Return what :func:`in_force` gives of few rows, of which few definitions can be in force.

    The expression, with all definitions in it, costs a tick more than all else that it folds.
    """
    choice = pl.Series("definition", [None], dtype=pl.String).new_from_index(0, rows.height)
    earliest, latest = rows["observed_at"].min(), rows["observed_at"].max()
    if not isinstance(earliest, datetime) or not isinstance(latest, datetime):
        return choice
    platforms = frozenset(rows["platform"].to_list())
    able = able_to_apply(definitions, platforms, earliest.date(), latest.date())
    for definition in _widest_first(able):
        applies = _applies(definition, *(rows[name] for name in _BY))
        key = pl.Series("definition", [definition.key]).new_from_index(0, rows.height)
        choice = key.zip_with(applies, choice)
    return choice


def able_to_apply(
    definitions: Sequence[Definition], platforms: frozenset[str], earliest: date, latest: date
) -> list[Definition]:
    """Leave out what is of other platforms, begins later, or was superseded before."""
    begun = [
        definition
        for definition in definitions
        if definition.platform in platforms and (definition.since or date.min) <= latest
    ]
    by_then: dict[tuple[str, tuple[str, ...]], date] = {}
    for definition in begun:
        of, since = (definition.platform, definition.sources), definition.since or date.min
        if since <= earliest:
            by_then[of] = max(since, by_then.get(of, date.min))
    return [
        definition
        for definition in begun
        if (definition.since or date.min)
        >= by_then.get((definition.platform, definition.sources), date.min)
    ]


def refresh_seconds(
    definitions: Sequence[Definition], platform: str, metric: Metric
) -> float | None:
    """Return how often the platform renews a count: its quickest source; ``None`` where unknown."""
    known = [
        meaning.refresh_seconds
        for definition in definitions
        if definition.platform == platform
        for meaning in definition.meanings
        if meaning.metric is metric and meaning.refresh_seconds is not None
    ]
    return min(known, default=None)


def _widest_first(definitions: Sequence[Definition]) -> list[Definition]:
    """Order them so that each is to be preferred to those before it."""
    return sorted(definitions, key=lambda each: (bool(each.sources), each.since or date.min))


def _applies(
    definition: Definition, platform: Column, source: Column, observed_at: Column
) -> Column:
    rule = platform == definition.platform
    if definition.sources:
        first, *others = definition.sources
        spoken_of = source == first
        for name in others:
            spoken_of |= source == name
        rule &= spoken_of
    if definition.since is not None:
        rule &= observed_at >= datetime.combine(definition.since, time(), UTC)
    return rule


def _definition(entry: dict[str, Any]) -> Definition:
    return Definition(
        key=entry["key"],
        platform=entry["platform"],
        sources=tuple(entry["sources"]),
        since=entry.get("since"),
        meanings=tuple(
            _meaning(name, entry.get("each", {}) | fields)
            for name, fields in entry["metrics"].items()
        ),
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


#: What the figures of owners' exports count, by key, in the order of ``owner_figures.toml``.
OWNER_FIGURES = {
    definition.key: definition for definition in load(FILE.with_name("owner_figures.toml"))
}
