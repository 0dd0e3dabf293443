"""``livetally storage evidence``: makes a bundle that proves a figure, or checks one."""

import json
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, cast

import typer
from rich.console import Console

from storage.cli.open_store import CommandContext
from storage.cli.terminal import instant
from storage.cli.write_errors import USAGE, exit_for, writing
from storage.evidence import archive
from storage.evidence.build import build_evidence
from storage.evidence.verify import verify_evidence
from storage.exports.run import write_export

UNSOUND = 1


def evidence_bundle(
    ctx: typer.Context,
    *,
    edition: Annotated[
        str | None, typer.Option(help="The edition's key, as in the configuration.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="The archive to write, such as x.zip.")] = None,
    at: Annotated[
        str | None,
        typer.Option(help="As of this time: ISO 8601 with its offset. [default: newest]"),
    ] = None,
    database: Annotated[
        Path | None, typer.Option(help="Read snapshots from this copy of the database.")
    ] = None,
    checked: Annotated[
        Path | None, typer.Option("--check", help="Check this bundle; nothing else is needed.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a script.")] = False,
) -> None:
    """Write an edition's claim with all that it stands on into one archive, or check one.

    The collector must be stopped to make one, or --database name a copy; a check needs nothing but
    the file, and exits 1 saying what differs when a byte, a row or the claim was altered.
    """
    if checked is not None:
        if edition is not None or out is not None:
            raise typer.BadParameter("--check takes a bundle, and nothing is made beside it")
        _check(checked, as_json=as_json)
    elif edition is None or out is None:
        raise typer.BadParameter(
            "say --edition and --out to make a bundle, or --check to check one"
        )
    else:
        place = cast("CommandContext", ctx.obj)
        _make(place, edition, out, at, database or place.database, as_json=as_json)


def _make(
    place: CommandContext, edition: str, out: Path, at: str | None, database: Path, *, as_json: bool
) -> None:
    instant_ = None if at is None else instant(at)
    with writing(out):
        with Console(stderr=True).status("gathering"):
            made = build_evidence(
                place.read_model, database, edition, instant_, version=version("livetally")
            )
        with write_export(out) as part:
            part.write_bytes(made)
    told = {"file": str(out), "bytes": len(made), "sha256": archive.sha256(made)}
    if as_json:
        typer.echo(json.dumps(told))
    else:
        typer.echo(f"{out}: {len(made):,} bytes")
        typer.echo(
            f"SHA-256 {told['sha256']}: publish it, and no one can exchange the whole bundle"
        )


def _check(path: Path, *, as_json: bool) -> None:
    try:
        found = verify_evidence(path.read_bytes(), version=version("livetally"))
    except archive.NotAnArchive as error:
        exit_for(f"{path} is no evidence bundle: {error}", UNSOUND)
    except OSError as error:
        exit_for(f"{path}: {error.strerror}", USAGE)
    if as_json:
        told = {
            "sound": not found.findings,
            "sha256": found.sha256,
            "findings": found.findings,
            "remarks": found.remarks,
            "claim": found.claim,
        }
        typer.echo(json.dumps(told, ensure_ascii=False))
    else:
        for line in (*found.findings, *found.remarks):
            typer.echo(line)
        views = found.claim["views"] if found.claim else None
        shown = " SIMULATED" if found.claim and found.claim["simulated"] else ""
        reckoned = f"views reckoned anew: {'none told' if views is None else f'{views:,}'}{shown}"
        typer.echo(f"SHA-256 {found.sha256}")
        typer.echo(
            f"sound; {reckoned}" if not found.findings else f"{len(found.findings)} findings"
        )
    if found.findings:
        raise typer.Exit(UNSOUND)
