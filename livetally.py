"""The ``livetally`` command: mounts the three packages' commands, starts ``up`` and ``demo``."""

import asyncio
import json
import logging
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

import collector.cli
import dashboard.cli
import storage.cli
from collector.config.credentials import read_secrets
from collector.config.dashboard import LoginSecrets
from collector.config.load import Config, load_config
from collector.contract.errors import ConfigError
from collector.doctor import examine
from collector.observability.log_setup import log_to, log_what_ends_us
from collector.redaction import Secrets
from dashboard.public.publisher import Public
from dashboard.server.access import Access
from dashboard.server.settings import DashboardSettings
from storage.cli import print_status
from storage.errors import StoreDamaged, StoreLocked, StoreUnwritable
from storage.read_model.reader import NotPublished
from storage.reports.status import status_of

logger = logging.getLogger("livetally")

cli = typer.Typer(
    name="livetally",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Follow an institution's official accounts while its event is broadcast live. "
    "Start with: livetally demo",
)
cli.add_typer(collector.cli.group, name="collect")
cli.add_typer(storage.cli.group, name="storage")
cli.add_typer(dashboard.cli.group, name="dashboard")

#: How often `status --watch` looks again.
WATCH_SECONDS = 2.0

#: The children that ask the platforms, or play them.
_WITH_KEYS = {"collector", "simulator"}

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a script.")]


@dataclass
class Place:
    """What commands stand on; the configuration is read when a command first asks for it."""

    config_path: Path

    @cached_property
    def config(self) -> Config:
        """The checked configuration."""
        config = load_config(self.config_path)
        _log_to_stderr(config.secrets)
        return config

    @property
    def database(self) -> Path:
        """The DuckDB file."""
        return self.config.storage.database

    @property
    def backups(self) -> Path:
        """The folder of verified copies."""
        return self.config.storage.backups

    @property
    def backups_kept(self) -> int:
        """How many of them are kept."""
        return self.config.storage.backups_kept

    @property
    def read_model(self) -> Path:
        """The published folder."""
        return self.config.storage.read_model

    @property
    def dashboard(self) -> DashboardSettings:
        """How the dashboard is served."""
        section = self.config.dashboard
        return DashboardSettings(
            read_model=self.read_model,
            address=section.address,
            port=section.port,
            language=section.language,
            digits=section.digits,
            time=section.time,
            refresh_seconds=section.refresh_seconds,
            chart_seconds=section.chart_seconds,
            hosts=(urlsplit(section.url).hostname or "",) if section.url else (),
            embed=section.embed,
            access=self._access,
        )

    @property
    def public(self) -> Public:
        """How the public pages are made."""
        section = self.config.dashboard.public
        return Public(
            read_model=self.read_model,
            folder=self.config_path.resolve().parent / section.folder,
            language=self.config.dashboard.language,
            digits=self.config.dashboard.digits,
            url=section.url,
            port=section.port,
            every_seconds=section.every_seconds,
            embed=section.embed,
        )

    @property
    def _access(self) -> Access | None:
        """The login, with the secrets that the environment has for it."""
        section = self.config.dashboard
        if section.login is None:
            return None
        folder = self.config_path.resolve().parent
        given = read_secrets("dashboard", LoginSecrets, folder / ".env")
        if not section.url:
            raise ConfigError(
                f"{self.config_path}: dashboard.login needs dashboard.url, the address people type"
            )
        if "client_secret" not in given:
            raise ConfigError(
                f"{self.config_path}: dashboard.login needs LIVETALLY_DASHBOARD_CLIENT_SECRET "
                "(or …_FILE), the secret that the login's provider gave for this client_id"
            )
        return Access(
            url=section.url,
            metadata_url=section.login.metadata_url,
            client_id=section.login.client_id,
            client_secret=given["client_secret"],
            cookie_secret=given.get("cookie_secret") or secrets.token_urlsafe(32),
            allow=section.login.allow,
            unverified_emails=section.login.unverified_emails,
        )


@cli.callback()
def root(
    ctx: typer.Context,
    config: Annotated[
        Path, typer.Option(envvar="LIVETALLY_CONFIG", help="The configuration file.")
    ] = Path("config.yaml"),
) -> None:
    """Remember where the configuration is."""
    _log_to_stderr(Secrets())
    ctx.obj = Place(config)


@cli.command()
def up(ctx: typer.Context, *, force_new: collector.cli.ForceNew = False) -> None:
    """Run the collector and the dashboard until Ctrl-C."""
    place: Place = ctx.obj
    if not place.config.accounts:
        typer.echo(
            f"{place.config_path}: no accounts yet, so there is nothing to poll. Add them under "
            "accounts; `livetally demo` shows what it looks like."
        )
    children = _children(place.config_path, *(["--force-new"] if force_new else []))
    raise typer.Exit(_supervise(children, dict(os.environ)))


@cli.command()
def demo(
    folder: Annotated[Path, typer.Option(help="Where the simulated data goes.")] = Path("demo"),
    port: Annotated[int, typer.Option(help="The dashboard's port.")] = 8501,
) -> None:
    """Run the whole job on simulated platforms; needs no key, and says so on every page."""
    from collector.simulator import demo as simulated  # noqa: PLC0415 - the simulator is a guest

    ready = simulated.prepare(folder, port=port, now=collector.cli.now)
    environment = {**os.environ, **ready.environment}
    children = [("simulator", list(ready.simulator)), *_children(ready.config_path)]
    typer.echo(f"Simulated event, nothing here is real: http://127.0.0.1:{port}")
    typer.echo(f"As everyone would see it: http://127.0.0.1:{ready.public_port}")
    raise typer.Exit(_supervise(children, environment))


@cli.command()
def status(
    ctx: typer.Context,
    *,
    as_json: AsJson = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Show it anew every 2 seconds, until Ctrl-C.")
    ] = False,
) -> None:
    """Show each source's state, last polls, lag, gaps and quota, from what is published.

    Exits with 1 when a source needs a person, the collector gives no sign of life, or nothing is
    published; --watch ended by Ctrl-C exits with 0.
    """
    place: Place = ctx.obj
    if watch:
        if as_json:
            raise typer.BadParameter("--watch is for people: leave --json out")
        print_status.watch_status(
            place.read_model, now=collector.cli.now, every_seconds=WATCH_SECONDS
        )
        return
    try:
        found = status_of(place.read_model, now=collector.cli.now())
    except NotPublished as error:
        typer.echo(print_status.print_absence(error), err=True)
        raise typer.Exit(1) from None
    if as_json:
        typer.echo(json.dumps(found))
    else:
        Console().print(print_status.status_tables(found))
    if found["collector_is_dead"] or found["needs_a_person"]:
        raise typer.Exit(1)


@cli.command()
def doctor(ctx: typer.Context, *, as_json: AsJson = False) -> None:
    """Check configuration, credentials, disk, clock and port, and say what to do."""
    place: Place = ctx.obj
    findings = asyncio.run(examine(place.config, now=collector.cli.now))
    if as_json:
        typer.echo(json.dumps([asdict(finding) for finding in findings]))
    else:
        table = Table("", "checked", "found", "do")
        for one in findings:
            mark = "✗" if one.remedy else "✓"
            table.add_row(mark, Text(one.subject), Text(one.finding), Text(one.remedy))
        Console().print(table)
    if any(finding.remedy for finding in findings):
        raise typer.Exit(1)


def main() -> None:
    """Run the command; an error of ours ends in one clear text and its exit code."""
    codes: dict[type[Exception], int] = {
        ConfigError: 2,
        StoreUnwritable: 3,
        StoreDamaged: 4,
        StoreLocked: 5,
    }
    log_what_ends_us()
    try:
        cli()
    except tuple(codes) as error:
        typer.echo(str(error), err=True)
        sys.exit(next(code for kind, code in codes.items() if isinstance(error, kind)))


def _children(config_path: Path, *collect: str) -> list[tuple[str, list[str]]]:
    command = [sys.executable, "-m", "livetally", "--config", str(config_path)]
    return [
        ("collector", [*command, "collect", "run", *collect]),
        ("dashboard", [*command, "dashboard", "run"]),
        ("public pages", [*command, "dashboard", "publish", "--serve"]),
    ]


def of_child(name: str, environment: Mapping[str, str]) -> dict[str, str]:
    """What a child is given: the keys of the platforms are the collector's alone."""
    if name in _WITH_KEYS:
        return dict(environment)
    kept = ["LIVETALLY_CONFIG", "LIVETALLY_LOG"]
    kept += ["LIVETALLY_DASHBOARD_"] if name == "dashboard" else []
    return {
        key: value
        for key, value in environment.items()
        if not key.startswith("LIVETALLY_") or key.startswith(tuple(kept))
    }


def _supervise(children: list[tuple[str, list[str]]], environment: dict[str, str]) -> int:
    """Run the children until one ends or a signal comes; then end them all, last one first."""
    stopping = False

    def stop(number: int, frame: object) -> None:
        del number, frame
        nonlocal stopping
        stopping = True

    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, stop)
    # A group of their own: Ctrl-C reaches this process alone, which ends them in order.
    running = [
        (name, subprocess.Popen(argv, env=of_child(name, environment), start_new_session=True))  # noqa: S603 - our own commands
        for name, argv in children
    ]
    ended = None
    while not stopping and ended is None:
        ended = next(((name, one) for name, one in running if one.poll() is not None), None)
        time.sleep(0.1)
    for _, one in reversed(running):
        one.terminate()
    for _, one in reversed(running):
        try:
            one.wait(timeout=30)
        except subprocess.TimeoutExpired:
            one.kill()
    if ended is None:
        return 0
    name, one = ended
    logger.error("the %s ended with exit code %d, so everything was stopped", name, one.returncode)
    return one.returncode or 1


def _log_to_stderr(secrets: Secrets) -> None:
    log_to(sys.stderr, secrets, os.environ)


if __name__ == "__main__":
    main()
