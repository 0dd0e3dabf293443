"""Assignment of imported rows to an account, an edition and a view definition. Pure.

What the store knows of a broadcast goes before what the command says; a broadcast that no edition
is known to hold is refused with what to say. Nothing is assigned by its title.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlsplit

import polars as pl

from storage.definitions import OWNER_FIGURES, in_force
from storage.imports.formats.layout import LAYOUTS
from storage.imports.parse import dates
from storage.imports.read_rows import ImportedFigure, ImportOptions
from storage.model import Account, Broadcast
from storage.names import lowered
from storage.tables.build import build_frame, clean_text
from storage.tables.long_form import COLUMNS, Batch, InvalidRow, row_problem

_TITLE_CHARACTERS = 1_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Lookup:
    """What the store knows. ``editions`` are :data:`storage.schema.EDITIONS` rows.

    ``broadcasts`` are by key, and by :func:`addresses`: Facebook's live videos have another id in
    its interface than in their address, and Instagram's another while live than afterwards.
    """

    broadcasts: Mapping[str, Broadcast]
    accounts: Sequence[Account]
    editions: pl.DataFrame

    def edition_on(self, begin: datetime, end: datetime) -> str | None:
        """Return the edition in whose days a period begins; ``None`` when it is in none's."""
        row = self.editions.filter((pl.col("starts_at") < end) & (pl.col("ends_at") > begin))
        return str(row["edition"][0]) if row.height else None

    def broadcast_of(self, figure: ImportedFigure) -> Broadcast | None:
        """Return the broadcast that a figure is of, by its id or else its link."""
        if figure.broadcast is None:
            return None
        own = self.broadcasts.get(f"{figure.platform}:{figure.broadcast}")
        if own is None and figure.link:
            return self.broadcasts.get(_address(figure.platform, figure.link))
        return own


@dataclass(frozen=True, kw_only=True, slots=True)
class AssignmentTarget:
    """What the command says. ``any_day``: also what was published outside the edition's days."""

    edition: str | None = None
    account: str | None = None
    any_day: bool = False


class _Refused(Exception):
    """A row that belongs nowhere; the text says why, and what to do."""


def assign_rows(
    figures: Iterable[ImportedFigure],
    lookup: Lookup,
    target: AssignmentTarget,
    options: ImportOptions,
) -> Batch:
    """Return a row for each count of each figure, and the lines that belong nowhere."""
    rows: list[dict[str, object]] = []
    lines: list[int] = []
    refused: list[InvalidRow] = []
    for figure in figures:
        broadcast = lookup.broadcast_of(figure)
        try:
            edition = _edition(figure, broadcast, lookup, target, options)
            account = _account(figure, broadcast, lookup, target)
        except _Refused as reason:
            refused.append(InvalidRow(line=figure.line, reason=str(reason)))
            continue
        for row in _rows(figure, broadcast, options):
            row |= {"edition": edition, "account": account}
            reason = row_problem(row)
            if reason:
                refused.append(InvalidRow(line=figure.line, reason=f"{row['metric']}: {reason}"))
            else:
                rows.append(row)
                lines.append(figure.line)
    table = build_frame({name: [row[name] for row in rows] for name in COLUMNS}, COLUMNS)
    return Batch(rows=_defined(table), lines=tuple(lines), refused=tuple(refused))


def addresses(broadcasts: Iterable[Broadcast]) -> dict[str, Broadcast]:
    """Return broadcasts by what is the same in every spelling of their address."""
    return {
        _address(broadcast.platform, broadcast.url): broadcast
        for broadcast in broadcasts
        if broadcast.url
    }


def _address(platform: str, url: str) -> str:
    """Return the id of a video that a Facebook address names, else the path."""
    facebook = LAYOUTS["facebook"]
    video = facebook.in_address(url, "broadcast") if platform == facebook.platform else None
    return f"{platform} {video or urlsplit(url).path.strip('/')}"


def _account(
    figure: ImportedFigure, broadcast: Broadcast | None, lookup: Lookup, target: AssignmentTarget
) -> str | None:
    """Return the account's key: the store's, by id or name, or the target's; ``None``: unknown.

    An account's own figure of which nothing says whose is refused, and an account of elsewhere.
    """
    if broadcast:
        return broadcast.account
    own = [account for account in lookup.accounts if account.platform == figure.platform]
    for account in own:
        handle = lowered(account.handle.removeprefix("@"))
        if figure.owner and figure.owner == account.native_id:
            return account.key
        if figure.handle and lowered(figure.handle.removeprefix("@")) == handle:
            return account.key
    remedy = f"add --account {figure.platform}:@name"
    if target.account is None and figure.broadcast is None:
        raise _Refused(
            f"a whole account's figure, and the file does not name the account: {remedy}"
        )
    if target.account is not None and not target.account.startswith(f"{figure.platform}:"):
        raise _Refused(f"unknown account '{target.account}' on {figure.platform}: {remedy}")
    return target.account


def _edition(
    figure: ImportedFigure,
    broadcast: Broadcast | None,
    lookup: Lookup,
    target: AssignmentTarget,
    options: ImportOptions,
) -> str:
    if broadcast and broadcast.edition:
        if target.edition in (None, broadcast.edition):
            return broadcast.edition
        raise _Refused(
            f"{figure.broadcast} counts for {broadcast.edition}, not for {target.edition}"
        )
    period = _period(figure, options)
    dated = lookup.edition_on(*period) if period else None
    if target.edition is None:
        if dated:
            return dated
        when = f"{_day(period, options)} is in no edition's days" if period else "it has no date"
        raise _Refused(f"unknown edition ({when}): add --edition")
    if period and dated != target.edition and not target.any_day:
        day = _day(period, options)
        raise _Refused(
            f"{day} is not in the days of {target.edition}: add --any-day if it belongs to it"
        )
    return target.edition


def _period(figure: ImportedFigure, options: ImportOptions) -> tuple[datetime, datetime] | None:
    """Return the day that tells the edition: a broadcast's own, or the one that an account's counts are of."""
    if figure.broadcast is None:
        return figure.period
    if figure.published is None:
        return None
    return dates.bounds(figure.published.day, figure.published.day, options.zone)


def _day(period: tuple[datetime, datetime], options: ImportOptions) -> date:
    return period[0].astimezone(options.zone).date()


def _rows(
    figure: ImportedFigure, broadcast: Broadcast | None, options: ImportOptions
) -> Iterable[dict[str, object]]:
    published = figure.published.instant(options.zone) if figure.published else None
    starts_at, ends_at = figure.period or (None, None)
    title = clean_text(figure.title, characters=_TITLE_CHARACTERS) if figure.title else None
    for metric, value in figure.counts.items():
        yield {
            "platform": figure.platform,
            "broadcast": broadcast.native_id if broadcast else figure.broadcast,
            "title": title,
            "published_at": broadcast.published_at if broadcast else published,
            "started_at": broadcast.started_at if broadcast else None,
            "observed_at": options.as_of,
            "period_starts_at": starts_at,
            "period_ends_at": ends_at,
            "metric": str(metric),
            "value": value,
            "definition": None,
            "source": figure.source,
        }


def _defined(rows: pl.DataFrame) -> pl.DataFrame:
    """Name the definition by which each row counts: the one in force when its count ended."""
    ended = pl.min_horizontal("observed_at", "period_ends_at")
    keys = rows.with_columns(observed_at=ended).select(in_force(list(OWNER_FIGURES.values())))
    return rows.with_columns(keys["definition"]).select(list(COLUMNS))
