"""The commands that bring owners' figures in, and set them against what was measured."""

import json
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, cast
from zoneinfo import ZoneInfo

import polars as pl
import typer
from rich.console import Console

from storage.cli import print_imports
from storage.cli.open_store import UNWRITABLE, CommandContext, now, open_store
from storage.cli.terminal import counting, instant
from storage.imports.assign import AssignmentTarget
from storage.imports.formats.registry import NAMES
from storage.imports.import_file import ImportReport, import_file
from storage.imports.parse.number_format import CONVENTIONS
from storage.imports.read_rows import ImportOptions
from storage.read_model.publisher import Publisher
from storage.read_model.reader import NotPublished, ReadModel
from storage.store import Store
from storage.tables.json_values import json_value

REFUSED = NOTHING = 1
BROKEN = 2

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a script.")]


def mount(group: typer.Typer) -> None:
    """Give ``group`` these commands."""
    group.command("import")(import_)
    group.command()(imports)
    group.command("forget-import")(forget_import)
    group.command()(reconcile)


def import_(  # noqa: PLR0917 - typer calls it by name
    ctx: typer.Context,
    files: Annotated[
        list[Path],
        typer.Argument(
            exists=True, dir_okay=False, readable=True, help="Exports as they were downloaded."
        ),
    ],
    format_: Annotated[
        str | None,
        typer.Option("--format", help=f"What they are, if not seen: {', '.join(NAMES)}."),
    ] = None,
    edition: Annotated[
        str | None, typer.Option(help="The edition that they are of; else it is found by day.")
    ] = None,
    account: Annotated[
        str | None, typer.Option(help="The account's key, platform:handle, where nothing tells it.")
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option(
            help="When the figures stood so: ISO 8601 with offset. [default: the file's time]"
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
        typer.Option(
            help="A column that is not known by its name: 'its name=the name of one that is known'."
        ),
    ] = None,
    decimal: Annotated[
        str | None, typer.Option(help="The mark that parts decimals, where numbers do not tell.")
    ] = None,
    any_day: Annotated[  # noqa: FBT002 - typer reads a flag this way
        bool,
        typer.Option("--any-day", help="Take what was published outside the edition's days too."),
    ] = False,
    dry_run: Annotated[  # noqa: FBT002 - as above
        bool, typer.Option("--dry-run", help="Show line by line what would be taken; take nothing.")
    ] = False,
    as_json: AsJson = False,  # noqa: FBT002 - as above
) -> None:
    """Bring in figures that an account's owner exported; docs/import.md says from where.

    They stand beside what was measured and never in its place. The collector must be stopped. A file
    that is broken is not taken at all; one that was taken before changes nothing. Exit 1 when lines
    were refused, 2 when a file is broken or more has to be said.
    """
    _check_format(format_)
    _check_decimal(decimal)
    columns = dict(_column(text) for text in column or ())
    with open_store(ctx) as store:
        _check_event(store, edition, account)
        zone = ZoneInfo(store.register.programme.time_zone) if store.register.programme else UTC
        brought: list[ImportReport] = []
        for path in files:
            given = ImportOptions(
                as_of=_past(as_of) if as_of else _modified(path),
                zone=cast("ZoneInfo", zone),
                path=str(path.absolute()),
                period=_days(period),
                lifetime=period == "lifetime",
                decimal=decimal,
                broadcast=broadcast,
                columns=columns,
            )
            with counting(path.name) as tell:
                brought.append(
                    import_file(
                        store,
                        path,
                        given=given,
                        wanted=AssignmentTarget(edition=edition, account=account, any_day=any_day),
                        forced=format_,
                        dry_run=dry_run,
                        at=now(),
                        progress=tell,
                    )
                )
        if not dry_run and any(one.changed for one in brought):
            _publish(ctx, store)
    if as_json:
        typer.echo(json.dumps([json_value(one.summary()) for one in brought], ensure_ascii=False))
    else:
        print_imports.print_import(brought, Console(), dry_run=dry_run)
    if code := max(one.exit_code for one in brought):
        raise typer.Exit(code)


def imports(ctx: typer.Context, as_json: AsJson = False) -> None:  # noqa: FBT002 - as above
    """List the files that were brought in. The collector must be stopped."""
    with open_store(ctx) as store:
        rows = store.imports()
    if as_json:
        typer.echo(json.dumps(json_value(rows), ensure_ascii=False))
    else:
        print_imports.print_imports(rows, Console())


def forget_import(
    ctx: typer.Context,
    number: Annotated[int, typer.Argument(help="Its number in `livetally storage imports`.")],
) -> None:
    """Take a file's figures out again; what was measured is not touched. The collector must be stopped."""
    with open_store(ctx) as store:
        gone = store.forget_import(number)
        if gone is None:
            typer.echo(f"no import {number}: `livetally storage imports` lists them", err=True)
            raise typer.Exit(BROKEN)
        _publish(ctx, store)
    typer.echo(f"import {number} is taken out: {gone:,} figures")


def reconcile(
    ctx: typer.Context,
    edition: Annotated[str | None, typer.Option(help="One edition's key. [default: all]")] = None,
    broadcasts: Annotated[  # noqa: FBT002 - as above
        bool, typer.Option("--broadcasts", help="Print every broadcast too.")
    ] = False,
    as_json: AsJson = False,  # noqa: FBT002 - as above
) -> None:
    """Set what was measured against the owners' own figures, with both times and definitions.

    It reads what is published, so the collector may run. Exit 1 when nothing was brought in.
    """
    try:
        rows = ReadModel(cast("CommandContext", ctx.obj).read_model).open().reconciliation()
    except NotPublished as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(NOTHING) from None
    if edition is not None:
        rows = rows.filter(pl.col("edition") == edition)
    if rows.is_empty():
        where = f" of {edition}" if edition else ""
        typer.echo(
            f"no owner's figures{where}: bring them in by `livetally storage import`", err=True
        )
        raise typer.Exit(NOTHING)
    if as_json:
        typer.echo(json.dumps(json_value(rows), ensure_ascii=False))
    else:
        print_imports.print_reconciliation(rows, Console(), broadcasts=broadcasts)


def _publish(ctx: typer.Context, store: Store) -> None:
    """Publish what changed, so that pages show it at once; where nothing ever was, nothing is."""
    folder = cast("CommandContext", ctx.obj).read_model
    if store.register.programme is None:
        return
    try:
        Publisher(store, folder, now=now, version=version("livetally")).publish(())
    except OSError as error:
        typer.echo(f"{folder} cannot be written: {error.strerror}", err=True)
        raise typer.Exit(UNWRITABLE) from None


def _check_format(name: str | None) -> None:
    if name is not None and name not in NAMES:
        raise typer.BadParameter(f"{name} is none of {', '.join(NAMES)}")


def _column(text: str) -> tuple[str, str]:
    name, equals, known = (part.strip() for part in text.partition("="))
    if not (name and equals and known):
        raise typer.BadParameter(f"{text}: write --column 'its name=a known name'")
    return name, known


def _check_decimal(mark: str | None) -> None:
    known = dict.fromkeys(convention.decimal for convention in CONVENTIONS)
    if mark is not None and mark not in known:
        raise typer.BadParameter(f"{mark} parts no decimals; known are {' '.join(known)}")


def _check_event(store: Store, edition: str | None, account: str | None) -> None:
    editions = store.register.editions["edition"].to_list()
    if not editions:
        typer.echo(
            "the database knows no edition yet: run `livetally collect once` first", err=True
        )
        raise typer.Exit(BROKEN)
    if edition is not None and edition not in editions:
        raise typer.BadParameter(f"{edition} is no edition; known are {', '.join(editions)}")
    if account is not None and ":" not in account:
        raise typer.BadParameter(f"{account}: an account's key is platform:handle")


def _past(text: str) -> datetime:
    at = instant(text)
    if at > now():
        raise typer.BadParameter(f"{text} is not over yet")
    return at


def _modified(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC).replace(microsecond=0)


def _days(text: str | None) -> tuple[date, date] | None:
    if text is None or text == "lifetime":
        return None
    try:
        first, last = (date.fromisoformat(part) for part in text.split("_"))
    except ValueError:
        problem = f"{text} are no days; write 2026-05-17_2026-05-21 or lifetime"
        raise typer.BadParameter(problem) from None
    if last < first:
        raise typer.BadParameter(f"{text}: the last day is before the first")
    return first, last
