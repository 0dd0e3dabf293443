"""Frozen counters: figures of a broadcast that stand still while others of it move. Pure polars.

Platforms freeze a counter for minutes and then let it jump; for longer than that nothing tells a frozen
one from one at rest but that likes or comments go on. Views, and more than a few viewers, have to move
then; likes, comments and shares may rest, and are only held to it where they had moved often. The
figure is kept as told either way.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

import polars as pl

from storage.model import Kind, Metric

#: A figure that stood for so many of its usual renewals, while another moved as often, is frozen.
SEVERAL = 5
#: A shorter renewal is usual for none, and one that is not known is taken for this.
LEAST_USUAL = timedelta(minutes=5)
#: So many moves are often, and so many viewers more than a few.
OFTEN, MORE_THAN_A_FEW = 20, 20


def frozen_since(minutes: pl.DataFrame) -> Mapping[Metric, datetime]:
    """Return since when each frozen figure stands still, to the minute; one that is not is absent.

    ``minutes`` are :data:`storage.schema.BROADCAST_MINUTES` rows of one broadcast.
    """
    moves: dict[Metric, list[datetime]] = {}
    last: dict[Metric, tuple[datetime, int]] = {}
    for metric in Metric:
        counts = minutes.drop_nulls(metric).sort("minute")
        if counts.height:
            differs = pl.col(metric) != pl.col(metric).shift(1)
            moves[metric] = counts.filter(differs.fill_null(value=True))["minute"].to_list()
            last[metric] = counts["minute"][-1], counts[metric][-1]
    return {
        metric: times[-1]
        for metric, times in moves.items()
        if _has_to_move(metric, last[metric][1], len(times))
        and last[metric][0] - times[-1] >= SEVERAL * _usual(times)
        and any(len([at for at in other if at > times[-1]]) >= SEVERAL for other in moves.values())
    }


def _has_to_move(metric: Metric, value: int, moves: int) -> bool:
    if metric.kind is Kind.GAUGE:
        return value >= MORE_THAN_A_FEW
    return metric is Metric.VIEWS or moves > OFTEN


def _usual(moves: list[datetime]) -> timedelta:
    """Return the median time from one move to the next; the first is when it was first told."""
    steps = [(after - before).total_seconds() for before, after in pairwise(moves)]
    return max(LEAST_USUAL, timedelta(seconds=median(steps))) if steps else LEAST_USUAL
