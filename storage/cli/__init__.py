"""The ``livetally storage`` commands: what a person does to the database while nothing collects."""

import json
from importlib.metadata import version
from typing import Annotated, cast

import typer
from rich.console import Console

from storage.cli import import_
from storage.cli.evidence import evidence_bundle
from storage.cli.export import export_rows
from storage.cli.open_store import DAMAGED, UNWRITABLE, CommandContext
from storage.cli.open_store import now as _now
from storage.cli.open_store import open_store as _opened
from storage.cli.open_store import wait_for_lock as _waiting
from storage.cli.print_report import print_report
from storage.cli.terminal import counting, instant
from storage.errors import StoreDamaged, StoreUnwritable
from storage.read_model.publisher import Publisher
from storage.read_model.reader import NotPublished
from storage.reports.edition import NothingToReport, report_of

UNSOUND = NOTHING = 1

group = typer.Typer(
    no_args_is_help=True,
    help="Look after the database: check it, back it up, rebuild what the dashboard reads, report.",
)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a script.")]


@group.command()
def verify(ctx: typer.Context, as_json: AsJson = False) -> None:  # noqa: FBT002 - typer reads a flag this way
    """Compare everything derived with a recount of every snapshot; exit 1 if they differ.

    The collector must be stopped. Nothing is changed: `livetally storage republish --recount` mends.
    """
    with _opened(ctx) as store, _waiting("counting every snapshot again"):
        findings = store.verify()
    if as_json:
        typer.echo(json.dumps({"sound": not findings, "findings": findings}))
    else:
        for finding in findings:
            typer.echo(finding)
        typer.echo("sound" if not findings else f"{len(findings)} findings")
    if findings:
        raise typer.Exit(UNSOUND)


@group.command()
def republish(
    ctx: typer.Context,
    recount: Annotated[  # noqa: FBT002 - as above
        bool, typer.Option("--recount", help="First count all derived figures anew from raw.")
    ] = False,
    as_json: AsJson = False,  # noqa: FBT002 - as above
) -> None:
    """Write every file of the read model anew from the database.

    The collector must be stopped. A dashboard that runs meanwhile moves over by itself.
    """
    with _opened(ctx) as store:
        if recount:
            with _waiting("counting every snapshot again"):
                store.rebuild_rollups()
        folder = cast("CommandContext", ctx.obj).read_model
        publisher = Publisher(store, folder, now=_now, version=version("livetally"))
        with counting("writing days") as progress:
            try:
                generation = publisher.republish_all(progress=progress)
            except ValueError as error:
                typer.echo(f"{error}: run the collector once first", err=True)
                raise typer.Exit(2) from None
            except OSError as error:
                typer.echo(f"{folder} cannot be written: {error.strerror}", err=True)
                raise typer.Exit(UNWRITABLE) from None
    if as_json:
        typer.echo(json.dumps({"generation": generation, "folder": str(folder)}))
    else:
        typer.echo(f"published generation {generation} to {folder}")


@group.command()
def report(
    ctx: typer.Context,
    edition: Annotated[str, typer.Option(help="The edition's key, as in the configuration.")],
    at: Annotated[
        str | None,
        typer.Option(help="As of this time: ISO 8601 with its offset. [default: newest]"),
    ] = None,
    as_json: AsJson = False,  # noqa: FBT002 - as above
) -> None:
    """Report an edition's totals, audience, milestones and how it compares with the one before.

    It reads what is published, so the collector may run. Exit 1 when there is nothing to report.
    """
    folder = cast("CommandContext", ctx.obj).read_model
    try:
        found = report_of(folder, edition, None if at is None else instant(at))
    except (NotPublished, NothingToReport) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(NOTHING) from None
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
    else:
        print_report(found, Console())


@group.command(name="backup")
def back_up(
    ctx: typer.Context,
    as_json: AsJson = False,  # noqa: FBT002 - as above
) -> None:
    """Copy the database, read the copy back in full and keep it if the two are equal.

    The collector must be stopped; while it runs, it makes backups of its own.
    """
    place = cast("CommandContext", ctx.obj)
    with _opened(ctx) as store, counting("copying tables") as progress:
        try:
            made = store.back_up(place.backups, kept=place.backups_kept, progress=progress)
        except StoreUnwritable as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(UNWRITABLE) from None
        except StoreDamaged as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(DAMAGED) from None
    if as_json:
        told = {"file": str(made.path), "rows": made.rows, "bytes": made.bytes}
        typer.echo(json.dumps(told | {"sha256": made.sha256}))
    else:
        rows = sum(made.rows.values())
        typer.echo(f"{made.path}: {rows:,} rows, {made.bytes:,} bytes, read back in full")


import_.mount(group)
group.command("export")(export_rows)
group.command("evidence")(evidence_bundle)
