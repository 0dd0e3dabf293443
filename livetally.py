"""The ``livetally`` command: mounts the three packages' commands, starts ``up`` and ``demo``."""

import asyncio
import json
import logging
import os
import re
import secrets
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cached_property, partial
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text
from typer.core import TyperGroup

import collector.cli
import collector.setup.cli
import dashboard.cli
import storage.cli
from collector.config.credentials import read_secrets
from collector.config.dashboard import LoginSecrets
from collector.config.load import Config, load_config
from collector.contract.errors import ConfigError, ConfigUnreadable
from collector.doctor import examine, pages_that_run
from collector.observability.log_setup import log_to, log_what_ends_us
from collector.redaction import Secrets
from dashboard.public.publisher import Public
from dashboard.server.access import Access
from dashboard.server.settings import DashboardSettings
from storage.cli import print_status
from storage.cli.options import AsJson, describe_error, exit_with, now
from storage.errors import (
    Exit,
    LiveTallyError,
    StoreDamaged,
    StoreLocked,
    StoreMissing,
    StoreUnwritable,
    refused_by_disk,
)
from storage.keeper import AlreadyRunning, kept_running_once
from storage.read_model.collector_end import end_writer
from storage.read_model.reader import DamagedFile, ReadModel
from storage.reports.status import status_of
from storage.system.ordinary_files import NotOrdinary
from storage.system.processes import Child, end_with_parent, supervise

logger = logging.getLogger("livetally")


#: What each error of ours ends a command with; any other ends it with FAILED.
EXIT_CODES = MappingProxyType(
    {
        ConfigError: Exit.USAGE,
        NotOrdinary: Exit.USAGE,
        ConfigUnreadable: Exit.FAILED,
        StoreMissing: Exit.USAGE,
        StoreUnwritable: Exit.UNWRITABLE,
        StoreDamaged: Exit.DAMAGED,
        DamagedFile: Exit.DAMAGED,
        StoreLocked: Exit.LOCKED,
        AlreadyRunning: Exit.LOCKED,
    }
)


class Commands(TyperGroup):
    """Commands that raise: an error of ours ends in one clear text, its remedy and its exit code."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command, and end it as :data:`EXIT_CODES` says."""
        try:
            return super().invoke(ctx)
        except LiveTallyError as error:
            codes = (EXIT_CODES[kind] for kind in type(error).__mro__ if kind in EXIT_CODES)
            exit_with(next(codes, Exit.FAILED), describe_error(error))
        except OSError as error:
            refusal = refused_by_disk(error)
            if refusal is None:
                raise
            exit_with(Exit.UNWRITABLE, describe_error(refusal))


cli = typer.Typer(
    name="livetally",
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Follow an institution's official accounts while its event is broadcast live. "
    "Start with: livetally demo",
)
cli.add_typer(collector.setup.cli.group, name="accounts")
cli.add_typer(collector.cli.group, name="collect")
cli.add_typer(storage.cli.group, name="storage")
cli.add_typer(dashboard.cli.group, name="dashboard")

#: How often `status --watch` looks again.
WATCH_SECONDS = 2.0

#: The children that ask the platforms, or play them.
_WITH_KEYS = {"collector", "simulator"}
#: What nobody but their owner may do with files.
_PRIVATE = 0o077

#: What a restart of the collector does not mend: at a start, a person is there to read the error, and there
#: is nothing new to show. Once it has worked the pages go on, and it is tried again like all else.
_FINAL = (Exit.USAGE, Exit.DAMAGED, Exit.LOCKED)


@dataclass
class CommandContext:
    """What commands stand on; the configuration is read when a command first asks for it."""

    config_path: Path

    @cached_property
    def config(self) -> Config:
        """The checked configuration."""
        config = load_config(self.config_path)
        _log_to_stderr(config.secrets)
        return config

    def status(self, at: datetime) -> dict[str, Any]:
        """Where things stand at ``at``."""
        paths = self.config.storage
        return status_of(paths.read_model, now=at, database=paths.database, backups=paths.backups)

    @property
    def dashboard(self) -> DashboardSettings:
        """How the dashboard is served."""
        section = self.config.dashboard
        return DashboardSettings(
            read_model=self.config.storage.read_model,
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
            read_model=self.config.storage.read_model,
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
        login_secrets = read_secrets("dashboard", LoginSecrets, folder / ".env")
        if not section.url:
            raise ConfigError(
                f"{self.config_path}: dashboard.login needs dashboard.url, the address people type"
            )
        if "client_secret" not in login_secrets:
            raise ConfigError(
                f"{self.config_path}: dashboard.login needs LIVETALLY_DASHBOARD_CLIENT_SECRET "
                "(or …_FILE), the secret that the login's provider gave for this client_id"
            )
        return Access(
            url=section.url,
            metadata_url=section.login.metadata_url,
            client_id=section.login.client_id,
            client_secret=login_secrets["client_secret"],
            cookie_secret=login_secrets.get("cookie_secret") or secrets.token_urlsafe(32),
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
    ctx.obj = CommandContext(config)


@cli.command()
def up(ctx: typer.Context, *, force_new: collector.cli.ForceNew = False) -> None:
    """Run the collector and the dashboard until Ctrl-C; what ends meanwhile is started again."""
    context: CommandContext = ctx.obj
    if not context.config.accounts:
        typer.echo(
            f"{context.config_path}: no accounts yet, so there is nothing to poll. Add them under "
            "accounts; `livetally demo` shows what it looks like."
        )
    children = _children(context.config_path, os.environ, context.config, force_new=force_new)
    pages = partial(pages_that_run, context.config)
    with kept_running_once(context.config.storage.database, pages):
        raise typer.Exit(supervise(children))


@cli.command()
def demo(
    folder: Annotated[Path, typer.Option(help="Where the simulated data goes.")] = Path("demo"),
    port: Annotated[int, typer.Option(help="The dashboard's port.")] = 8501,
) -> None:
    """Run the whole job on simulated platforms; needs no key, and says so on every page."""
    from collector.simulator import demo as simulated  # noqa: PLC0415 - the simulator is a guest

    database, config_path = folder / "livetally.duckdb", folder / "config.yaml"

    def pages() -> list[str]:
        return pages_that_run(load_config(config_path))

    if database.exists():
        with kept_running_once(database, pages):  # a demo that runs keeps its folder
            pass
    ready = simulated.prepare_demo(folder, port=port, now=now)
    environment = {**os.environ, **ready.environment}
    simulator = Child(name="simulator", argv=ready.simulator, environment=environment)
    typer.echo(f"Simulated event, nothing here is real: http://127.0.0.1:{port}")
    typer.echo(f"As everyone would see it: http://127.0.0.1:{ready.public_port}")
    with kept_running_once(database, pages):
        config = load_config(config_path)
        raise typer.Exit(supervise([simulator, *_children(config_path, environment, config)]))


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

    Exits with 1 when a source needs a person, no account answers, the collector gives no sign of
    life, or nothing is published; --watch ended by Ctrl-C exits with 0.
    """
    context: CommandContext = ctx.obj
    if watch:
        if as_json:
            raise typer.BadParameter("--watch is for people: leave --json out")
        print_status.watch_status(context.status, now=now, every_seconds=WATCH_SECONDS)
        return
    published = context.status(now())
    if as_json:
        typer.echo(json.dumps(published))
    else:
        Console().print(print_status.status_tables(published))
    if any(
        published[alarm] for alarm in ("collector_is_dead", "needs_a_person", "nothing_answers")
    ):
        raise typer.Exit(Exit.FAILED)


@cli.command()
def doctor(ctx: typer.Context, *, as_json: AsJson = False) -> None:
    """Check configuration, credentials, disk, clock and port, and say what to do."""
    context: CommandContext = ctx.obj
    findings = asyncio.run(examine(context.config, now=now))
    if as_json:
        typer.echo(json.dumps([asdict(finding) for finding in findings]))
    else:
        table = Table("", "checked", "found", "do")
        for finding in findings:
            mark = "✗" if finding.remedy else "✓"
            table.add_row(mark, *map(Text, (finding.subject, finding.finding, finding.remedy)))
        Console().print(table)
    if any(finding.remedy for finding in findings):
        raise typer.Exit(Exit.FAILED)


def main() -> None:
    """Run the command; what ends it unforeseen is logged without secrets."""
    end_with_parent()
    log_what_ends_us()
    keep_files_private(os.environ)
    cli()


def keep_files_private(environment: Mapping[str, str]) -> None:
    """Let only their owner read the files that are made from now on, unless LIVETALLY_UMASK differs.

    The public pages are the exception: see :mod:`dashboard.public.files`.
    """
    text = environment.get("LIVETALLY_UMASK", "").strip()
    if not text:
        os.umask(os.umask(_PRIVATE) | _PRIVATE)
    elif re.fullmatch("[0-7]{3,4}", text):
        os.umask(int(text, 8))
    else:
        typer.echo(f"invalid LIVETALLY_UMASK '{text}': expected octal digits such as 027", err=True)
        sys.exit(Exit.USAGE)


def _children(
    config_path: Path, environment: Mapping[str, str], config: Config, *, force_new: bool = False
) -> list[Child]:
    command = [sys.executable, "-m", "livetally", "--config", str(config_path)]

    def child(name: str, *words: str) -> Child:
        argv, known = [*command, *words], child_environment(name, environment)
        return Child(name=name, argv=argv, environment=known)

    collecting = child("collector", "collect", "run")
    folder, begun = config.storage.read_model, now()

    def has_worked() -> bool:
        alive_at = ReadModel(folder).heartbeat_at()
        return alive_at is not None and alive_at > begun

    collecting.final, collecting.has_worked = _FINAL, has_worked
    collecting.on_end = end_writer(folder, now)
    collecting.at_first = ["--force-new"] if force_new else []
    return [
        collecting,
        child("dashboard", "dashboard", "run"),
        child("public pages", "dashboard", "publish", "--serve"),
    ]


def child_environment(name: str, environment: Mapping[str, str]) -> dict[str, str]:
    """Return the child's environment: the keys of the platforms are the collector's alone."""
    if name in _WITH_KEYS:
        return dict(environment)
    ours = ("LIVETALLY_CONFIG", "LIVETALLY_LOG", "LIVETALLY_UMASK")
    if name == "dashboard":
        ours += ("LIVETALLY_DASHBOARD_",)
    return {
        key: value
        for key, value in environment.items()
        if not key.startswith("LIVETALLY_") or key.startswith(ours)
    }


def _log_to_stderr(secrets: Secrets) -> None:
    log_to(sys.stderr, secrets, os.environ)


if __name__ == "__main__":
    main()
