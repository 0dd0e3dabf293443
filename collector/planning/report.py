"""The plan as people read it: a table, and what is taken for granted."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from collector.planning.result import BucketPlan, EditionPlan, PlatformPlan, RehearsalResult
from collector.quota.throttle import Priority

#: What each rank is called where a person reads it.
RANKS = {
    Priority.ARCHIVED: "archived (over 3 days old)",
    Priority.COOLING: "cooling (up to 3 days old)",
    Priority.UPCOMING: "upcoming",
    Priority.ENDED: "just ended",
    Priority.LIVE: "live",
}
#: Buckets of money, in tenths of a cent.
_MONEY = "spend"


def print_plan(found: EditionPlan, console: Console) -> None:
    """Print the plan of an edition."""
    edition = found.edition
    console.print(
        f"{edition.key}, {edition.starts_at:%Y-%m-%d} to {edition.ends_at:%Y-%m-%d}: the busiest day "
        "of each platform, the fullest period of each bucket"
    )
    table = Table("platform", "calls a day", "a minute", "bucket", "used of", "gives up", "live")
    for one in found.platforms:
        for row in _rows(one):
            table.add_row(*map(Text, row))
    console.print(table)
    for line in plan_notes(found):
        console.print(line, style="red" if line.startswith("✗") else None, markup=False)


def print_measured(found: RehearsalResult, console: Console) -> None:
    """Print what some hours came to, beside what was planned for the same hours."""
    hours = (found.ends - found.begins).total_seconds() / 3600
    console.print(
        f"SIMULATED, nothing here is real: {hours:g} hours from {found.begins:%Y-%m-%d %H:%M} UTC; "
        f"a day in brackets, {24 / hours:g} times as much"
    )
    table = Table("platform", "", "planned", "measured")
    for name, what, planned, measured in measured_rows(found):
        table.add_row(
            name, what, *(f"{n:,.0f} ({n * 24 / hours:,.0f})" for n in (planned, measured))
        )
    console.print(table)
    if found.left_out:
        console.print(f"Not simulated: {', '.join(found.left_out)}.", markup=False)


def measured_rows(found: RehearsalResult) -> Iterator[tuple[str, str, float, float]]:
    """Give platform, what is counted, and how much of it was planned and measured."""
    planned = {one.platform: one for one in found.plan.platforms}
    for one in found.measured:
        plan = planned[one.platform]
        yield one.platform, "poll calls", plan.polls, one.polls
        yield one.platform, "discovery calls", plan.discovery_calls, one.discovery_calls
        for bucket in plan.buckets:
            yield one.platform, bucket.name, bucket.used_in_all, one.units[bucket.name]


def plan_as_json(found: EditionPlan, rehearsed: RehearsalResult | None) -> dict[str, Any]:
    """Return the plan as a script reads it, and beside it what was measured of some hours."""
    measured = (
        {
            "begins": rehearsed.begins.isoformat(),
            "ends": rehearsed.ends.isoformat(),
            "not_simulated": list(rehearsed.left_out),
            "counts": [
                dict(zip(("platform", "what", "planned", "measured"), row, strict=True))
                for row in measured_rows(rehearsed)
            ],
        }
        if rehearsed
        else None
    )
    return {
        "simulated": measured,
        "edition": found.edition.key,
        "holds": found.holds,
        "expected": [asdict(one) for one in found.expected],
        "without_credential": list(found.unready),
        "platforms": [
            {
                **asdict(one),
                "holds": one.holds,
                "buckets": [
                    {
                        **asdict(bucket),
                        "holds": bucket.holds,
                        "given_up": [rank.name.lower() for rank in bucket.given_up],
                    }
                    for bucket in one.buckets
                ],
            }
            for one in found.platforms
        ],
    }


def plan_notes(found: EditionPlan) -> Iterator[str]:
    """Tell what cannot be kept, and what the plan takes for granted."""
    for one in found.platforms:
        for bucket in one.buckets:
            if not bucket.holds:
                yield (
                    f"✗ {bucket.name}: {_amount(bucket, bucket.refused)} more would be needed even "
                    "at the slowest; raise the limit, or follow fewer broadcasts"
                )
            if bucket.discovery_if_the_free_way_fails:
                yield (
                    f"{bucket.name}: finding broadcasts is free; while the public feed fails it "
                    f"costs {bucket.discovery_if_the_free_way_fails:,.0f} units a day"
                )
        if not one.buckets:
            yield f"{one.platform}: limited by {one.documented_limit}"
    for name in found.unready:
        yield f"{name}: no credential is set; planned as if there were one"
    assumed = [one for one in found.expected if one.is_assumed]
    if assumed:
        each = assumed[0]
        yield (
            f"Assumed of {len(assumed)} accounts: {each.broadcasts_per_day} broadcasts a day of "
            f"{each.hours:g} h each, one at a time. Say what will be under expected: of the edition."
        )
    yield (
        "Peaks: how far the largest count read lies below the true one, median and worst, as "
        "measured on six editions of Games Done Quick and interpolated between the intervals."
    )


def _rows(one: PlatformPlan) -> Iterator[tuple[str, ...]]:
    calls = f"{one.polls:,.0f} + {one.discovery_calls:,.0f}"
    head = (one.platform, calls, f"{one.most_calls_a_minute:.1f}")
    if not one.buckets:
        yield (*head, "", "no bucket", "", _live(one))
    for bucket in one.buckets:
        used = (
            f"{_amount(bucket, bucket.used)} of {_amount(bucket, bucket.limit)} a {bucket.period}"
        )
        given_up = ", ".join(RANKS[rank] for rank in bucket.given_up) or "nothing"
        yield (*head, bucket.name, f"{used}{'' if bucket.holds else ' ✗'}", given_up, _live(one))
        head = ("", "", "")


def _live(one: PlatformPlan) -> str:
    """Tell how coarse its curve gets, and what of a peak that misses."""
    if one.coarsest_live_seconds is None:
        return "never live here"
    every = f"every {one.coarsest_live_seconds:,.0f} s"
    if one.peak_under_read is None:
        return f"{every}, a peak may be missed"
    median, worst = one.peak_under_read.median_percent, one.peak_under_read.worst_percent
    return f"{every}, peak {median:.1f} / {worst:.1f} % low"


def _amount(bucket: BucketPlan, units: float) -> str:
    return f"${units / 1000:,.2f}" if bucket.name.endswith(_MONEY) else f"{units:,.0f}"
