"""What a chart says, as the sentence above it: pure, from the curves that are drawn."""

from datetime import UTC, datetime, timedelta

import polars as pl

from dashboard.charts.growth import CurveData
from dashboard.charts.theme import Theme
from storage.analysis.epoch import instants

_DAY = timedelta(days=1)


def headline(
    trace: CurveData, look: Theme, now: datetime, *, since: bool, single: bool = False
) -> str:
    """Say the newest total and its time; what was gained, where ``since`` says a period is drawn.

    ``single``: the curves are one broadcast's. Empty when there is nothing to draw.
    """
    words = look.words
    minutes = trace.viewers["minute"]
    if minutes.is_empty():
        return ""
    last = datetime.fromtimestamp(int(instants(minutes).max()) / 1000, UTC)
    at = words.isolate(words.moment(last, now))
    views = _totals(trace)
    if views.is_empty():
        watching = trace.viewers.drop_nulls("concurrent_viewers").filter(
            pl.col("minute") == pl.col("minute").max()
        )["concurrent_viewers"]
        if watching.is_empty():
            return words.say("chart.claim_unknown", at=at)
        return words.say("chart.claim_watching", count=words.number(int(watching.sum())), at=at)
    newest = words.number(int(views[-1]))
    if since:
        gained = words.signed(int(views[-1] - views[0]))
        return words.say("chart.claim_gained", change=gained, views=newest, at=at)
    yesterday = _totals(trace, until=last - _DAY)
    if yesterday.len() and last > now - _DAY / 24 and not single:
        gained = words.signed(int(views[-1] - yesterday[-1]))
        return words.say("chart.claim_day", change=gained, views=newest, at=at)
    return words.say("chart.claim_broadcast" if single else "chart.claim", views=newest, at=at)


def _totals(trace: CurveData, until: datetime | None = None) -> pl.Series:
    """Return the sum over time, or the only line there is."""
    sums = trace.cumulative.filter(pl.col("platform").is_null())
    line = sums if sums.height else trace.cumulative
    if until is not None:
        line = line.filter(pl.col("minute") <= until)
    return line.sort("minute")["views"].drop_nulls()
