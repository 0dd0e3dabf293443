"""Engagement: counts by view, platforms' shares, and a broadcast beside its account's usual."""

from dataclasses import dataclass
from datetime import timedelta

import polars as pl

from storage.analysis.dataset import Dataset

RATES = pl.Schema(
    {
        "platform": pl.String(),
        # By 1,000 views of the broadcasts that told both; null: none did.
        "likes": pl.Float64(),
        "comments": pl.Float64(),
        "shares": pl.Float64(),
    }
)

SHARES = pl.Schema({"platform": pl.String(), "views": pl.Int64(), "share": pl.Float64()})

#: Fewer earlier broadcasts say nothing of what is usual.
LEAST_EARLIER = 5
#: Of the earlier ones, how many are looked at: the newest.
MOST_EARLIER = 100
#: An age counts as the same within a tenth of it, and within this at least.
LEAST_SLACK = timedelta(minutes=5)
_THOUSAND = 1_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Usual:
    """A broadcast's views beside what its account usually had at the same age.

    ``expected``: mean of the middle half of ``earlier`` broadcasts at that age, in views.
    ``times``: views divided by it: 1 is as usual. Its error is that of few broadcasts.
    """

    broadcast: str
    age: timedelta
    views: int
    expected: float
    earlier: int

    @property
    def times(self) -> float | None:
        """How many times the usual; ``None`` where the usual is nothing."""
        return self.views / self.expected if self.expected else None


def rates(state: pl.DataFrame) -> pl.DataFrame:
    """Return :data:`RATES` rows by platform, from the newest counts of published ``state``."""
    both = {
        name: pl.col(name).is_not_null() & pl.col("views").is_not_null()
        for name in ("likes", "comments", "shares")
    }
    rate = {
        name: pl.when(pl.col("views").filter(counted).sum() > 0).then(
            _THOUSAND * pl.col(name).filter(counted).sum() / pl.col("views").filter(counted).sum()
        )
        for name, counted in both.items()
    }
    return state.group_by("platform").agg(**rate).select(list(RATES)).sort("platform")


def shares(parts: pl.DataFrame) -> pl.DataFrame:
    """Return :data:`SHARES` rows: each platform's part of the sum of views, most first.

    ``parts`` has ``platform`` and ``views``. A platform that told none has a null share; a share of
    sums under different definitions compares unlike things, and is to be shown with them.
    """
    return (
        parts.group_by("platform")
        .agg(views=pl.when(pl.col("views").count() > 0).then(pl.col("views").sum()))
        .with_columns(
            share=pl.when(pl.col("views").sum() > 0).then(pl.col("views") / pl.col("views").sum())
        )
        .select(list(SHARES))
        .sort("views", "platform", descending=[True, False], nulls_last=True)
    )


def times_usual(dataset: Dataset, broadcast: str, age: timedelta) -> Usual | None:
    """Compare a broadcast at ``age`` after its start with the earlier ones of its account.

    ``None``: its start or its views at that age are not known, or too few earlier ones are.
    """
    mine = dataset.state.filter(pl.col("broadcast") == broadcast)
    if mine.is_empty() or mine["started_at"][0] is None:
        return None
    earlier = (
        dataset.state.filter(
            (pl.col("account") == mine["account"][0])
            & (pl.col("started_at") < mine["started_at"][0])
        )
        .sort("started_at", "broadcast")
        .tail(MOST_EARLIER)
    )
    now = _at_age(dataset, mine, age)
    usual = _at_age(dataset, earlier, age)
    if not now.len() or usual.len() < LEAST_EARLIER:
        return None
    quarter = usual.len() // 4
    middle = usual.sort().slice(quarter, usual.len() - 2 * quarter)
    return Usual(
        broadcast=broadcast,
        age=age,
        views=int(now[0]),
        expected=float(middle.sum()) / middle.len(),
        earlier=usual.len(),
    )


def _at_age(dataset: Dataset, broadcasts: pl.DataFrame, age: timedelta) -> pl.Series:
    """Return the views of each broadcast last told by ``age``, where that was told near it."""
    slack = max(LEAST_SLACK, age / 10)
    begun = broadcasts.select("broadcast", "started_at")
    old = pl.col("minute") - pl.col("started_at")
    return (
        dataset.minutes.filter(pl.col("views").is_not_null())
        .join(begun, on="broadcast", how="inner", maintain_order="left")
        .filter(old <= pl.lit(age), old >= pl.lit(age - slack))
        .group_by("broadcast", maintain_order=True)
        .agg(pl.col("views").last())["views"]
    )
