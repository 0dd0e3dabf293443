"""Prints a report of :mod:`storage.reports.edition` for a person: one table a question."""

from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from storage.cli.print_forecast import print_forecast


def print_report(found: dict[str, Any], console: Console) -> None:
    """Print all of a report; what was not told says so."""
    if found["simulated"]:
        console.print("SIMULATED: nothing here is real", style="bold")
    console.print(Text(f"{found['edition']} as of {found['as_of']}"))
    _print_totals(found["totals"], console)
    _print_figures("audience", _audience(found["audience"]), console)
    _print_figures("growth", _growth(found), console)
    _print_milestones(found["milestones"], console)
    print_forecast(found["forecast"], console)
    if found["comparison"] is None:
        console.print("no edition before it was measured: nothing to compare with")
    else:
        _print_comparison(found["comparison"], console)
    _print_reported(found["reported"], console)


def _print_totals(totals: dict[str, Any], console: Console) -> None:
    table = Table("", "views", "share", "live", "replay", "told since", "what a view is")
    total = ["sum of platform-reported views", _count(totals["views"]), "", "", "", ""]
    table.add_row(*total, Text(", ".join(totals["definitions"])))
    for one in totals["platforms"]:
        table.add_row(
            Text(one["platform"]),
            _count(one["views"]),
            _percent(one["share"]),
            _count(one["live_views"]),
            _count(one["replay_views"]),
            Text(one["oldest_told_at"] or ""),
            Text(", ".join(one["definitions"])),
        )
    console.print(table)
    console.print(
        f"as known now {_count(totals['as_known_now'])}; {len(totals['corrections'])} corrections of"
        f" views; {_percent(totals['coverage'])} of the time on the air was seen"
    )


def _audience(one: dict[str, Any]) -> list[tuple[str, str]]:
    peak = one["peak"]
    told = "not told"
    if peak:
        above = peak["hardly_above"]
        bound = "too few polls to say how much more" if above is None else f"hardly above {above:,}"
        told = f"{peak['viewers']:,} at {peak['at']} ({bound})"
    return [
        ("peak concurrent viewers", told),
        ("average minute audience", _mean(one["average"])),
        ("  at least, over all airtime", _mean(one["average_at_least"])),
        ("hours watched (estimate, without gaps)", _mean(one["hours_watched"])),
        ("airtime, hours", f"{one['airtime_hours']:,.1f}"),
        ("time on the air with viewers told", _percent(one["coverage"])),
    ]


def _growth(found: dict[str, Any]) -> Iterable[tuple[str, str]]:
    growth, target = found["growth"], found["target"]
    yield "views an hour", _mean(growth["views_per_hour"])
    yield "  more than an hour before, an hour", _mean(growth["acceleration"])
    if target:
        pace = target["views_per_hour"]
        needed = "no time is left" if pace is None else f"{pace:,.0f} views an hour"
        done = "reached" if not target["missing"] else f"{target['missing']:,} missing, {needed}"
        yield f"target {target['target']:,}", done


def _print_milestones(milestones: Sequence[dict[str, Any]], console: Console) -> None:
    table = Table("milestone", "passed after", "and before", "fell below again")
    for one in milestones:
        passed = one["before"] is not None
        table.add_row(
            f"{one['milestone']:,}",
            Text((one["after"] or "before it was watched") if passed else "not yet"),
            Text(one["before"] or ""),
            Text(one["fell_at"] or ""),
        )
    console.print(table)


def _print_comparison(one: dict[str, Any], console: Console) -> None:
    table = Table("views", escape(one["now"]), escape(one["before"]), "difference", "ratio")
    like = one["like_for_like"]
    for name, side in (("like for like", like), ("all measured", one["everything"])):
        if side is None:
            table.add_row(name, "nothing alike", "", "", "")
            continue
        ratio = "" if side["ratio"] is None else f"{side['ratio']:.2f}"
        figures = (f"{side['now']:,}", f"{side['before']:,}", f"{side['difference']:+,}")
        table.add_row(name, *figures, ratio)
    console.print(table)
    console.print(
        f"like for like: {one['hours']} hours since the opening, {one['masked']} of platform and hour"
        f" left out; platforms {', '.join(one['platforms']) or 'none'}"
    )
    if one["refused"]:
        console.print(
            f"not compared, their views have not one definition: {', '.join(one['refused'])}"
        )
    parts = [
        (name.replace("_", " "), f"{views:+z,.0f}") for name, views in one["attribution"].items()
    ]
    _print_figures("of the difference of all", parts, console)


def _print_reported(reported: dict[str, Any], console: Console) -> None:
    figures = [
        (
            f"{name}, reported",
            f"{reported[name]['wording']} ({', '.join(reported[name]['sources'])})",
        )
        for name in ("views", "visitors")
        if name in reported
    ]
    each = reported["per_visitor"]
    if each:
        for name in ("reported", "measured"):
            told = "not told" if each[name] is None else f"{each[name]:.1f}"
            figures.append((f"{name} views by reported visitor", told))
    if figures:
        _print_figures("press releases, never in a sum", figures, console)


def _print_figures(title: str, rows: Iterable[tuple[str, str]], console: Console) -> None:
    table = Table(title, "")
    for name, figure in rows:
        table.add_row(name, Text(figure))
    console.print(table)


def _count(views: int | None) -> str:
    return "not told" if views is None else f"{views:,}"


def _mean(figure: float | None) -> str:
    return "not told" if figure is None else f"{figure:z,.1f}"


def _percent(share: float | None) -> str:
    return "not told" if share is None else f"{share:.1%}"
