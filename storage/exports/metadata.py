"""Metadata of an export: definitions, coverage, gaps, times, versions. Pure."""

import tomllib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import polars as pl

from storage.analysis.dataset import Dataset
from storage.analysis.intervals import coverage
from storage.analysis.viewers.viewer_intervals import sum_viewers
from storage.definitions import Definition
from storage.exports.request import ExportKind, ExportRequest
from storage.read_model.history_summary import describe_history, history_rows
from storage.read_model.manifest import Manifest
from storage.tables.json_values import json_value

#: Parts of a description that are tables themselves.
TABLES = ("definitions", "gaps", "corrections", "doubtful")
_MEANINGS = Path(__file__).with_name("columns.toml")


def metadata(
    manifest: Manifest,
    edition: Mapping[str, Any],
    dataset: Dataset,
    request: ExportRequest,
    *,
    as_of: datetime,
    looked_until: datetime,
    definitions: tuple[Definition, ...],
    history: pl.DataFrame,
    version: str,
) -> dict[str, Any]:
    """Describe an export of ``dataset``, ready for JSON; the same state gives the same description.

    ``history`` is what was imported of the edition.
    """
    platforms = set(dataset.state["platform"])
    names = manifest.programme.names
    return {
        "program": "livetally",
        "version": version,
        "simulated": manifest.simulated,
        "imported_history": [describe_history(row) for row in history_rows(history)],
        "programme": {"ar": names.ar, "fr": names.fr, "en": names.en},
        "edition": request.edition,
        "edition_names": {name: edition[f"name_{name}"] for name in ("ar", "fr", "en")},
        "rows": str(request.what),
        "as_of": json_value(as_of),
        "from": json_value(request.since),
        "to": json_value(request.until),
        "platforms": sorted(platforms),
        "time_zone": "UTC",
        "event_time_zone": manifest.programme.time_zone,
        "empty_means": "the platform did not say; it is not zero. What was not seen has no row.",
        "total_means": "sum of platform-reported views, by the definitions below",
        "coverage": _coverage(dataset, looked_until),
        "columns": meanings(request.what),
        "head": manifest.heads[-1].fields() if manifest.heads else None,
        "definitions": _definitions(definitions, platforms),
        "gaps": json_value(dataset.gaps),
        "corrections": json_value(dataset.corrections),
        "doubtful": json_value(sum_viewers(dataset, until=as_of).doubtful),
    }


def meanings(what: str) -> dict[str, str]:
    """Return what each column of an export means, by its name."""
    columns: dict[str, dict[str, str]] = tomllib.loads(_MEANINGS.read_text("utf-8"))
    return columns["raw"] | columns["reported"] if what == ExportKind.REPORTED else columns[what]


def _coverage(dataset: Dataset, until: datetime) -> dict[str, float | None]:
    """Return the share of the time on the air that no gap took, in all and by platform."""
    platforms = {
        platform: dataset.of_platform(platform)
        for platform in sorted(set(dataset.state["platform"]))
    }
    parts = {"all": dataset, **platforms}
    return {name: coverage(part.segments, part.gaps, until) for name, part in parts.items()}


def _definitions(definitions: tuple[Definition, ...], platforms: set[str]) -> list[dict[str, Any]]:
    return [
        {
            "definition": definition.key,
            "platform": definition.platform,
            "since": str(definition.since) if definition.since else None,
            "metric": str(meaning.metric),
            "counts": meaning.counts,
            "unit": meaning.unit,
            "kind": str(meaning.kind),
            "can_fall": meaning.can_fall,
            "rounded": meaning.rounded,
            "source": meaning.source,
        }
        for definition in definitions
        if definition.platform in platforms
        for meaning in definition.meanings
    ]


def lines(described: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the description as names and texts, tables left out."""
    texts: list[tuple[str, str]] = []
    for name, value in described.items():
        if isinstance(value, Mapping):
            parts = cast("Mapping[str, object]", value)
            texts += [(f"{name}.{key}", _text(part)) for key, part in parts.items()]
        elif not isinstance(value, list):
            texts.append((name, _text(value)))
        elif name not in TABLES:
            texts.append((name, ", ".join(map(_text, cast("list[object]", value)))))
    return texts


def listed(described: Mapping[str, Any], name: str) -> pl.DataFrame:
    """Return one of :data:`TABLES` of the description."""
    return pl.DataFrame(described[name], infer_schema_length=None)


def _text(value: object) -> str:
    return "not known" if value is None else str(value)
