"""``livetally dashboard``: run, publish."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from dashboard.public import loop
from dashboard.public.publisher import PagePublisher, Public
from dashboard.server import launch
from dashboard.server.settings import DashboardSettings
from storage.cli.options import AsJson, exit_with, now
from storage.errors import Exit

group = typer.Typer(no_args_is_help=True, help="Show what is published.")


@group.callback()
def dashboard() -> None:
    """Show what is published."""


@group.command()
def run(
    ctx: typer.Context,
    *,
    public_read_only: Annotated[
        bool,
        typer.Option(help="Allow an address that others reach, although nobody has to log in."),
    ] = False,
) -> None:
    """Serve the dashboard until SIGTERM or Ctrl-C; it needs no collector to be running."""
    settings: DashboardSettings = ctx.obj.dashboard
    raise typer.Exit(launch.run(replace(settings, public_read_only=public_read_only)))


@group.command()
def publish(
    ctx: typer.Context,
    *,
    out: Annotated[Path | None, typer.Option(help="Where to write; else as configured.")] = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="Publish anew every few seconds, until Ctrl-C.")
    ] = False,
    serve: Annotated[
        bool, typer.Option("--serve", help="Also serve them on this machine; implies --watch.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write the public pages in three languages, live.json and the pictures of link previews.

    Exits with 3 when the folder cannot be written; with --watch it says so and goes on trying.
    """
    public: Public = ctx.obj.public
    if not serve:
        public = replace(public, port=0)
    if out is not None:
        public = replace(public, folder=out)

    def report(changed: list[str]) -> None:
        if as_json:
            typer.echo(
                json.dumps(
                    {"at": now().isoformat(), "folder": str(public.folder), "changed": changed}
                )
            )
        elif not watch and not serve:
            typer.echo(f"{public.folder}: {', '.join(changed) or 'nothing has changed'}")

    try:
        if watch or serve:
            loop.watch(public, now=now, report=report)
        else:
            report(PagePublisher(public, now=now).publish())
    except OSError as error:
        if not serve:
            raise
        exit_with(
            Exit.FAILED,
            f"livetally: cannot use port {public.port}: {error}. See dashboard.public in config.yaml.",
        )
