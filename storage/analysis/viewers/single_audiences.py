"""Audiences of single broadcasts, of many at once: as :mod:`storage.analysis.viewers.audience` has each.

The values that one broadcast holds never overlap, so they are the steps of its sum as they stand.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime

import polars as pl

from storage.analysis.dataset import Dataset
from storage.analysis.intervals import close_intervals, seconds_by_key, unite, whole_minutes
from storage.analysis.viewers.audience import AudienceFigures, Peak
from storage.analysis.viewers.peak_error import highest_peak
from storage.analysis.viewers.viewer_intervals import HeldPart

_SECOND, _HOUR = 1_000_000, 3600


def on_air_seconds(dataset: Dataset, until: datetime) -> dict[str, float]:
    """Return how long each broadcast was on the air, in whole minutes, as seconds."""
    on_air = unite(close_intervals(whole_minutes(dataset.segments), until))
    return seconds_by_key(on_air.with_columns(key="broadcast"))


def silent_audience(on_air: float) -> AudienceFigures:
    """Return the figures of a broadcast that holds nothing; ``on_air`` in seconds."""
    return AudienceFigures(
        peak=None, average=None, average_at_least=None, hours_watched=None, seen_hours=0.0,
        coverage=0.0 / on_air if on_air else None,
    )  # fmt: skip


def single_audiences(
    part: HeldPart, on_air: Mapping[str, float]
) -> Iterator[tuple[str, AudienceFigures]]:
    """Yield the figures of each broadcast that holds a value and of which none is doubtful."""
    held = part.held.join(part.doubtful, on="broadcast", how="anti", maintain_order="left")
    length = (pl.col("ended_at") - pl.col("started_at")).dt.total_microseconds()
    largest = pl.col("largest")
    figures = held.group_by("broadcast", maintain_order=True).agg(
        largest.max(),
        at=pl.col("started_at").filter(largest == largest.max()).min(),
        watched=(pl.col("viewers") * length).sum(),
        seen=length.sum(),
    )
    for row, runs in zip(figures.iter_rows(named=True), _runs(held).to_list(), strict=True):
        name, highest = row["broadcast"], row["largest"]
        watched = row["watched"] / (_SECOND * _HOUR)
        above = highest_peak(runs)
        seconds = on_air.get(name, 0.0)
        seen_hours, airtime = row["seen"] / (_SECOND * _HOUR), seconds / _HOUR
        yield (
            name,
            AudienceFigures(
                peak=Peak(
                    viewers=highest,
                    at=row["at"],
                    hardly_above=None if above is None else max(highest, int(above)),
                ),
                average=watched / seen_hours,
                average_at_least=watched / airtime if airtime else None,
                hours_watched=watched,
                seen_hours=seen_hours,
                coverage=row["seen"] / _SECOND / seconds if seconds else None,
            ),
        )


def _runs(held: pl.DataFrame) -> pl.Series:
    """Cut the values of each broadcast into runs one of its intervals apart, as of a sum."""
    name, begin = pl.col("broadcast"), pl.col("started_at")
    broken = (name != name.shift(1)) | (begin != pl.col("ended_at").shift(1))
    into_run = (begin - begin.first().over("run")).dt.total_microseconds()
    pace = begin.diff().median().over("broadcast").dt.total_microseconds().cast(pl.Float64)
    return (
        held.with_columns(run=broken.fill_null(value=True).cum_sum())
        .with_columns(slot=into_run // pace)
        .group_by("broadcast", "run", "slot", maintain_order=True)
        .agg(pl.col("viewers").first())
        .group_by("broadcast", "run", maintain_order=True)
        .agg("viewers")
        .group_by("broadcast", maintain_order=True)
        .agg("viewers")["viewers"]
    )
