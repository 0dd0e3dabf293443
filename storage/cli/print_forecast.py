"""Prints the forecast of a report for a person: the ranges first, then what they come from."""

from collections.abc import Iterator
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

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


def print_forecast(found: dict[str, Any], console: Console) -> None:
    """Print a forecast, or why there is none."""
    if "reason" in found:
        console.print(Text(print_no_forecast(found)))
        return
    table = Table("forecast of the sum", "from", "to")
    for one in found["ranges"]:
        table.add_row(f"{one['level']:.0%} range", f"{one['low']:,}", f"{one['high']:,}")
    table.add_row("middle", f"{found['middle']:,}", "")
    console.print(table)
    for line in _lines(found):
        console.print(Text(line))
    methods = Table("method", "says", "weight")
    for one in found["methods"]:
        methods.add_row(
            one["method"].replace("_", " "), f"{one['final']:,}", f"{one['weight']:.0%}"
        )
    console.print(methods)


def print_no_forecast(found: dict[str, Any]) -> str:
    """Say in a line why there is no forecast, and when there may be one."""
    platforms = f", on {', '.join(found['platforms'])}" if found["platforms"] else ""
    then = f"; from {found['available_at']}" if found["available_at"] else ""
    return f"no forecast: {_REASONS[found['reason']]}{platforms}{then}"


def _lines(found: dict[str, Any]) -> Iterator[str]:
    yield f"as of {found['as_of']}, for {found['ends_at']}"
    target = found["target"]
    if target:
        chance = (
            "passed" if target["chance"] == 1 else f"{target['chance']:.0%} to be passed by then"
        )
        yield f"target {target['target']:,}: {chance}"
        for one in target["ranges"] if not target["passed"] else ():
            yield f"  {one['level']:.0%} range, if it is passed: {one['early']} to {one['late']}"
    own = "none could be tried" if found["missed"] is None else f"missed by {found['missed']:.1%}"
    yield (
        f"past error: {own} (median of {found['tried_hours']} earlier hours);"
        f" public series at this share of their time: {found['public_missed']:.1%};"
        f" earlier editions calibrated on: {found['tried_editions']}"
    )
