"""`livetally status` on a terminal: what stands in :mod:`storage.reports.status`, as tables."""

import time
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from rich.console import Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from storage.analysis.sight import EditionPhase, Sight
from storage.cli.options import describe_error
from storage.definitions.platforms import format_amount, unit_of
from storage.model import NEEDS_A_PERSON, SourceState, Unit
from storage.read_model.reader import NotPublished
from storage.reports.size import warnings_of

_STYLES = {str(state): "bold red" for state in NEEDS_A_PERSON} | {
    str(SourceState.OK): "green",
    str(SourceState.FAILING): "red",
}


def watch_status(
    status: Callable[[datetime], dict[str, Any]],
    *,
    now: Callable[[], datetime],
    every_seconds: float,
) -> None:
    """Show the status anew ``every_seconds`` until Ctrl-C; what is not published yet may come."""
    with Live(_status_now(status, now()), auto_refresh=False) as screen:
        try:
            while True:
                time.sleep(every_seconds)
                screen.update(_status_now(status, now()), refresh=True)
        except KeyboardInterrupt:
            return


def status_tables(status: dict[str, Any]) -> RenderableType:
    """Lay out what :func:`storage.reports.status.status_of` returns."""
    return Group(*_heads(status), _sources(status["sources"]), _editions(status["editions"]))


def _status_now(status: Callable[[datetime], dict[str, Any]], at: datetime) -> RenderableType:
    try:
        tables = status_tables(status(at))
    except NotPublished as error:
        return Text(describe_error(error))
    return Group(Text(f"{at:%Y-%m-%d %H:%M:%S} UTC", style="dim"), tables)


def _heads(status: dict[str, Any]) -> list[Text]:
    alarms: list[str] = []
    if refusal := status["refusal"]:
        alarms.append(
            f"the disk refuses what is recorded since {refusal['since']}: "
            f"{refusal['rows']:,} rows wait in memory, {refusal['dropped']:,} were dropped. "
            "Make room, or let it be written to; nothing needs a restart"
        )
    if loss := status["loss"]:
        alarms.append(_describe_loss(loss))
    if names := status["needs_a_person"]:
        alarms.append(f"needs a person: {', '.join(names)} (livetally doctor says what to do)")
    age = status["collector_seen_seconds_ago"]
    style = "bold red" if status["collector_is_dead"] else ""
    return [
        *([Text("SIMULATED: nothing here is real", "bold")] if status["simulated"] else ()),
        Text(f"collector last seen {'never' if age is None else f'{age:,.0f} s ago'}", style),
        Text(f"what follows was published at {status['published_at']}", style),
        *(Text(line, "yellow") for line in unseen_accounts(status["accounts"])),
        *(Text(alarm, "bold red") for alarm in alarms),
        *(Text(line, "yellow") for line in (warnings_of(status["size"]) if status["size"] else ())),
    ]


def unseen_accounts(accounts: Iterable[Mapping[str, Any]]) -> list[str]:
    """Say of which accounts it is not known whether they are on the air, and why."""
    lines: list[str] = []
    for account in accounts:
        why = f": {account['reason']}" if account["reason"] else ""
        match Sight(account["sight"]):
            case Sight.LOST:
                lines.append(f"{account['account']} was not seen since {account['seen_at']}{why}")
            case Sight.NEVER:
                answered = "never answered" if why else "was not asked yet"
                lines.append(f"{account['account']} {answered}{why}")
            case Sight.UNTOLD:
                lines.append(f"{account['account']}: its source does not tell whether it is on air")
            case _:
                pass
    return lines


def _describe_loss(loss: dict[str, Any]) -> str:
    source = f"restored from {loss['restored_from']}" if loss["restored_from"] else "begun anew"
    what = f"holds less than is known of it ({loss['detail']})"
    others = "".join(
        f" {other['name']}: "
        + (other["trouble"] or f"{other['polls']:,} polls, to {other['newest_poll']}")
        + "."
        for other in loss["others"]
    )
    return (
        f"the database {what if loss['behind'] else f'was damaged and {source}'}: what was recorded "
        f"from {loss['since'] or 'the beginning'} to {loss['until']} may be missing. Nothing was "
        f"deleted; when it is settled, remove quarantine/{loss['quarantine']} beside the database."
        f"{' Other copies:' if others else ''}{others}"
    )


def _sources(sources: list[dict[str, Any]]) -> Table:
    heads = (
        "platform",
        "state",
        "quota used",
        "last answer",
        "open gaps",
        "next poll",
        "next look",
        "trouble",
    )
    table = Table(*heads)
    for source in sources:
        answered = source["last_success_seconds_ago"]
        state = source["state"] or "not told"
        failed = source["last_outcome"] != "ok" and source["last_error"]
        table.add_row(
            Text(source["bucket"] or source["platform"]),
            Text(state, style=_STYLES.get(state, "yellow")),
            "no quota" if source["limit"] is None else _used(source),
            "never" if answered is None else f"{answered:,.0f} s ago",
            str(source["open_gaps"]),
            Text(source["next_poll_at"] or "none"),
            Text(source["next_look_at"] or "none"),
            Text(_paused(source) or failed or _given_up(source)),
        )
    return table


def _paused(source: dict[str, Any]) -> str:
    """Say why what is not asked now, and until when; nothing where all is asked."""
    if source["paused_reason"] is None:
        return ""
    whose = ", ".join(source["paused_accounts"] or ())
    until = f" until {source['paused_until']}" if source["paused_until"] else ""
    return f"{f'{whose}: ' if whose else ''}not asked{until}: {source['paused_reason']}"


def _used(source: dict[str, Any]) -> str:
    unit = unit_of(source["platform"], source["bucket"])
    used, limit = (format_amount(source[key] or 0, unit) for key in ("used", "limit"))
    return used if unit is Unit.PER_CENT else f"{used} of {limit}"


def _given_up(source: dict[str, Any]) -> str:
    scarce = ", ".join(source["given_up"] or ())
    return f"polled less often: {scarce}" if scarce else ""


def _editions(editions: list[dict[str, Any]]) -> Table:
    table = Table("edition", "sum of platform-reported views", "as of", "on air", "watching now")
    for edition in editions:
        table.add_row(
            edition["edition"],
            _written_count(edition["views"]),
            edition["as_of"] or "",
            _on_air(edition),
            _written_count(edition["concurrent_viewers"]),
        )
    return table


def _on_air(edition: Mapping[str, Any]) -> str:
    """Write how many are on air; 0 only where that is seen, or the edition is over."""
    before = edition["live_when_last_seen"]
    unknown = edition["state"] == EditionPhase.UNKNOWN
    now = "not known" if unknown or (before and not edition["live"]) else str(edition["live"])
    return f"{now}, {before} when last seen" if before else now


def _written_count(count: int | None) -> str:
    return "not told" if count is None else f"{count:,}"
