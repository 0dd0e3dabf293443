"""The ``livetally storage`` commands: what a person does to the database while nothing collects."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from storage.cli import import_, signing_key
from storage.cli.context import (
    open_publisher,
    open_store,
    paths_of,
    print_json,
    show_progress,
    show_status,
)
from storage.cli.evidence import evidence_bundle
from storage.cli.export import export_rows
from storage.cli.heads import forged_signatures, known_heads
from storage.cli.options import AsJson, AsOfTime, EditionKey, exit_with
from storage.cli.print_report import print_report
from storage.errors import Exit
from storage.read_model.reader import ReadModel
from storage.reports.edition import report_of

group = typer.Typer(
    no_args_is_help=True,
    help="Look after the database: check it, back it up, rebuild what the dashboard reads, report.",
)


@group.command()
def verify(
    ctx: typer.Context,
    *,
    heads: Annotated[
        list[Path] | None,
        typer.Option(
            help="A kept live.json, backup's note or export's description: its heads are looked for."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Compare all that is derived with a recount, and published files with their sums; exit 1 if any differ.

    The chain of ticks is walked, and compared with every head of it that stands elsewhere.
    The collector must be stopped. Where there is no database, what is published is checked alone.
    Nothing is changed: `livetally storage republish --recount` mends.
    """
    paths = paths_of(ctx)
    published = ReadModel(paths.read_model)
    expected = known_heads(paths, heads or [])
    findings = forged_signatures(expected)
    if paths.database.exists() or not published.exists():
        with open_store(ctx) as store:
            with show_status("counting every snapshot again"):
                findings += store.verify(expected)
            findings += _damaged_files(published)
    else:
        findings += _damaged_files(published)
    if as_json:
        print_json({"sound": not findings, "findings": findings})
    else:
        for finding in findings:
            typer.echo(finding)
        typer.echo("sound" if not findings else f"{len(findings)} findings")
    if findings:
        raise typer.Exit(Exit.FAILED)


@group.command()
def republish(
    ctx: typer.Context,
    *,
    recount: Annotated[
        bool, typer.Option("--recount", help="First count all derived figures anew from raw.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write every file of the read model anew from the database.

    The collector must be stopped. A dashboard that runs meanwhile moves over by itself.
    """
    with open_store(ctx) as store:
        if store.event.programme is None:
            exit_with(Exit.USAGE, "nothing to publish yet: run the collector once first")
        if recount:
            with show_status("counting every snapshot again"):
                store.rebuild_rollups()
        with (
            open_publisher(ctx, store) as publisher,
            show_progress("writing days") as progress,
        ):
            generation = publisher.republish_all(progress=progress)
    folder = paths_of(ctx).read_model
    if as_json:
        print_json({"generation": generation, "folder": str(folder)})
    else:
        typer.echo(f"published generation {generation} to {folder}")


@group.command()
def report(
    ctx: typer.Context, *, edition: EditionKey, at: AsOfTime = None, as_json: AsJson = False
) -> None:
    """Report an edition's totals, audience, milestones and how it compares with the one before.

    It reads what is published, so the collector may run. Exit 1 when there is nothing to report.
    """
    edition_report = report_of(paths_of(ctx).read_model, edition, at)
    if as_json:
        print_json(edition_report)
    else:
        print_report(edition_report, Console())


@group.command(name="backup")
def back_up(ctx: typer.Context, *, as_json: AsJson = False) -> None:
    """Copy the database, read the copy back in full and keep it if the two are equal.

    The collector must be stopped; while it runs, it makes backups of its own.
    """
    paths = paths_of(ctx)
    with open_store(ctx) as store, show_progress("copying tables") as progress:
        backup = store.back_up(paths.backups, copies=paths.backups_kept, progress=progress)
    if as_json:
        print_json(
            {
                "file": str(backup.path),
                "rows": backup.rows,
                "bytes": backup.bytes,
                "sha256": backup.sha256,
            }
        )
    else:
        rows = sum(backup.rows.values())
        typer.echo(f"{backup.path}: {rows:,} rows, {backup.bytes:,} bytes, read back in full")


def _damaged_files(published: ReadModel) -> list[str]:
    if not published.exists():
        return []
    with show_status("reading every published file"):
        return published.findings()


import_.mount(group)
group.add_typer(signing_key.group, name="key")
group.command("export")(export_rows)
group.command("evidence")(evidence_bundle)
