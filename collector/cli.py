"""``livetally collect``: run, once, resume, discover, plan, login."""

import asyncio
import json
import logging
from collections.abc import Iterable, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, NoReturn

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
from collector.jobs.resumption import leave_request
from collector.matching import match
from collector.planning import report
from collector.planning.edition_plan import choose_edition, plan_edition
from collector.planning.result import RehearsalResult
from collector.scheduling.clock import SteadyClock
from collector.transport.client import Unmetered
from collector.transport.connect import connect
from storage.cli.options import AsJson, exit_with, now
from storage.cli.print_status import unseen_accounts
from storage.errors import Exit
from storage.model import Account, Broadcast, Edition
from storage.reports.status import status_of

group = typer.Typer(
    no_args_is_help=True, help="Ask the platforms, and write what they say to storage."
)

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
    """Discover and poll whatever is due, once, record it and publish it.

    Exits with 1 when no account answers.
    """
    config = _config(ctx)
    polls, broadcasts = asyncio.run(_once(config))
    status = status_of(config.storage.read_model, now=now())
    if as_json:
        rows = [_row(broadcast) for broadcast in broadcasts]
        sights = {key: status[key] for key in ("accounts", "nothing_answers")}
        typer.echo(json.dumps({"polls": polls, "new_broadcasts": rows, **sights}))
    else:
        typer.echo(f"{len(broadcasts)} new broadcasts, {polls} polls")
        for line in unseen_accounts(status["accounts"]):
            typer.echo(line)
    if status["nothing_answers"]:
        raise typer.Exit(Exit.FAILED)


@group.command()
def resume(
    ctx: typer.Context,
    platform: Annotated[
        str | None, typer.Argument(help="Which platform; all of them unless named.")
    ] = None,
) -> None:
    """Have asked again at once what was refused, now that it is mended.

    The collector that runs does it within seconds, or else the next one does at its start. A quota or
    a wait that a platform asked for is kept.
    """
    config = _config(ctx)
    if platform and platform not in config.platforms:
        _refuse_platform(config, platform)
    leave_request(config.storage.database, [platform] if platform else config.platforms)
    typer.echo(f"{platform or 'what was refused'} is asked again by the collector, at once")


@group.command()
def discover(ctx: typer.Context, *, as_json: AsJson = False) -> None:
    """List what the accounts are broadcasting, writing nothing."""
    config = _config(ctx)
    broadcasts, failures = asyncio.run(_discover(config))
    if as_json:
        rows = [_row(broadcast) for broadcast in broadcasts]
        typer.echo(json.dumps({"broadcasts": rows, "failures": failures}))
    elif not config.accounts:
        typer.echo(_no_accounts(config))
    else:
        _print_broadcasts(broadcasts, failures)
    if failures:
        raise typer.Exit(Exit.FAILED)


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
        typer.echo(_no_accounts(config))
        raise typer.Exit(Exit.USAGE)
    planned = choose_edition(config, edition, now())
    edition_plan = plan_edition(config, planned)
    rehearsal = _rehearse(config, planned) if simulate else None
    if as_json:
        typer.echo(json.dumps(report.plan_as_json(edition_plan, rehearsal)))
    else:
        report.print_plan(edition_plan, Console())
        if rehearsal:
            report.print_measured(rehearsal, Console())
    if not edition_plan.holds:
        raise typer.Exit(Exit.FAILED)


def _rehearse(config: Config, planned: Edition) -> RehearsalResult:
    """Run an edition's first day on simulated platforms, which are imported for it alone."""
    from collector.planning.rehearsal import run_rehearsal  # noqa: PLC0415 - loads the simulator

    # What is discovered there is news to nobody.
    logging.getLogger("collector.jobs.discovery").setLevel(logging.WARNING)
    return asyncio.run(run_rehearsal(config, planned, progress=_show_progress))


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
        raise typer.Exit(Exit.FAILED) from None
    except PlatformError as error:
        exit_with(Exit.FAILED, f"{owner.key}: {error.detail}")
    expiry = earliest_expiry(token)
    until = f"until {expiry:%Y-%m-%d %H:%M} UTC" if expiry else "with no known end"
    typer.echo(f"{owner.key}: access given, {until}")


def _show_progress(minutes: Sequence[datetime]) -> Iterable[datetime]:
    """Show how far the simulated hours are, on standard error."""
    return track(minutes, "simulating", console=Console(stderr=True), transient=True)


def _refuse_platform(config: Config, platform: str) -> NoReturn:
    platforms = ", ".join(config.platforms)
    exit_with(Exit.USAGE, f"unknown platform '{platform}': expected one of {platforms}")


def _account_to_log_in(
    config: Config, platform: str, handle: str | None
) -> tuple[Account, Consentable]:
    """Return the one account meant and its platform's grant; end the command with what there is otherwise."""
    if platform not in config.platforms:
        _refuse_platform(config, platform)
    grant = config.platforms[platform].grant
    if not isinstance(grant, Consentable):
        exit_with(
            Exit.USAGE,
            f"{platform} asks nobody to log in, or its app's id and secret are not set; "
            "see .env.example",
        )
    accounts = [account for account in config.accounts if account.platform == platform]
    matching = [account for account in accounts if handle in (None, account.handle)]
    if len(matching) != 1:
        handles = ", ".join(account.handle for account in accounts) or "none yet"
        exit_with(
            Exit.USAGE,
            f"name one account of {platform} with --account; configured in {config.path}: {handles}",
        )
    return matching[0], grant


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
            files=TokenFiles(config.storage.tokens),
        )


async def _once(config: Config) -> tuple[int, list[Broadcast]]:
    async with collector(config, now=now) as ready:
        await ready.resume()
        broadcasts = await ready.discover()
        polls = await ready.poll()
        await ready.publish()
        await ready.beat()
        return polls, broadcasts


async def _discover(config: Config) -> tuple[list[Broadcast], list[str]]:
    """Ask every account without touching storage; failures are listed, not raised."""
    broadcasts: list[Broadcast] = []
    failures: list[str] = []
    for platform in config.platforms.values():
        async with connect(
            platform, config, budget=Unmetered(), deadline_seconds=20, now=now
        ) as transport:
            for account in config.accounts:
                if account.platform != platform.name:
                    continue
                try:
                    resolved = await transport.run(platform.resolve(account))
                    exchange = platform.discover(resolved, (), now(), may_spend=True)
                    listed = (await transport.run(exchange)).broadcasts
                    for poll in _polls(platform, resolved, listed):
                        polled = (await transport.run(poll)).broadcasts
                        by_key = {broadcast.key: broadcast for broadcast in polled}
                        listed = tuple(by_key.get(entry.key, entry) for entry in listed)
                    broadcasts.extend(_match(broadcast, config) for broadcast in listed)
                except PlatformError as error:
                    failures.append(f"{account.key}: {error.detail}")
    return broadcasts, failures


def _match(broadcast: Broadcast, config: Config) -> Broadcast:
    belongs = match(broadcast, config.rules)
    return replace(broadcast, edition=belongs.edition, match_reason=belongs.reason)


def _polls(
    platform: AnyPlatform, account: Account, listed: tuple[Broadcast, ...]
) -> list[Exchange[Any]]:
    """Return the polls of what was listed: lists do not tell its state."""
    size = platform.batch_size
    batches = [listed[start : start + size] for start in range(0, len(listed), size)]
    return [platform.poll(batch, {account.key: account}, now()) for batch in batches]


def _no_accounts(config: Config) -> str:
    return f"No accounts yet: add them to {config.path} under accounts, then try again."


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


def _print_broadcasts(broadcasts: list[Broadcast], failures: list[str]) -> None:
    console = Console()
    table = Table("account", "state", "edition", "why", "title", "address")
    for broadcast in broadcasts:
        edition, reason = broadcast.edition or "none", broadcast.match_reason or ""
        cells = (broadcast.account, broadcast.status, edition, reason)
        table.add_row(*map(Text, (*cells, broadcast.title, broadcast.url)))
    console.print(table if broadcasts else "The accounts show nothing.")
    for failure in failures:
        console.print(failure, style="red", markup=False)
