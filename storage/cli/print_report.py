"""Prints a report of :mod:`storage.reports.edition` for a person: one table a question."""

from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from storage.cli.print_forecast import print_forecast
from storage.read_model.history_summary import describe_history

#: Why the bound of a peak is wide.
_WIDE = {
    "few_values": "few polls tell how it moves",
    "few_viewers": "a few people are much of so small an audience",
}


def print_report(report: dict[str, Any], console: Console) -> None:
    """Print all of a report; what was not told says so."""
    if report["simulated"]:
        console.print("SIMULATED: nothing here is real", style="bold")
    console.print(Text(f"{report['edition']} as of {report['as_of']}"))
    for series in report["imported"]:
        console.print(Text(f"IMPORTED HISTORY: {describe_history(series)}"), soft_wrap=True)
    _print_totals(report["totals"], console)
    _print_figures("audience", _audience(report["audience"]), console)
    _print_figures("growth", _growth(report), console)
    _print_milestones(report["milestones"], console)
    print_forecast(report["forecast"], console)
    if report["comparison"] is None:
        console.print("no edition before it was measured: nothing to compare with")
    else:
        _print_comparison(report["comparison"], console)
        _print_audiences(report["comparison"], console)
    _print_reported(report["reported"], console)


def _print_totals(totals: dict[str, Any], console: Console) -> None:
    table = Table("", "views", "share", "live", "replay", "told since", "what a view is")
    total = ["sum of platform-reported views", _count(totals["views"]), "", "", "", ""]
    table.add_row(*total, Text(", ".join(totals["definitions"])))
    for platform in totals["platforms"]:
        table.add_row(
            Text(platform["platform"]),
            _count(platform["views"]),
            _percent(platform["share"]),
            _count(platform["live_views"]),
            _count(platform["replay_views"]),
            Text(platform["oldest_told_at"] or ""),
            Text(", ".join(platform["definitions"])),
        )
    console.print(table)
    console.print(
        f"as known now {_count(totals['as_known_now'])}; {len(totals['corrections'])} corrections of"
        f" views; {_percent(totals['coverage'])} of the time on the air was seen"
    )


def _audience(audience: dict[str, Any]) -> list[tuple[str, str]]:
    peak = audience["peak"]
    peak_text = "not told"
    if peak:
        above = peak["hardly_above"]
        bound = "too few polls to say how much more" if above is None else f"hardly above {above:,}"
        wide = f"; wide, for {_WIDE[peak['wide']]}" if peak["wide"] else ""
        peak_text = f"{peak['viewers']:,} at {peak['at']} ({bound}{wide})"
    return [
        ("peak concurrent viewers", peak_text),
        ("average minute audience", _mean(audience["average"])),
        ("  at least, over all airtime", _mean(audience["average_at_least"])),
        ("hours watched (estimate, without gaps)", _mean(audience["hours_watched"])),
        ("airtime, hours", f"{audience['airtime_hours']:,.1f}"),
        ("time on the air with viewers told", _percent(audience["coverage"])),
        *_doubtful(audience["doubtful"]),
    ]


def _doubtful(doubtful: dict[str, Any] | None) -> Iterable[tuple[str, str]]:
    if doubtful is None:
        return
    readings, without = len(doubtful["readings"]), doubtful["without"]
    in_it = f"{readings:,} readings, {doubtful['minutes']:,.0f} minutes"
    yield "doubtful: out of all proportion, and straight back", in_it
    peak = _count(without["peak"]["viewers"] if without["peak"] else None)
    yield "  without them: peak", peak
    yield "  without them: average", _mean(without["average"])
    yield "  without them: hours watched", _mean(without["hours_watched"])


def _growth(report: dict[str, Any]) -> Iterable[tuple[str, str]]:
    growth, target = report["growth"], report["target"]
    yield "views an hour", _mean(growth["views_per_hour"])
    yield "  more than an hour before, an hour", _mean(growth["acceleration"])
    if target:
        pace = target["views_per_hour"]
        needed = "no time is left" if pace is None else f"{pace:,.0f} views an hour needed"
        done = "reached" if not target["missing"] else f"{target['missing']:,} missing, {needed}"
        yield f"target {target['target']:,}", done


def _print_milestones(milestones: Sequence[dict[str, Any]], console: Console) -> None:
    table = Table("milestone", "passed after", "and before", "fell below again")
    for milestone in milestones:
        table.add_row(
            f"{milestone['milestone']:,}",
            Text(_passed_after(milestone)),
            Text(milestone["before"] or ""),
            Text(milestone["fell_at"] or ""),
        )
    console.print(table)


def _passed_after(milestone: dict[str, Any]) -> str:
    if milestone["before"] is None:
        return "not told" if milestone["after"] is None else "not yet"
    return milestone["after"] or "before it was watched"


def _print_comparison(comparison: dict[str, Any], console: Console) -> None:
    table = Table(
        "views", escape(comparison["now"]), escape(comparison["before"]), "difference", "ratio"
    )
    like = comparison["like_for_like"]
    for name, side in (("like for like", like), ("all measured", comparison["everything"])):
        if side is None:
            table.add_row(name, "nothing alike", "", "", "")
            continue
        ratio = "" if side["ratio"] is None else f"{side['ratio']:.2f}"
        difference = side["difference"]
        more = "not told" if difference is None else f"{difference:+,}"
        table.add_row(name, _count(side["now"]), _count(side["before"]), more, ratio)
    console.print(table)
    console.print(
        f"like for like: {comparison['hours']} hours since the opening, {comparison['masked']} of platform and hour"
        f" left out; platforms {', '.join(comparison['platforms']) or 'none'}"
    )
    if comparison["refused"]:
        console.print(
            f"not compared, their views have not one definition: {', '.join(comparison['refused'])}"
        )
    if comparison["attribution"] is not None:
        parts = [
            (name.replace("_", " "), f"{views:+z,.0f}")
            for name, views in comparison["attribution"].items()
        ]
        _print_figures("of the difference of all", parts, console)


def _print_audiences(comparison: dict[str, Any], console: Console) -> None:
    compared = comparison["audience"]
    for title, pair in (
        ("audience, like for like", compared["like_for_like"]),
        ("audience, whatever the hours", compared["everything"]),
    ):
        if pair is None:
            continue
        table = Table(title, escape(comparison["now"]), escape(comparison["before"]))
        for (name, now), (_, before) in zip(
            _audience(pair["now"]), _audience(pair["before"]), strict=True
        ):
            table.add_row(name, Text(now), Text(before))
        console.print(table)
    platforms = ", ".join(compared["platforms"]) or "none"
    console.print(
        f"audience, like for like: {compared['hours']} hours since the opening in which both were on the air"
        f" and seen; platforms {platforms}"
    )


def _print_reported(reported: dict[str, Any], console: Console) -> None:
    figures = [
        (f"{name}, reported", f"{figure['wording']} ({', '.join(figure['sources'])})")
        for name in ("views", "visitors")
        if (figure := reported.get(name))
    ]
    if per_visitor := reported["per_visitor"]:
        for name in ("reported", "measured"):
            ratio = per_visitor[name]
            text = "not told" if ratio is None else f"{ratio:.1f}"
            figures.append((f"{name} views by reported visitor", text))
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
