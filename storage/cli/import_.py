"""The commands that bring owners' figures in, and set them against what was measured."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, cast
from zoneinfo import ZoneInfo

import polars as pl
import typer
from rich.console import Console

from storage.cli import print_imports
from storage.cli.context import (
    open_event,
    open_publisher,
    open_store,
    paths_of,
    print_json,
    show_progress,
)
from storage.cli.options import AsJson, check_choice, exit_with, now, parse_time
from storage.errors import Exit
from storage.imports.assign import AssignmentTarget
from storage.imports.formats.registry import NAMES
from storage.imports.import_file import ImportReport, import_file
from storage.imports.parse.number_format import NUMBER_FORMATS
from storage.imports.read_rows import ImportOptions
from storage.read_model.history_summary import history_rows
from storage.read_model.reader import ReadModel
from storage.store import Store


def mount(group: typer.Typer) -> None:
    """Add these commands to ``group``."""
    group.command("import")(import_)
    group.command()(imports)
    group.command("forget-import")(forget_import)
    group.command()(reconcile)


def _past_time(text: str) -> datetime:
    at = parse_time(text)
    if at > now():
        raise typer.BadParameter(f"time in the future '{text}': expected one that has passed")
    return at


def import_(
    ctx: typer.Context,
    *,
    files: Annotated[
        list[Path],
        typer.Argument(
            exists=True, dir_okay=False, readable=True, help="Exports as they were downloaded."
        ),
    ],
    format_: Annotated[
        str | None,
        typer.Option(
            "--format", help=f"Which export they are, if not recognised: {', '.join(NAMES)}."
        ),
    ] = None,
    edition: Annotated[
        str | None, typer.Option(help="The edition that they are of; else it is found by day.")
    ] = None,
    account: Annotated[
        str | None, typer.Option(help="The account's key, platform:handle, where nothing tells it.")
    ] = None,
    as_of: Annotated[
        datetime | None,
        typer.Option(
            parser=_past_time,
            metavar="TIME",
            help="When the figures stood so: ISO 8601 with offset. [default: the file's time]",
        ),
    ] = None,
    period: Annotated[
        str | None,
        typer.Option(
            help="The days counted, 2026-05-17_2026-05-21 or lifetime. [default: by name]"
        ),
    ] = None,
    broadcast: Annotated[
        str | None, typer.Option(help="The platform's id, for a file of one broadcast.")
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(help="A column that is not known by its name: 'its name=a known name'."),
    ] = None,
    decimal: Annotated[
        str | None, typer.Option(help="The decimal separator, where the numbers leave it open.")
    ] = None,
    any_day: Annotated[
        bool,
        typer.Option("--any-day", help="Take what was published outside the edition's days too."),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show line by line what would be taken; take nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Bring in figures that an account's owner exported; docs/import.md says from where.

    They stand beside what was measured and never in its place. The collector must be stopped, and need
    not have run: the database and the editions are made from the configuration. A file
    that is broken is not taken at all; one that was taken before changes nothing. Exit 1 when lines
    were refused, 2 when a file is broken or more has to be said.
    """
    check_choice("unknown format", format_, NAMES)
    _check_decimal(decimal)
    columns = dict(_parse_column(text) for text in column or ())
    days = _parse_period(period)
    target = AssignmentTarget(edition=edition, account=account, any_day=any_day)
    reports: list[ImportReport] = []
    with open_event(ctx, dry_run=dry_run) as store:
        _check_event(store, edition, account)
        zone = ZoneInfo(store.event.programme.time_zone) if store.event.programme else UTC
        for path in files:
            options = ImportOptions(
                as_of=as_of or _modified_at(path),
                zone=cast("ZoneInfo", zone),
                path=str(path.absolute()),
                format=format_,
                period=days,
                lifetime=period == "lifetime",
                decimal=decimal,
                broadcast=broadcast,
                columns=columns,
            )
            with show_progress(path.name) as progress:
                report = import_file(
                    store,
                    path,
                    options,
                    target,
                    dry_run=dry_run,
                    at=now(),
                    progress=progress,
                )
            reports.append(report)
        if not dry_run and any(report.changed for report in reports):
            _publish(ctx, store)
    if as_json:
        print_json([report.summary() for report in reports])
    else:
        print_imports.print_reports(reports, Console(), dry_run=dry_run)
    if code := max(report.exit_code for report in reports):
        raise typer.Exit(code)


def imports(ctx: typer.Context, *, as_json: AsJson = False) -> None:
    """List the files that were brought in. The collector must be stopped."""
    with open_store(ctx) as store:
        rows = store.imports.files()
    if as_json:
        print_json(rows)
    else:
        print_imports.print_imports(rows, Console())


def forget_import(
    ctx: typer.Context,
    number: Annotated[int, typer.Argument(help="Its number in `livetally storage imports`.")],
) -> None:
    """Take a file's figures out again; what was measured is not touched. The collector must be stopped."""
    with open_store(ctx) as store:
        removed = store.imports.remove(number)
        if removed is None:
            exit_with(
                Exit.USAGE, f"unknown import {number}: `livetally storage imports` lists them"
            )
        _publish(ctx, store)
    typer.echo(f"import {number} is taken out: {removed:,} figures")


def reconcile(
    ctx: typer.Context,
    *,
    edition: Annotated[str | None, typer.Option(help="One edition's key. [default: all]")] = None,
    broadcasts: Annotated[
        bool, typer.Option("--broadcasts", help="Print every broadcast too.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Set what was measured against the owners' own figures, with both times and definitions.

    Imported history follows, with what of it counts and what does not. It reads what is published, so
    the collector may run. Exit 1 when nothing can be compared, and there is no history.
    """
    published = ReadModel(paths_of(ctx).read_model).open()
    tables = (published.reconciliation(), published.history(), published.reported())
    if edition is not None:
        tables = tuple(table.filter(pl.col("edition") == edition) for table in tables)
    rows, history, reported = tables
    if rows.is_empty() and history.is_empty():
        where = f" of {edition}" if edition else ""
        exit_with(Exit.FAILED, _why_nothing_compares(reported, where))
    series = history_rows(history)
    if as_json:
        print_json([*rows.to_dicts(), *({"level": "history", **row} for row in series)])
        return
    if rows.height:
        print_imports.print_reconciliation(rows, Console(), broadcasts=broadcasts)
    print_imports.print_history(series, Console())


def _why_nothing_compares(reported: pl.DataFrame, where: str) -> str:
    """Say whether owners' figures are missing, or of what they are that is never compared."""
    if reported.is_empty():
        return f"no owner's figures{where}: bring them in by `livetally storage import`"
    accounts = reported.filter(pl.col("broadcast").is_null()).height
    others = reported.filter(pl.col("broadcast").is_not_null())["metric"].unique().sort()
    reasons: list[str] = []
    if accounts:
        reasons.append(f"{accounts:,} are of whole accounts, and only broadcasts are compared")
    if others.len():
        reasons.append(f"of broadcasts they tell {', '.join(others)} alone, which is not measured")
    count = f"{reported.height:,} owner's figures{where}"
    return f"{count} are there, and none can be compared: {'; '.join(reasons)}"


def _publish(ctx: typer.Context, store: Store) -> None:
    """Publish what changed, so that pages show it at once; where nothing ever was, nothing is."""
    if store.event.programme is not None:
        with open_publisher(ctx, store) as publisher:
            publisher.publish(())


def _parse_column(text: str) -> tuple[str, str]:
    name, equals, known_name = (part.strip() for part in text.partition("="))
    if not (name and equals and known_name):
        raise typer.BadParameter(f"invalid column '{text}': expected 'its name=a known name'")
    return name, known_name


def _check_decimal(mark: str | None) -> None:
    marks = dict.fromkeys(form.decimal for form in NUMBER_FORMATS)
    if mark is not None and mark not in marks:
        raise typer.BadParameter(
            f"invalid decimal separator '{mark}': expected one of {' '.join(marks)}"
        )


def _check_event(store: Store, edition: str | None, account: str | None) -> None:
    editions = store.event.editions["edition"].to_list()
    if not editions:
        exit_with(Exit.USAGE, "no edition in the configuration: name one under `editions`")
    check_choice("unknown edition", edition, editions)
    if account is not None and ":" not in account:
        raise typer.BadParameter(f"invalid account '{account}': expected platform:handle")


def _modified_at(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC).replace(microsecond=0)


def _parse_period(text: str | None) -> tuple[date, date] | None:
    if text is None or text == "lifetime":
        return None
    try:
        first, last = (date.fromisoformat(part) for part in text.split("_"))
    except ValueError:
        raise typer.BadParameter(
            f"invalid period '{text}': expected 2026-05-17_2026-05-21 or lifetime"
        ) from None
    if last < first:
        raise typer.BadParameter(f"invalid period '{text}': the last day is before the first")
    return first, last
