"""Prints of the import commands for a person."""

from collections.abc import Sequence
from typing import Any

import polars as pl
from rich.console import Console
from rich.text import Text

from storage.analysis.editions.reconciliation import Level, Standing
from storage.imports.import_file import ImportReport
from storage.read_model.history_summary import describe_history, history_rows
from storage.tables.json_values import iso

_STANDINGS = {
    Standing.PARTIAL: "reported of some days only",
    Standing.NOT_MEASURED: "not measured by then",
}


def print_reports(reports: Sequence[ImportReport], console: Console, *, dry_run: bool) -> None:
    """Print what became of each file: as what it was read, and every line that was not taken."""
    for report in reports:
        for line in _lines(report, dry_run=dry_run):
            # Cells are other people's text: no markup is read in them, and nothing is cut.
            console.print(Text(line), soft_wrap=True)


def _lines(report: ImportReport, *, dry_run: bool) -> list[str]:
    if report.fault:
        at = f":{report.fault.line}" if report.fault.line else ""
        return [
            f"{report.name}{at}: {report.fault.problem}",
            f"  nothing is taken; {report.fault.remedy}",
        ]
    if report.earlier_import:
        earlier = f"import {report.earlier_import['import_id']}, {iso(report.earlier_import['imported_at'])}"
        return [f"{report.name}: taken already ({earlier}); nothing is changed"]
    understood = report.reading
    lines = [report.name]
    if understood:
        lines.append(f"  {understood.why}")
        lines += [f"  left aside: {text}" for text in understood.aside]
        lines += [f"  note: {text}" for text in understood.notes]
    if report.as_of:
        lines.append(f"  as of {iso(report.as_of)}")
    if report.rows is not None:
        rows = zip(report.lines, report.rows.iter_rows(named=True), strict=True)
        lines += [f"  line {line}: {_figure(row)}" for line, row in rows]
        more = report.taken - report.rows.height
        lines += [f"  and {more:,} more"] if more else []
    for row in (*(understood.left_out if understood else ()), *report.refused):
        lines.append(f"  line {row.line} not taken: {row.reason}")
    lines += [
        f"  imported history: {describe_history(row)}" for row in history_rows(report.history)
    ]
    verb = "would be taken" if dry_run else "taken"
    number = f" (import {report.import_id})" if report.import_id else ""
    lines.append(
        f"  {report.taken:,} figures {verb}, {report.known:,} known already, "
        f"{len(report.refused):,} refused{number}"
    )
    return lines


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
    for row in rows.iter_rows(named=True):
        as_of = iso(row["as_of"]) or "as each row says"
        lines = (
            f"{row['import_id']}. {row['name']} ({row['format']})",
            f"   brought in {iso(row['imported_at'])}, as of {as_of}",
            f"   {row['taken']:,} figures, {row['known']:,} known before, {row['refused']:,} refused",
            f"   SHA-256 {row['sha256']}",
        )
        console.print(Text("\n".join(lines)), soft_wrap=True)


def print_reconciliation(rows: pl.DataFrame, console: Console, *, broadcasts: bool) -> None:
    """Print measured against reported: editions, accounts and, where wanted, every broadcast."""
    for level in (Level.EDITION, Level.ACCOUNT, Level.BROADCAST):
        level_rows = rows.filter(pl.col("level") == str(level))
        if level is Level.BROADCAST and not broadcasts:
            console.print(f"{level_rows.height:,} figures of broadcasts: --broadcasts shows them")
            continue
        for row in level_rows.iter_rows(named=True):
            console.print(Text("\n".join(_compared(row))), soft_wrap=True)
    console.print("The difference is measured less reported; the two are never added.")


def print_history(series: Sequence[dict[str, Any]], console: Console) -> None:
    """Print what was imported of other programs' series, and whether it is compared."""
    for row in series:
        console.print(Text(f"imported history: {describe_history(row)}"), soft_wrap=True)


def _compared(row: dict[str, Any]) -> list[str]:
    lines = [f"{row['edition'] or 'no edition'}, {_whose(row)}: {row['metric']}"]
    for kind in ("reported", "measured"):
        if row[kind] is not None:
            at, definition = iso(row[f"{kind}_at"]), row[f"{kind}_definition"] or "not told"
            lines.append(f"  {kind:<10} {row[kind]:>16,.10g}  as of {at}  ({definition})")
    if row["reported_in_all"] is not None:
        lines.append(f"  reported in all, compared or not: {row['reported_in_all']:,.10g}")
    if row["difference"] is not None:
        percent = row["difference_percent"]
        share = "" if percent is None else f"  {percent:+.2f} %"
        lines.append(f"  difference {row['difference']:>+16,.10g}{share}")
    return [*lines, *(f"  {remark}" for remark in _remarks(row))]


def _whose(row: dict[str, Any]) -> str:
    if row["broadcast"]:
        return f"{row['broadcast']} {row['title'] or ''} ({row['source']})"
    if row["platform"]:
        return f"{row['account'] or row['platform']} ({row['source']})"
    return "sum of platform-reported views"


def _remarks(row: dict[str, Any]) -> list[str]:
    if row["level"] == str(Level.BROADCAST):
        return [_STANDINGS[row["standing"]]] if row["standing"] in _STANDINGS else []
    counts = {
        "broadcasts": "broadcasts of which both are known, and summed: {:,}",
        "only_reported": "broadcasts only reported: {:,}",
        "only_measured": "broadcasts only measured: {:,}",
        "partial": "broadcasts reported of some days only: {:,}",
    }
    return [words.format(row[name]) for name, words in counts.items() if row[name]]
