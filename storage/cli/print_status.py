"""`livetally status` on a terminal: what stands in :mod:`storage.reports.status`, as tables."""

import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from storage.model import NEEDS_A_PERSON, SourceState
from storage.read_model.reader import NotPublished, OtherVersion
from storage.reports.status import status_of
from storage.units import Unit, unit_of, written

_STYLES = {str(state): "bold red" for state in NEEDS_A_PERSON} | {
    str(SourceState.OK): "green",
    str(SourceState.FAILING): "red",
}


def watch_status(folder: Path, *, now: Callable[[], datetime], every_seconds: float) -> None:
    """Show the status anew ``every_seconds`` until Ctrl-C; what is not published yet may come."""
    with Live(_looked(folder, now()), auto_refresh=False) as screen:
        try:
            while True:
                time.sleep(every_seconds)
                screen.update(_looked(folder, now()), refresh=True)
        except KeyboardInterrupt:
            return


def status_tables(found: dict[str, Any]) -> RenderableType:
    """Lay out what :func:`storage.reports.status.status_of` found."""
    return Group(*_heads(found), _sources(found["sources"]), _editions(found["editions"]))


def print_absence(error: NotPublished) -> str:
    """Say why there is nothing to show, and what to do."""
    return (
        str(error)
        if isinstance(error, OtherVersion)
        else f"{error}\nStart the collector: livetally up"
    )


def _looked(folder: Path, at: datetime) -> RenderableType:
    try:
        found = status_of(folder, now=at)
    except NotPublished as error:
        return Text(print_absence(error))
    return Group(Text(f"{at:%Y-%m-%d %H:%M:%S} UTC", style="dim"), status_tables(found))


def _heads(found: dict[str, Any]) -> list[Text]:
    seen = found["collector_seen_seconds_ago"]
    heads = [
        Text(
            f"collector last seen {'never' if seen is None else f'{seen:,.0f} s ago'}",
            style="bold red" if found["collector_is_dead"] else "",
        )
    ]
    if found["simulated"]:
        heads.insert(0, Text("SIMULATED: nothing here is real", style="bold"))
    if refusal := found["refusal"]:
        heads.append(
            Text(
                f"the disk refuses what is recorded since {refusal['since']}: "
                f"{refusal['rows']:,} rows wait in memory, {refusal['dropped']:,} were dropped. "
                "Make room, or let it be written to; nothing needs a restart",
                style="bold red",
            )
        )
    if loss := found["loss"]:
        heads.append(Text(_lost(loss), style="bold red"))
    if found["needs_a_person"]:
        names = ", ".join(found["needs_a_person"])
        heads.append(
            Text(f"needs a person: {names} (livetally doctor says what to do)", "bold red")
        )
    return heads


def _lost(loss: dict[str, Any]) -> str:
    came = f"restored from {loss['restored_from']}" if loss["restored_from"] else "begun anew"
    return (
        f"the database was damaged and {came}: what was recorded from "
        f"{loss['since'] or 'the beginning'} to {loss['until']} may be missing. Nothing was deleted; "
        f"when it is settled, remove quarantine/{loss['quarantine']} beside the database"
    )


def _sources(sources: list[dict[str, Any]]) -> Table:
    heads = ("platform", "state", "quota used", "last answer", "open gaps", "next poll", "trouble")
    table = Table(*heads)
    for one in sources:
        used = "no quota" if one["limit"] is None else _used(one)
        answered = one["last_success_seconds_ago"]
        state = one["state"] or "not told"
        failed = one["last_outcome"] != "ok" and one["last_error"]
        table.add_row(
            Text(one["bucket"] or one["platform"]),
            Text(state, style=_STYLES.get(state, "yellow")),
            used,
            "never" if answered is None else f"{answered:,.0f} s ago",
            str(one["open_gaps"]),
            Text(one["next_poll_at"] or "none"),
            Text(one["paused_reason"] or failed or _given_up(one)),
        )
    return table


def _used(source: dict[str, Any]) -> str:
    unit = unit_of(source["platform"], source["bucket"])
    used, limit = (written(source[key] or 0, unit) for key in ("used", "limit"))
    return used if unit is Unit.PER_CENT else f"{used} of {limit}"


def _given_up(source: dict[str, Any]) -> str:
    scarce = ", ".join(source["given_up"] or ())
    return f"polled less often: {scarce}" if scarce else ""


def _editions(editions: list[dict[str, Any]]) -> Table:
    table = Table("edition", "sum of platform-reported views", "as of", "on air")
    for one in editions:
        views = "not told" if one["views"] is None else f"{one['views']:,}"
        table.add_row(one["edition"], views, one["as_of"] or "", str(one["live"]))
    return table
