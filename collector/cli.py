"""``livetally collect``: run, once, discover."""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from collector.app import collector, run_until_stopped
from collector.config import Config
from collector.connect import connect
from collector.contract import Platform
from collector.errors import PlatformError
from collector.exchange import Exchange
from collector.matching import match
from collector.transport import Unmetered
from storage.model import Account, Broadcast

group = typer.Typer(
    no_args_is_help=True, help="Ask the platforms, and write what they say to storage."
)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a script instead of a table.")]


def now() -> datetime:
    """Return the time: the collector's one clock."""
    return datetime.now(UTC)


@group.command()
def run(ctx: typer.Context) -> None:
    """Poll on schedule until SIGTERM or Ctrl-C, which finish the tick and exit 0."""
    asyncio.run(run_until_stopped(_config(ctx), now=now))


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
    platform: Platform, account: Account, listed: tuple[Broadcast, ...]
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
