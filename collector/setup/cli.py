"""``livetally accounts``: which official accounts are followed, by the address of their page."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from ruamel.yaml.comments import CommentedMap

from collector.config.load import Config
from collector.contract.errors import ConfigError, PlatformError
from collector.platforms import platforms
from collector.setup.config_file import append_item, edit_config, remove_item
from collector.setup.recognition import Recognized, Unrecognized, recognize
from collector.transport.client import Unmetered
from collector.transport.connect import connect
from storage.model import Account

group = typer.Typer(
    name="accounts",
    no_args_is_help=True,
    help="The official accounts that are followed: add one by the address of its page.",
)
AsJson = Annotated[bool, typer.Option("--json", help="For machines.")]
_ANSWER_SECONDS = 10.0


@group.command(name="list")
def list_accounts(ctx: typer.Context, *, as_json: AsJson = False) -> None:
    """List the accounts in the configuration."""
    config: Config = ctx.obj.config
    rows = [
        {"platform": account.platform, "handle": account.handle, "name": account.name}
        for account in config.accounts
    ]
    if as_json:
        typer.echo(json.dumps({"accounts": rows}, ensure_ascii=False))
        return
    for account in config.accounts:
        name = "" if account.name == account.handle else f"  {account.name}"
        typer.echo(f"{account.key}{name}")
    if not rows:
        typer.echo(
            f"{config.path}: no accounts yet. `livetally accounts add` with the address of a page adds one."
        )


@group.command()
def add(
    ctx: typer.Context,
    addresses: Annotated[
        list[str], typer.Argument(help="Addresses of pages, such as https://www.youtube.com/@DGSN.")
    ],
    *,
    platform: Annotated[
        str | None, typer.Option(help="Take what is given for a name on this platform.")
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="As people know it; the handle unless given.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Follow accounts: each is shown as it was understood, and written on a yes.

    Only a server of somebody's own is asked, for what it runs. Comments in the file stay; a collector
    that runs follows the new account within a minute.
    """
    config: Config = ctx.obj.config
    chosen = [_recognized(address, platform, config) for address in addresses]
    known = {account.key for account in config.accounts}
    new = [each for each in dict.fromkeys(chosen) if each.key not in known]
    for each in chosen:
        there = "" if each in new else "  (followed already)"
        typer.echo(f"{platforms()[each.platform].display_name}: {each.handle}{there}")
    if not new:
        return
    if not yes and not typer.confirm("Follow?" if len(new) == 1 else "Follow all?", default=True):
        raise typer.Abort
    edit_config(config.path, lambda values: _append(values, new, name))
    typer.echo(f"{config.path}: written. `livetally doctor` says what they need.")


@group.command()
def remove(
    ctx: typer.Context,
    account: Annotated[str, typer.Argument(help="As `livetally accounts list` writes it.")],
) -> None:
    """Follow an account no longer; what was counted of it stays."""
    config: Config = ctx.obj.config
    keys = [each.key for each in config.accounts]
    if account not in keys:
        raise ConfigError(
            f"{config.path}: {account} is not among the accounts: {', '.join(keys) or 'there is none'}"
        )
    place = keys.index(account)
    edit_config(config.path, lambda values: remove_item(values, "accounts", place))
    typer.echo(f"{config.path}: written. {account} is not asked any more; its counts stay.")


def _append(values: CommentedMap, new: list[Recognized], name: str | None) -> None:
    for each in new:
        item: dict[str, Any] = {"platform": each.platform, "handle": each.handle}
        append_item(values, "accounts", item | ({"name": name} if name else {}))


def _recognized(text: str, platform: str | None, config: Config) -> Recognized:
    known = platforms()
    if platform is None:
        candidates = recognize(text, known)
        return candidates[0] if len(candidates) == 1 else asyncio.run(_ask(candidates, config))
    if platform not in known:
        raise Unrecognized(f"{platform}: no platform; expected one of {', '.join(known)}")
    return Recognized(platform=platform, handle=text)


async def _ask(candidates: list[Recognized], config: Config) -> Recognized:
    """Return the first that its server answers as."""
    refusals: list[str] = []
    for each in candidates:
        platform = config.platforms[each.platform]
        account = Account(
            key=each.key, platform=each.platform, handle=each.handle, name=each.handle,
            native_id=None, resolved_at=None,
        )  # fmt: skip
        async with connect(
            platform, config, budget=Unmetered(), deadline_seconds=_ANSWER_SECONDS, now=_now
        ) as transport:
            try:
                await transport.run(platform.probe(await transport.run(platform.resolve(account))))
            except PlatformError as error:
                refusals.append(f"as {platform.display_name}: {error.detail}")
            else:
                return each
    raise Unrecognized(
        f"{candidates[0].handle}: no server that is known answers there ({'; '.join(refusals)});"
        " --platform says which one it is"
    )


def _now() -> datetime:
    return datetime.now(UTC)
