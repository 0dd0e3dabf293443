"""``livetally collect``: run, once, discover, plan, login."""

import asyncio
import json
import logging
from collections.abc import Iterable, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table
from rich.text import Text

from collector.app import collector, run_until_stopped
from collector.auth.login import CALLBACK_PATH, log_in, new_consent, receive_callback
from collector.auth.refresher import earliest_expiry
from collector.auth.token_files import TokenFiles
from collector.config.load import Config
from collector.contract.errors import PlatformError
from collector.contract.exchange import Exchange
from collector.contract.grants import Consentable, Token
from collector.contract.platform_protocol import AnyPlatform
from collector.matching import match
from collector.planning import report
from collector.planning.edition_plan import choose_edition, plan_edition
from collector.planning.result import RehearsalResult
from collector.scheduling.clock import SteadyClock
from collector.transport.client import Unmetered
from collector.transport.connect import connect
from storage.model import Account, Broadcast, Edition

group = typer.Typer(
    no_args_is_help=True, help="Ask the platforms, and write what they say to storage."
)

USAGE = 2

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a script instead of a table.")]


def now() -> datetime:
    """Return the time: the collector's one clock."""
    return datetime.now(UTC)


ForceNew = Annotated[
    bool,
    typer.Option(
        "--force-new",
        help="Begin a new database if this one is damaged and no verified backup is there.",
    ),
]


@group.command()
def run(ctx: typer.Context, *, force_new: ForceNew = False) -> None:
    """Poll on schedule until SIGTERM or Ctrl-C, which finish the tick and exit 0."""
    asyncio.run(run_until_stopped(_config(ctx), now=SteadyClock(), force_new=force_new))


@group.command()
def once(ctx: typer.Context, *, as_json: AsJson = False) -> None:
    """Discover and poll whatever is due, once, record it and publish it."""
    polls, broadcasts = asyncio.run(_once(_config(ctx)))
    if as_json:
        typer.echo(json.dumps({"polls": polls, "new_broadcasts": [_row(b) for b in broadcasts]}))
    else:
        typer.echo(f"{len(broadcasts)} new broadcasts, {polls} polls")


@group.command()
def discover(ctx: typer.Context, *, as_json: AsJson = False) -> None:
    """List what the accounts are broadcasting, writing nothing."""
    config = _config(ctx)
    found, failures = asyncio.run(_discover(config))
    if as_json:
        typer.echo(json.dumps({"broadcasts": [_row(b) for b in found], "failures": failures}))
    elif not config.accounts:
        typer.echo(f"No accounts yet: add them to {config.path} under accounts, then try again.")
    else:
        _print_broadcasts(found, failures)
    if failures:
        raise typer.Exit(1)


@group.command()
def plan(
    ctx: typer.Context,
    *,
    edition: Annotated[
        str | None, typer.Option(help="Which edition; the next one unless named.")
    ] = None,
    simulate: Annotated[
        bool,
        typer.Option(
            help="Also run the busiest 6 hours of its first day on simulated platforms (takes a minute)."
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Reckon before the event what it will ask of each platform; nothing is asked.

    From the accounts and the edition's `expected:` (account or platform, broadcasts_per_day,
    hours, at_once) follow the calls, units and money of the busiest day, beside every limit that
    is known: what is polled less often where one is short, how coarse the curve of a live
    broadcast gets, and by how much its peak is then read too low. Exits 1 when a limit cannot be
    kept even with everything polled at its slowest.
    """
    config = _config(ctx)
    if not config.accounts:
        typer.echo(f"No accounts yet: add them to {config.path} under accounts, then try again.")
        raise typer.Exit(USAGE)
    planned = choose_edition(config, edition, now())
    found = plan_edition(config, planned)
    rehearsed = _rehearse(config, planned) if simulate else None
    if as_json:
        typer.echo(json.dumps(report.plan_as_json(found, rehearsed)))
    else:
        report.print_plan(found, Console())
        if rehearsed:
            report.print_measured(rehearsed, Console())
    if not found.holds:
        raise typer.Exit(1)


def _rehearse(config: Config, planned: Edition) -> RehearsalResult:
    """Run an edition's first day on simulated platforms, which are imported for it alone."""
    from collector.planning.rehearsal import run_rehearsal  # noqa: PLC0415 - loads the simulator

    # What is discovered there is nobody's news.
    logging.getLogger("collector.jobs.discovery").setLevel(logging.WARNING)
    return asyncio.run(run_rehearsal(config, planned, progress=_shown))


@group.command()
def login(
    ctx: typer.Context,
    platform: Annotated[str, typer.Argument(help="The platform, as in the configuration.")],
    *,
    account: Annotated[
        str | None, typer.Option(help="The account's handle, where several are configured.")
    ] = None,
    port: Annotated[int, typer.Option(help="Where the browser comes back to.")] = 8499,
    redirect_uri: Annotated[
        str | None,
        typer.Option(help="The redirect address registered with the app, if not the local one."),
    ] = None,
    paste: Annotated[
        bool, typer.Option(help="Paste the address the browser ends on: it is another machine's.")
    ] = False,
) -> None:
    """Let an account's owner give LiveTally access, and keep the token (mode 0600).

    Register the redirect address shown with the platform's app first. Nothing is posted or
    changed on the account: only reading is asked for.
    """
    config = _config(ctx)
    owner, grant = _account_to_log_in(config, platform, account)
    try:
        token = asyncio.run(_log_in(config, owner, grant, port, redirect_uri, paste=paste))
    except OSError as error:
        typer.echo(f"port {port} cannot be used ({error.strerror}): choose another with --port")
        raise typer.Exit(1) from None
    except PlatformError as error:
        typer.echo(f"{owner.key}: {error.detail}", err=True)
        raise typer.Exit(1) from None
    ends = earliest_expiry(token)
    until = f"until {ends:%Y-%m-%d %H:%M} UTC" if ends else "with no end that is known"
    typer.echo(f"{owner.key}: access given, {until}")


def _shown(minutes: Sequence[datetime]) -> Iterable[datetime]:
    """Show how far the simulated hours are, on standard error."""
    return track(minutes, "simulating", console=Console(stderr=True), transient=True)


def _account_to_log_in(
    config: Config, platform: str, handle: str | None
) -> tuple[Account, Consentable]:
    """Find the one account meant; say what there is otherwise."""
    mine = [one for one in config.accounts if one.platform == platform]
    meant = [one for one in mine if handle in (None, one.handle)]
    ready = config.platforms.get(platform)
    if ready is None:
        known = ", ".join(config.platforms)
        typer.echo(f"no platform {platform!r}; there are: {known}", err=True)
    elif not isinstance(ready.grant, Consentable):
        typer.echo(
            f"{platform} asks nobody to log in, or its app's id and secret are not set; "
            "see .env.example",
            err=True,
        )
    elif len(meant) == 1:
        return meant[0], ready.grant
    else:
        named = ", ".join(one.handle for one in mine) or "none yet"
        typer.echo(
            f"name one account of {platform} with --account; configured in {config.path}: {named}",
            err=True,
        )
    raise typer.Exit(USAGE)


async def _log_in(
    config: Config,
    account: Account,
    grant: Consentable,
    port: int,
    redirect_uri: str | None,
    *,
    paste: bool,
) -> Token:
    platform = config.platforms[account.platform]
    consent = new_consent(redirect_uri or f"http://127.0.0.1:{port}{CALLBACK_PATH}")
    async with AsyncExitStack() as stack:
        transport = await stack.enter_async_context(
            connect(platform, config, budget=Unmetered(), deadline_seconds=30, now=now)
        )
        if paste:
            answered = asyncio.to_thread(typer.prompt, "The address the browser ends on")
        else:
            answered = await stack.enter_async_context(
                receive_callback(port, consent, platform.name)
            )
        typer.echo(f"The redirect address to register with the app: {consent.redirect_uri}")
        typer.echo(f"Open this as the owner of {account.name}:")
        typer.echo(grant.consent_address(consent))
        return await log_in(
            account,
            grant,
            consent,
            answered=answered,
            run=transport.run,
            vault=TokenFiles(config.storage.tokens),
        )


async def _once(config: Config) -> tuple[int, list[Broadcast]]:
    async with collector(config, now=now) as ready:
        found = await ready.discover()
        polls = await ready.poll()
        await ready.publish()
        await ready.beat()
        return polls, found


async def _discover(config: Config) -> tuple[list[Broadcast], list[str]]:
    """Ask every account without touching storage; failures are listed, not raised."""
    found: list[Broadcast] = []
    failures: list[str] = []
    for platform in config.platforms.values():
        accounts = [one for one in config.accounts if one.platform == platform.name]
        async with connect(
            platform, config, budget=Unmetered(), deadline_seconds=20, now=now
        ) as transport:
            for account in accounts:
                try:
                    resolved = await transport.run(platform.resolve(account))
                    exchange = platform.discover(resolved, (), now(), may_spend=True)
                    listed = (await transport.run(exchange)).broadcasts
                    for poll in _polls(platform, resolved, listed):
                        told = {one.key: one for one in (await transport.run(poll)).broadcasts}
                        listed = tuple(told.get(one.key, one) for one in listed)
                    found.extend(_matched(one, config) for one in listed)
                except PlatformError as error:
                    failures.append(f"{account.key}: {error.detail}")
    return found, failures


def _matched(broadcast: Broadcast, config: Config) -> Broadcast:
    belongs = match(broadcast, config.rules)
    return replace(broadcast, edition=belongs.edition, match_reason=belongs.reason)


def _polls(
    platform: AnyPlatform, account: Account, listed: tuple[Broadcast, ...]
) -> list[Exchange[Any]]:
    """Ask for the state of what was found: lists do not tell it."""
    size = platform.batch_size
    parts = [listed[start : start + size] for start in range(0, len(listed), size)]
    return [platform.poll(part, {account.key: account}, now()) for part in parts]


def _config(ctx: typer.Context) -> Config:
    config: Config = ctx.obj.config
    return config


def _row(broadcast: Broadcast) -> dict[str, str | None]:
    return {
        "key": broadcast.key,
        "account": broadcast.account,
        "status": broadcast.status,
        "title": broadcast.title,
        "url": broadcast.url,
        "edition": broadcast.edition,
        "match_reason": broadcast.match_reason,
        "scheduled_at": broadcast.scheduled_at.isoformat() if broadcast.scheduled_at else None,
        "started_at": broadcast.started_at.isoformat() if broadcast.started_at else None,
    }


def _print_broadcasts(found: list[Broadcast], failures: list[str]) -> None:
    console = Console()
    table = Table("account", "state", "edition", "why", "title", "address")
    for one in found:
        belongs = (one.edition or "none", one.match_reason or "")
        table.add_row(*map(Text, (one.account, one.status, *belongs, one.title, one.url)))
    console.print(table if found else "The accounts show nothing.")
    for failure in failures:
        console.print(failure, style="red", markup=False)
