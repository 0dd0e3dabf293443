"""Composes the published tables from what the store holds: pure, one function a table."""

from collections.abc import Sequence

import polars as pl

from storage import schema
from storage.model import LookPlan, QuotaUsage, Status
from storage.schema import TABLES

_COUNTED = ["broadcast", "platform", "edition"]
_FOLLOWED = [str(status) for status in Status if status not in (Status.GONE, Status.UPLOAD)]

#: What an allowance tells in another shape than the health table does.
_TOLD_APART = ["given_up", "paused_reason", "paused_until", "paused_accounts", "state"]

#: Characters of a description that are published: enough to recognise it by.
DESCRIPTION_SHOWN = 300

#: How the newest polls of each platform went.
OUTCOMES = pl.Schema(
    {
        "platform": pl.String(),
        "last_success_at": schema.UTC,
        "last_failure_at": schema.UTC,
        "last_error": pl.String(),
        "last_outcome": pl.String(),
    }
)

#: How the newest looks for each account's broadcasts went.
LOOKED = pl.Schema(
    {
        "account": pl.String(),
        "looked_at": schema.UTC,
        "answered_at": schema.UTC,
        "outcome": pl.String(),
    }
)


def state(facts: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Join the facts of each broadcast with its newest counts."""
    counts = known.drop("platform", "edition")
    joined = facts.join(counts, on="broadcast", how="left", maintain_order="left")
    shown = joined.with_columns(pl.col("description").str.slice(0, DESCRIPTION_SHOWN))
    return shown.select(list(TABLES["state"])).sort("broadcast")


def gaps(closed: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Join gaps that ended with those that last."""
    lasting = known.filter(pl.col("gap_started_at").is_not_null()).select(
        *_COUNTED,
        reason="gap_reason",
        started_at="gap_started_at",
        ended_at=pl.lit(None, dtype=schema.UTC),
        missed_polls="gap_missed_polls",
    )
    ended = closed.join(known.select(_COUNTED), on="broadcast", how="left")
    columns = list(TABLES["gaps"])
    both = pl.concat([ended.select(columns), lasting.select(columns)])
    return both.sort("started_at", "broadcast", "ended_at", nulls_last=True)


def corrections(fallen: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Say where each correction counts."""
    joined = fallen.join(known.select(_COUNTED), on="broadcast", how="left", maintain_order="left")
    return joined.select(list(TABLES["corrections"]))


def broadcast_minutes(minutes: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Say where each broadcast's minutes count; sorted so that one broadcast lies together."""
    joined = minutes.join(known.select(_COUNTED), on="broadcast", how="left")
    return joined.select(list(TABLES["broadcast_minutes"])).sort("broadcast", "minute")


def edition_minutes(minutes: pl.DataFrame, deltas: pl.DataFrame) -> pl.DataFrame:
    """Sum composed ``minutes`` of a day by edition and platform, with the day's growth.

    The store keeps no growth of 0; a minute in which views were told has it, any other has null.
    """
    by = ["minute", "edition", "platform"]
    sums = (
        minutes.filter(pl.col("edition").is_not_null())
        .group_by(by)
        .agg(
            # The sum of nothing told is not zero viewers.
            pl.when(pl.col("concurrent_viewers").count() > 0).then(
                pl.col("concurrent_viewers").sum()
            ),
            broadcasts_observed=pl.len().cast(pl.Int64),
            told=pl.when(pl.col("views").count() > 0).then(pl.lit(0, dtype=pl.Int64)),
        )
    )
    joined = sums.join(deltas, on=by, how="left").with_columns(pl.coalesce("views_delta", "told"))
    return joined.select(list(TABLES["edition_minutes"])).sort(by)


def newer_outcomes(known: pl.DataFrame, more: pl.DataFrame) -> pl.DataFrame:
    """Bring ``known``, a row per value of its first column, up to date with those of later polls."""
    key, *others = known.columns
    newest = [pl.col(name).drop_nulls().last() for name in others]
    return (
        pl.concat([known, more.select(known.columns)])
        .group_by(key, maintain_order=True)
        .agg(newest)
    )


def looks(
    plans: Sequence[LookPlan] | None, looked: pl.DataFrame, accounts: pl.DataFrame
) -> pl.DataFrame:
    """Say how looking for each followed account's broadcasts goes.

    ``plans`` None: no collector says who is followed, so ``accounts`` are, by no known plan.
    """
    planned = ["interval_seconds", "paused_reason", "paused_until", "tells_state"]
    columns = {name: TABLES["looks"][name] for name in ("account", "platform", "name", *planned)}
    rows = [
        {
            "account": plan.account.key,
            "platform": plan.account.platform,
            "name": plan.account.name,
            "interval_seconds": plan.interval_seconds,
            "paused_reason": str(plan.pause.reason) if plan.pause else None,
            "paused_until": plan.pause.until if plan.pause else None,
            "tells_state": plan.tells_state,
        }
        for plan in plans or ()
    ]
    followed = pl.DataFrame(rows, schema=columns)
    if plans is None:
        followed = pl.concat(
            [followed, accounts.select("account", "platform", "name")], how="diagonal"
        )
    joined = followed.join(looked, on="account", how="left", maintain_order="left")
    return joined.select(list(TABLES["looks"])).sort("account")


def health(
    allowances: Sequence[QuotaUsage], outcomes: pl.DataFrame, published_state: pl.DataFrame
) -> pl.DataFrame:
    """Say how each platform and bucket fares; one without a quota has one row without limits."""
    followed = pl.col("status").is_in(_FOLLOWED)
    counts = published_state.group_by("platform").agg(
        tracked=followed.sum().cast(pl.Int64),
        live=(pl.col("status") == str(Status.LIVE)).sum().cast(pl.Int64),
        open_gaps=(followed & pl.col("gap_started_at").is_not_null()).sum().cast(pl.Int64),
    )
    usage = _allowance_rows(allowances)
    named = pl.concat([counts["platform"], outcomes["platform"]]).unique()
    untold = named.filter(~named.is_in(usage["platform"].implode())).to_frame()
    return (
        pl.concat([usage, untold], how="diagonal")
        .join(outcomes, on="platform", how="left")
        .join(counts, on="platform", how="left")
        .with_columns(pl.col("tracked", "live", "open_gaps").fill_null(0))
        .select(list(TABLES["health"]))
        .sort("platform", "bucket", nulls_last=False)
    )


def _allowance_rows(allowances: Sequence[QuotaUsage]) -> pl.DataFrame:
    names = ["platform", "bucket", "used", "limit", "resets_at", "next_poll_at", "next_look_at"]
    names += ["token_expires_at"]
    columns = {name: TABLES["health"][name] for name in [*names, *_TOLD_APART]}
    rows = [
        {
            **{name: getattr(allowance, name) for name in names},
            "given_up": list(allowance.given_up),
            "paused_reason": str(allowance.pause.reason) if allowance.pause else None,
            "paused_until": allowance.pause.until if allowance.pause else None,
            "paused_accounts": list(allowance.paused_accounts) or None,
            "state": str(allowance.state) if allowance.state else None,
        }
        for allowance in allowances
    ]
    return pl.DataFrame(rows, schema=columns)
