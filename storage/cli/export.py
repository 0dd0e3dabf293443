"""``livetally storage export``: gives rows to other programs."""

import json
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, cast

import typer

from storage.cli.open_store import CommandContext
from storage.cli.terminal import counting, instant
from storage.cli.write_errors import writing
from storage.exports.request import ExportFormat, ExportKind, ExportRequest
from storage.exports.run import STDOUT, export
from storage.tables.json_values import json_value


def export_rows(
    ctx: typer.Context,
    *,
    edition: Annotated[str, typer.Option(help="The edition's key, as in the configuration.")],
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
        str | None, typer.Option("--from", help="From this time on: ISO 8601 with its offset.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--to", help="To before this time; a summary is as of it.")
    ] = None,
    database: Annotated[
        Path | None, typer.Option(help="Read raw from this copy of the database.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Say what was written as JSON.")] = False,
) -> None:
    """Export an edition's counts with definitions, coverage and gaps.

    Minutes and summary come from what is published, so the collector may run. Raw counts are in the
    database alone, which a running collector has for itself: exit 5 then.
    """
    asked = ExportRequest(
        edition=edition,
        what=what,
        platforms=tuple(platform or ()),
        since=None if since is None else instant(since),
        until=None if until is None else instant(until),
    )
    _check(asked, as_json=as_json, out=out)
    place = cast("CommandContext", ctx.obj)
    copied = database or place.database
    with writing(out), counting(f"writing {what}") as progress:
        done = export(
            place.read_model,
            copied,
            asked,
            form or _by_name(out),
            out,
            version=version("livetally"),
            progress=progress,
        )
    if as_json:
        typer.echo(json.dumps(json_value(done), ensure_ascii=False))
    elif out != STDOUT:
        beside = f", described in {done.about}" if done.about else ""
        shown = " SIMULATED" if done.simulated else ""
        typer.echo(f"{done.file}: {done.rows:,}{shown} rows as of {json_value(done.as_of)}{beside}")


def _check(asked: ExportRequest, *, as_json: bool, out: str) -> None:
    if asked.what is ExportKind.SUMMARY and asked.since is not None:
        raise typer.BadParameter("a summary is as of an instant: --to says which, and --from goes")
    if asked.since and asked.until and asked.since >= asked.until:
        raise typer.BadParameter("--from is not before --to")
    if as_json and out == STDOUT:
        raise typer.BadParameter("--json and --out - would both write to standard output")


def _by_name(out: str) -> ExportFormat:
    if out == STDOUT:
        return ExportFormat.CSV
    suffix = Path(out).suffix.removeprefix(".").lower()
    if suffix not in set(ExportFormat):
        known = ", ".join(ExportFormat)
        raise typer.BadParameter(f"{out}: which kind of file? --format says one of {known}")
    return ExportFormat(suffix)
