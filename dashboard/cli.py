"""``livetally dashboard``: run."""

from dataclasses import replace
from typing import Annotated, Protocol

import typer

from dashboard import server
from dashboard.server import Options


class Place(Protocol):
    """What the command stands on: how the dashboard is configured."""

    @property
    def dashboard(self) -> Options:
        """How to serve."""
        ...


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
    place: Place = ctx.obj
    options = replace(place.dashboard, public_read_only=public_read_only)
    raise typer.Exit(server.run(options))
