"""``livetally storage export``: gives rows to other programs."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from storage.cli.context import VERSION, paths_of, print_json, show_progress, writing_to
from storage.cli.options import AsJson, EditionKey, parse_time
from storage.exports.request import ExportFormat, ExportKind, ExportRequest
from storage.exports.run import STDOUT, export
from storage.tables.json_values import iso


def export_rows(
    ctx: typer.Context,
    *,
    edition: EditionKey,
    out: Annotated[str, typer.Option(help="The file to write; - for standard output.")],
    what: Annotated[
        ExportKind,
        typer.Option(
            help="raw: every count observed; minutes; summary; reported: what owners brought in."
        ),
    ] = ExportKind.MINUTES,
    form: Annotated[
        ExportFormat | None, typer.Option("--format", help="Kind of file. [default: by its name]")
    ] = None,
    platform: Annotated[
        list[str] | None, typer.Option(help="Only this platform; may be repeated.")
    ] = None,
    since: Annotated[
        datetime | None,
        typer.Option(
            "--from",
            parser=parse_time,
            metavar="TIME",
            help="From this time on: ISO 8601 with its offset.",
        ),
    ] = None,
    until: Annotated[
        datetime | None,
        typer.Option(
            "--to",
            parser=parse_time,
            metavar="TIME",
            help="To before this time; a summary is as of it.",
        ),
    ] = None,
    database: Annotated[
        Path | None, typer.Option(help="Read raw from this copy of the database.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Export an edition's counts with definitions, coverage and gaps.

    Minutes and summary come from what is published, so the collector may run. Raw counts are in the
    database alone, which a running collector has for itself: exit 5 then.
    """
    request = ExportRequest(
        edition=edition, what=what, platforms=tuple(platform or ()), since=since, until=until
    )
    _check_request(request, as_json=as_json, out=out)
    paths = paths_of(ctx)
    with writing_to(out), show_progress(f"writing {what}") as progress:
        exported = export(
            paths.read_model,
            database or paths.database,
            request,
            form or _format_by_name(out),
            out,
            version=VERSION,
            progress=progress,
            announce=_tell_size,
        )
    if as_json:
        print_json(exported)
    elif out != STDOUT:
        beside = f", described in {exported.about}" if exported.about else ""
        mark = " SIMULATED" if exported.simulated else ""
        typer.echo(
            f"{exported.file}: {exported.rows:,}{mark} rows as of {iso(exported.as_of)}{beside}"
        )


def _tell_size(expected: int, free: int) -> None:
    mb = 1_000_000
    typer.echo(f"about {expected / mb:,.0f} MB of CSV; {free / mb:,.0f} MB are free", err=True)


def _check_request(request: ExportRequest, *, as_json: bool, out: str) -> None:
    if request.what is ExportKind.SUMMARY and request.since is not None:
        raise typer.BadParameter("--from does not apply to a summary: it is as of --to")
    if request.since and request.until and request.since >= request.until:
        raise typer.BadParameter("--from is not before --to")
    if as_json and out == STDOUT:
        raise typer.BadParameter("--json and --out - would both write to standard output")


def _format_by_name(out: str) -> ExportFormat:
    if out == STDOUT:
        return ExportFormat.CSV
    suffix = Path(out).suffix.removeprefix(".").lower()
    if suffix not in set(ExportFormat):
        formats = ", ".join(ExportFormat)
        raise typer.BadParameter(f"unknown kind of file '{out}': give --format, one of {formats}")
    return ExportFormat(suffix)
