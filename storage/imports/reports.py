"""What the import commands print for a person."""

from collections.abc import Sequence
from typing import Any

import polars as pl
from rich.console import Console
from rich.table import Table
from rich.text import Text

from storage.analysis.reconciliation import Level, Standing
from storage.imports.bringing import Brought
from storage.plain import iso

_STANDINGS = {
    Standing.PARTIAL: "reported of some days only",
    Standing.NOT_MEASURED: "not measured by then",
}


def print_brought(brought: Sequence[Brought], console: Console, *, dry_run: bool) -> None:
    """Print what became of each file: as what it was read, and every line that was not taken."""
    for one in brought:
        for line in _brought(one, dry_run=dry_run):
            # Cells are other people's text: no markup is read in them, and nothing is cut.
            console.print(Text(line), soft_wrap=True)


def _brought(one: Brought, *, dry_run: bool) -> list[str]:
    if one.fault:
        at = f":{one.fault.line}" if one.fault.line else ""
        return [f"{one.name}{at}: {one.fault.problem}", f"  nothing is taken; {one.fault.remedy}"]
    if one.before:
        done = f"import {one.before['import_id']}, {iso(one.before['imported_at'])}"
        return [f"{one.name}: taken already ({done}); nothing is changed"]
    understood = one.understood
    lines = [f"{one.name}"]
    if understood:
        lines += [f"  {understood.why}"]
        lines += [f"  left aside: {text}" for text in understood.aside]
        lines += [f"  note: {text}" for text in understood.notes]
    if one.as_of:
        lines.append(f"  as of {iso(one.as_of)}")
    if one.rows is not None:
        rows = zip(one.lines, one.rows.iter_rows(named=True), strict=True)
        lines += [f"  line {line}: {_figure(row)}" for line, row in rows]
        more = one.taken - one.rows.height
        lines += [f"  and {more:,} more"] if more else []
    for row in (*(understood.left_out if understood else ()), *one.refused):
        lines.append(f"  line {row.line} not taken: {row.reason}")
    verb = "would be taken" if dry_run else "taken"
    told = (
        f"  {one.taken:,} figures {verb}, {one.known:,} known already, {len(one.refused):,} refused"
    )
    return [*lines, told + (f" (import {one.import_id})" if one.import_id else "")]


def _figure(row: dict[str, Any]) -> str:
    whose = f"{row['platform']}:{row['broadcast']}" if row["broadcast"] else row["account"]
    value = "not told" if row["value"] is None else f"{row['value']:,.10g}"
    period = ""
    if row["period_starts_at"]:
        period = f", counted {iso(row['period_starts_at'])} to {iso(row['period_ends_at'])}"
    return (
        f"{whose} {row['metric']} {value} as of {iso(row['observed_at'])}{period}"
        f" -> {row['edition'] or 'no edition'} ({row['source']}, {row['definition'] or 'no definition'})"
    )


def print_imports(rows: pl.DataFrame, console: Console) -> None:
    """Print the files that were brought in."""
    if rows.is_empty():
        console.print("nothing was brought in yet")
        return
    table = Table("no.", "file", "read as", "brought in", "as of", "figures", "refused")
    for row in rows.iter_rows(named=True):
        table.add_row(
            str(row["import_id"]),
            Text(row["name"]),
            row["format"],
            iso(row["imported_at"]),
            iso(row["as_of"]) or "by row",
            f"{row['taken']:,}",
            f"{row['refused']:,}",
        )
    console.print(table)


def print_reconciliation(rows: pl.DataFrame, console: Console) -> None:
    """Print measured against reported: editions, accounts, then every broadcast."""
    for level in (Level.EDITION, Level.ACCOUNT, Level.BROADCAST):
        some = rows.filter(pl.col("level") == str(level))
        if some.height:
            console.print(_compared(level, some))
    console.print(
        "difference: measured less reported, and by hundred reported; never added together"
    )


def _compared(level: Level, rows: pl.DataFrame) -> Table:
    heads = (
        "edition",
        "of",
        "metric",
        "reported",
        "as of",
        "measured",
        "as of",
        "difference",
        "remarks",
    )
    table = Table(*heads, title=f"by {level}")
    for row in rows.iter_rows(named=True):
        table.add_row(
            row["edition"] or "none",
            Text(_whose(row)),
            row["metric"],
            Text(_told(row["reported"], row["reported_definition"])),
            iso(row["reported_at"]) or "",
            Text(_told(row["measured"], row["measured_definition"])),
            iso(row["measured_at"]) or "",
            _difference(row),
            Text(_remarks(row)),
        )
    return table


def _whose(row: dict[str, Any]) -> str:
    if row["broadcast"]:
        return f"{row['title'] or ''}\n{row['broadcast']}".strip()
    return row["account"] or row["platform"] or "sum of platform-reported views"


def _told(value: float | None, definition: str | None) -> str:
    return "" if value is None else f"{value:,.10g}\n{definition or ''}".strip()


def _difference(row: dict[str, Any]) -> str:
    if row["difference"] is None:
        return ""
    percent = row["difference_percent"]
    return f"{row['difference']:+,.10g}" + ("" if percent is None else f" ({percent:+.2f} %)")


def _remarks(row: dict[str, Any]) -> str:
    remarks = [_STANDINGS[row["standing"]]] if row["standing"] in _STANDINGS else []
    if row["source"]:
        remarks.append(row["source"])
    counts = {
        "broadcasts": "both known of {}",
        "only_reported": "{} only reported",
        "only_measured": "{} only measured",
        "partial": "{} of some days only",
    }
    remarks += [words.format(row[name]) for name, words in counts.items() if row[name]]
    return ", ".join(remarks)
