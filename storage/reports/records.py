"""Rows of some broadcasts from what is published, in the order that the analysis expects."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from storage.analysis.dataset import Dataset, build_dataset
from storage.analysis.first_sight import with_told_starts
from storage.analysis.views.totals import matched
from storage.read_model.reader import NotPublished, Published


def of_edition(published: Published, row: Mapping[str, Any]) -> Dataset:
    """Return what was published of the broadcasts of an edition (a row of the editions)."""
    state = matched(published.state(), row["edition"])
    dataset = records_of(published, state["broadcast"].to_list(), state)
    return with_told_starts(dataset, row["starts_at"])


def records_of(published: Published, minutes: Sequence[str], state: pl.DataFrame) -> Dataset:
    """Return what was published of the broadcasts of ``state``, with the minutes of some of them."""
    try:
        return build_dataset(
            state=state,
            minutes=published.scan_minutes(minutes),
            gaps=published.gaps(),
            corrections=published.corrections(),
            segments=published.segments(),
        ).of_broadcasts(state["broadcast"])
    except OSError as error:
        raise NotPublished(f"generation {published.manifest.generation} is gone") from error
