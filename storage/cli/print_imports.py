"""What the import commands print for a person."""

from collections.abc import Sequence
from typing import Any

import polars as pl
from rich.console import Console
from rich.text import Text

from storage.analysis.reconciliation import Level, Standing
from storage.imports.import_file import ImportReport
from storage.tables.json_values import iso

_STANDINGS = {
    Standing.PARTIAL: "reported of some days only",
    Standing.NOT_MEASURED: "not measured by then",
}


def print_import(brought: Sequence[ImportReport], console: Console, *, dry_run: bool) -> None:
    """Print what became of each file: as what it was read, and every line that was not taken."""
    for one in brought:
        for line in _brought(one, dry_run=dry_run):
            # Cells are other people's text: no markup is read in them, and nothing is cut.
            console.print(Text(line), soft_wrap=True)


def _brought(one: ImportReport, *, dry_run: bool) -> list[str]:
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
        some = rows.filter(pl.col("level") == str(level))
        if level is Level.BROADCAST and not broadcasts:
            console.print(f"{some.height:,} figures of broadcasts: --broadcasts shows them")
            continue
        for row in some.iter_rows(named=True):
            console.print(Text("\n".join(_compared(row))), soft_wrap=True)
    console.print("The difference is measured less reported; the two are never added.")


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
