"""Prints the forecast of a report for a person: the ranges first, then what they come from."""

from collections.abc import Iterator
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from storage.analysis.forecast.conformal import PUBLIC

_REASONS = {
    "not_begun": "the edition has not begun",
    "over": "the edition is over: what is measured is final",
    "nothing_told": "no platform has told any views",
    "too_early": "less than 24 hours were seen",
    "out_of_date": "a tenth of the views or more is over six hours old",
    "too_little_seen": "gaps took more than half of the time on the air",
    "definition_changed": "what a view is changes before the end",
    "at_rest": "the views have not grown",
}


def print_forecast(forecast: dict[str, Any], console: Console) -> None:
    """Print a forecast, or why there is none."""
    if "reason" in forecast:
        console.print(Text(describe_no_forecast(forecast)))
        return
    table = Table(f"forecast of the sum of {forecast['of'].replace('_', ' ')}", "from", "to")
    for interval in forecast["ranges"]:
        bounds = (f"{interval['low']:,}", f"{interval['high']:,}")
        table.add_row(f"{interval['level']:.0%} range", *bounds)
    table.add_row("middle", f"{forecast['middle']:,}", "")
    console.print(table)
    for line in _lines(forecast):
        console.print(Text(line))
    methods = Table("method", "says", "weight")
    for method in forecast["methods"]:
        name = method["method"].replace("_", " ")
        methods.add_row(name, f"{method['final']:,}", f"{method['weight']:.0%}")
    console.print(methods)


def describe_no_forecast(no_forecast: dict[str, Any]) -> str:
    """Return in a line why there is no forecast, and when there may be one."""
    platforms = f", on {', '.join(no_forecast['platforms'])}" if no_forecast["platforms"] else ""
    later = f"; from {no_forecast['available_at']}" if no_forecast["available_at"] else ""
    return f"no forecast: {_REASONS[no_forecast['reason']]}{platforms}{later}"


def _lines(forecast: dict[str, Any]) -> Iterator[str]:
    yield f"as of {forecast['as_of']}, for {forecast['ends_at']}"
    target, missed = forecast["target"], forecast["missed"]
    if target:
        chance = (
            "passed" if target["chance"] == 1 else f"{target['chance']:.0%} to be passed by then"
        )
        yield f"target {target['target']:,}: {chance}"
        for interval in target["ranges"] if not target["passed"] else ():
            times = f"{interval['early']} to {interval['late']}"
            yield f"  {interval['level']:.0%} range, if it is passed: {times}"
    public, editions = forecast["public_missed"], forecast["tried_editions"]
    yield f"past error at this share of the time: {public:.1%} on public series (median)"
    if missed is None:
        yield (
            "no earlier edition seen whole: less sure; on sources not used for them, 80% ranges held"
            f" {PUBLIC.first.held:.0%}"
        )
    else:
        yield f"past error in earlier editions ({editions}), at this share of their time: {missed:.1%}"
