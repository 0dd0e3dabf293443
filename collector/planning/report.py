"""Printed form of a plan: a table with notes, and the same as JSON."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from collector.planning.result import BucketPlan, EditionPlan, PlatformPlan, RehearsalResult
from collector.quota.throttle import Priority

#: Names of the priorities in the table.
_PRIORITY_NAMES = {
    Priority.ARCHIVED: "archived (over 3 days old)",
    Priority.COOLING: "cooling (up to 3 days old)",
    Priority.UPCOMING: "upcoming",
    Priority.ENDED: "just ended",
    Priority.LIVE: "live",
}
#: Buckets of money, in tenths of a cent.
_MONEY = "spend"


def print_plan(plan: EditionPlan, console: Console) -> None:
    """Print the plan of an edition."""
    edition = plan.edition
    console.print(
        f"{edition.key}, {edition.starts_at:%Y-%m-%d} to {edition.ends_at:%Y-%m-%d}: the busiest day "
        "of each platform, the fullest period of each bucket"
    )
    table = Table("platform", "calls a day", "a minute", "bucket", "used of", "gives up", "live")
    for platform in plan.platforms:
        for row in _rows(platform):
            table.add_row(*map(Text, row))
    console.print(table)
    for note in plan_notes(plan):
        console.print(note, style="red" if note.startswith("✗") else None, markup=False)


def print_measured(rehearsed: RehearsalResult, console: Console) -> None:
    """Print what was measured of some hours, beside what was planned for them."""
    hours = (rehearsed.ends - rehearsed.begins).total_seconds() / 3600
    console.print(
        f"SIMULATED, nothing here is real: {hours:g} hours from {rehearsed.begins:%Y-%m-%d %H:%M} UTC; "
        f"a day in brackets, {24 / hours:g} times as much"
    )
    table = Table("platform", "", "planned", "measured")
    for platform, what, *counts in measured_rows(rehearsed):
        table.add_row(platform, what, *(f"{n:,.0f} ({n * 24 / hours:,.0f})" for n in counts))
    console.print(table)
    if rehearsed.left_out:
        console.print(f"Not simulated: {', '.join(rehearsed.left_out)}.", markup=False)


def measured_rows(rehearsed: RehearsalResult) -> Iterator[tuple[str, str, float, float]]:
    """Yield platform, what is counted, and how much of it was planned and measured."""
    plans = {plan.platform: plan for plan in rehearsed.plan.platforms}
    for measured in rehearsed.measured:
        name, plan = measured.platform, plans[measured.platform]
        yield name, "poll calls", plan.polls, measured.polls
        yield name, "discovery calls", plan.discovery_calls, measured.discovery_calls
        for bucket in plan.buckets:
            yield name, bucket.name, bucket.used_in_all, measured.units[bucket.name]


def plan_as_json(plan: EditionPlan, rehearsed: RehearsalResult | None) -> dict[str, Any]:
    """Return the plan as a script reads it, with what was measured of some hours, if any."""
    keys = ("platform", "what", "planned", "measured")
    return {
        "simulated": rehearsed
        and {
            "begins": rehearsed.begins.isoformat(),
            "ends": rehearsed.ends.isoformat(),
            "not_simulated": list(rehearsed.left_out),
            "counts": [dict(zip(keys, row, strict=True)) for row in measured_rows(rehearsed)],
        },
        "edition": plan.edition.key,
        "holds": plan.holds,
        "expected": [asdict(source) for source in plan.expected],
        "without_credential": list(plan.unready),
        "platforms": [
            {
                **asdict(platform),
                "holds": platform.holds,
                "buckets": [
                    {
                        **asdict(bucket),
                        "holds": bucket.holds,
                        "given_up": [priority.name.lower() for priority in bucket.given_up],
                    }
                    for bucket in platform.buckets
                ],
            }
            for platform in plan.platforms
        ],
    }


def plan_notes(plan: EditionPlan) -> Iterator[str]:
    """Yield a line for each bucket that does not hold, and for each assumption of the plan."""
    for platform in plan.platforms:
        for bucket in platform.buckets:
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
        if not platform.buckets:
            yield f"{platform.platform}: limited by {platform.documented_limit}"
    for name in plan.unready:
        yield f"{name}: no credential is set; planned as if there were one"
    assumed = [source for source in plan.expected if source.is_assumed]
    if assumed:
        each = assumed[0]
        yield (
            f"Assumed of {len(assumed)} accounts: {each.broadcasts_per_day} broadcasts a day of "
            f"{each.hours:g} h each, one at a time. To plan with other numbers, set them under "
            "expected: of the edition."
        )
    yield (
        "Peaks: how far the largest count read lies below the true one, median and worst, as "
        "measured on six editions of Games Done Quick and interpolated between the intervals."
    )


def _rows(plan: PlatformPlan) -> Iterator[tuple[str, ...]]:
    calls = f"{plan.polls:,.0f} + {plan.discovery_calls:,.0f}"
    head = (plan.platform, calls, f"{plan.most_calls_a_minute:.1f}")
    if not plan.buckets:
        yield (*head, "", "no bucket", "", _live(plan))
    for bucket in plan.buckets:
        used = (
            f"{_amount(bucket, bucket.used)} of {_amount(bucket, bucket.limit)} a {bucket.period}"
        )
        slowed = ", ".join(_PRIORITY_NAMES[each] for each in bucket.given_up) or "nothing"
        yield (*head, bucket.name, f"{used}{'' if bucket.holds else ' ✗'}", slowed, _live(plan))
        head = ("", "", "")


def _live(plan: PlatformPlan) -> str:
    """Return how coarse the curve of live viewers gets, and what of a peak that misses."""
    if plan.coarsest_live_seconds is None:
        return "never live here"
    every = f"every {plan.coarsest_live_seconds:,.0f} s"
    if plan.peak_under_read is None:
        return f"{every}, a peak may be missed"
    median, worst = plan.peak_under_read.median_percent, plan.peak_under_read.worst_percent
    return f"{every}, peak {median:.1f} / {worst:.1f} % low"


def _amount(bucket: BucketPlan, units: float) -> str:
    return f"${units / 1000:,.2f}" if bucket.name.endswith(_MONEY) else f"{units:,.0f}"
