"""Comparison of two editions: like for like and in all, and where a difference comes from.

Like for like counts the hours since the opening that both editions passed and both were seen in, on
the platforms that both were on, with one definition of a view. What a definition changed is bridged
where the ratio is known, and refused otherwise. Figures are sums of platform-reported views;
reported figures of press releases stand beside them and never enter a sum.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from storage.analysis.editions.curve import EditionCurve

#: (definition before, definition now) -> how many views of the second one view of the first makes.
Bridges = Mapping[tuple[str, str], float]


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportedFigures:
    """One figure of two editions: views (``None``: never told), and broadcast-hours on the air."""

    now: int | None
    before: int | None
    airtime_now: float
    airtime_before: float

    @property
    def difference(self) -> int | None:
        """How many more views now; ``None`` where those of one were never told."""
        return None if self.now is None or self.before is None else self.now - self.before

    @property
    def ratio(self) -> float | None:
        """Views now by views before; ``None`` where there were none before, or one was never told."""
        return self.now / self.before if self.now is not None and self.before else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Attribution:
    """Where a difference comes from, in views; the parts add up to it.

    ``platforms``: of platforms that told views of only one edition. ``hours``: of hours that only one had or
    that were not seen in both. ``definition``: what a bridged definition adds, and all of platforms
    whose definition changed without a bridge. ``airtime``: of more time on the air, at the mean of
    both rates. ``per_hour``: of more views by hour of airtime, at the mean of both airtimes.
    ``unexplained``: of platforms whose airtime is not known in both.
    """

    platforms: float
    hours: float
    definition: float
    airtime: float
    per_hour: float
    unexplained: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """Two editions side by side.

    ``like_for_like`` is ``None`` where nothing can be compared so. ``platforms``: those it counts;
    ``refused``: those of both editions it does not, for their definitions differ; ``bridged``: those
    whose earlier views a known ratio would turn into today's. ``hours``: how many hours since the
    opening both passed; ``masked``: hours and platforms left out of these, not seen in both.
    ``everything``: all that was measured of either, whatever the hours. ``attribution`` is of its
    difference, ``None`` where there is none to tell of. In ``like_for_like`` the earlier views stand as they were told, bridged or not.
    """

    now: str
    before: str
    everything: ReportedFigures
    like_for_like: ReportedFigures | None
    attribution: Attribution | None
    platforms: tuple[str, ...]
    refused: tuple[str, ...]
    bridged: tuple[str, ...]
    hours: int
    masked: int


@dataclass(frozen=True, kw_only=True, slots=True)
class PerVisitor:
    """Views by visitor of an edition: of reported views, and of measured ones. Visitors are reported."""

    visitors: int
    reported: float | None
    measured: float | None


def compare(now: EditionCurve, before: EditionCurve, bridges: Bridges | None = None) -> Comparison:
    """Compare an edition with an earlier one."""
    bridges = bridges or {}
    both = _side_by_side(now, before)
    shared = sorted(set(_platforms(now)) & set(_platforms(before)))
    factors = {platform: _factor(platform, now, before, bridges) for platform in shared}
    comparable = [platform for platform in shared if factors[platform] is not None]
    hours = min(now.elapsed, before.elapsed)
    passed = (pl.col("hour") >= 0) & (pl.col("hour") < hours)
    on_both = pl.col("platform").is_in(comparable)
    in_both_seen = pl.col("seen") & pl.col("seen_before")
    shared_hours = both.filter(passed, on_both)
    like = shared_hours.filter(in_both_seen)
    everything = _figures(both)
    return Comparison(
        now=now.edition,
        before=before.edition,
        everything=everything,
        like_for_like=None if like.is_empty() else _figures(like),
        attribution=None
        if everything.difference is None
        else _attribution(both, like, shared, factors),
        platforms=tuple(comparable),
        refused=tuple(platform for platform in shared if factors[platform] is None),
        bridged=tuple(platform for platform in comparable if factors[platform] != 1.0),
        hours=hours,
        masked=shared_hours.height - like.height,
    )


def per_visitor(edition: Mapping[str, Any], measured: int | None) -> PerVisitor | None:
    """Divide an edition's views (a row of :data:`storage.schema.EDITIONS`) by its reported visitors."""
    visitors: int | None = edition["reported_visitors"]
    if not visitors:
        return None
    reported: int | None = edition["reported_views"]
    return PerVisitor(
        visitors=visitors,
        reported=None if reported is None else reported / visitors,
        measured=None if measured is None else measured / visitors,
    )


def _platforms(curve: EditionCurve) -> list[str]:
    return curve.hours.filter(pl.col("views").is_not_null())["platform"].unique().to_list()


def _factor(
    platform: str, now: EditionCurve, before: EditionCurve, bridges: Bridges
) -> float | None:
    """Return what one earlier view makes today: 1 under the same definitions, ``None`` where unknown."""
    mine, theirs = now.definitions.get(platform, ()), before.definitions.get(platform, ())
    if not mine or not theirs or platform in now.changed | before.changed:
        return None
    if mine == theirs:
        return 1.0
    return bridges.get((theirs[0], mine[0])) if len(mine) == len(theirs) == 1 else None


def _side_by_side(now: EditionCurve, before: EditionCurve) -> pl.DataFrame:
    """Join the hours of both, one row per hour and platform; an hour nobody spoke of was quiet if seen.

    A quiet hour has no row of its own: it was seen if it lies after the first that was, as long as a
    broadcast of the platform was followed.
    Views are null where none were told by then.
    """
    by = ["hour", "platform"]
    columns = ["views", "airtime", "seen"]
    joined = now.hours.select(*by, *columns).join(
        before.hours.select(*by, *columns), on=by, how="full", coalesce=True, suffix="_before"
    )
    for curve, suffix in ((now, ""), (before, "_before")):
        span = (
            curve.hours.filter("seen").group_by("platform").agg(since=pl.col("hour").min())
        ).join(curve.followed, on="platform", how="left")
        quiet = pl.col("hour").is_between("since", "last").fill_null(value=False)
        joined = (
            joined.join(span, on="platform", how="left")
            .with_columns(
                pl.when(quiet)
                .then(pl.col(f"views{suffix}").fill_null(0))
                .otherwise(f"views{suffix}"),
                pl.col(f"airtime{suffix}").fill_null(0.0),
                pl.col(f"seen{suffix}").fill_null(quiet),
            )
            .drop("since", "last")
        )
    return joined.sort(by)


def _figures(rows: pl.DataFrame) -> ReportedFigures:
    now, before = (
        int(rows[name].sum()) if rows[name].count() else None for name in ("views", "views_before")
    )
    return ReportedFigures(
        now=now,
        before=before,
        airtime_now=float(rows["airtime"].sum()),
        airtime_before=float(rows["airtime_before"].sum()),
    )


def _attribution(
    both: pl.DataFrame,
    like: pl.DataFrame,
    shared: list[str],
    factors: Mapping[str, float | None],
) -> Attribution:
    refused = [platform for platform, factor in factors.items() if factor is None]
    only_one = both.filter(~pl.col("platform").is_in(shared))
    unlike = both.filter(pl.col("platform").is_in(refused))
    counted = both.filter(
        pl.col("platform").is_in([name for name in shared if name not in refused])
    )
    parts = [_of_platform(like, name, factor) for name, factor in factors.items() if factor]
    definition, airtime, per_hour, unexplained = (
        (sum(values) for values in zip(*parts, strict=True)) if parts else (0.0,) * 4
    )
    return Attribution(
        platforms=_more(only_one),
        hours=_more(counted) - _more(like),
        definition=_more(unlike) + definition,
        airtime=airtime,
        per_hour=per_hour,
        unexplained=unexplained,
    )


def _more(rows: pl.DataFrame) -> int:
    """Return how many more views were told now; what one edition was not told of is not in its sum."""
    return int(rows["views"].sum()) - int(rows["views_before"].sum())


def _of_platform(
    like: pl.DataFrame, platform: str, factor: float
) -> tuple[float, float, float, float]:
    """Split one platform's like-for-like difference: definition, airtime, per hour, unexplained."""
    sides = _figures(like.filter(pl.col("platform") == platform))
    now, measured = (
        sides.now or 0,
        sides.before or 0,
    )  # no hour of it was alike: none of the difference
    before = measured * factor
    definition = before - measured
    if not (sides.airtime_now and sides.airtime_before):
        return definition, 0.0, 0.0, now - before
    rates = now / sides.airtime_now, before / sides.airtime_before
    airtime = (sides.airtime_now - sides.airtime_before) * sum(rates) / 2
    per_hour = (rates[0] - rates[1]) * (sides.airtime_now + sides.airtime_before) / 2
    return definition, airtime, per_hour, 0.0
