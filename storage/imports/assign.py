"""Places what a file tells: which account's, which edition's, and by which definition. Pure.

What the store knows of a broadcast goes before what the command says; a broadcast that no edition
is known to hold is refused with what to say. Nothing is placed by its title.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlsplit

import polars as pl

from storage.definitions import in_force
from storage.definitions.owner_figures import DEFINITIONS
from storage.imports.formats.meta_content import VIDEO_ADDRESS
from storage.imports.parse import dates
from storage.imports.read_rows import ImportedFigure, ImportOptions
from storage.model import Account, Broadcast
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
        """Give the edition in whose days a stretch begins; ``None`` when it is in none's."""
        row = self.editions.filter((pl.col("starts_at") < end) & (pl.col("ends_at") > begin))
        return str(row["edition"][0]) if row.height else None


@dataclass(frozen=True, kw_only=True, slots=True)
class AssignmentTarget:
    """What the command says. ``any_day``: also what was published outside the edition's days."""

    edition: str | None = None
    account: str | None = None
    any_day: bool = False


def assign_rows(
    told: Iterable[ImportedFigure], known: Lookup, wanted: AssignmentTarget, given: ImportOptions
) -> Batch:
    """Give a row for each count of each broadcast, and the lines that belong nowhere."""
    rows: list[dict[str, object]] = []
    lines: list[int] = []
    refused: list[InvalidRow] = []
    for one in told:
        edition = _edition(one, known, wanted, given)
        if isinstance(edition, InvalidRow):
            refused.append(edition)
            continue
        account = account_of(one, known, wanted)
        if isinstance(account, InvalidRow):
            refused.append(account)
            continue
        for row in _rows(one, edition, account, known, given):
            reason = row_problem(row)
            if reason:
                refused.append(InvalidRow(line=one.line, reason=f"{row['metric']}: {reason}"))
            else:
                rows.append(row)
                lines.append(one.line)
    table = build_frame({name: [row[name] for row in rows] for name in COLUMNS}, COLUMNS)
    return Batch(rows=_defined(table), lines=tuple(lines), refused=tuple(refused))


def addresses(broadcasts: Iterable[Broadcast]) -> dict[str, Broadcast]:
    """Give broadcasts by what is the same in every spelling of their address."""
    return {_address(one.platform, one.url): one for one in broadcasts if one.url}


def account_of(
    told: ImportedFigure, known: Lookup, wanted: AssignmentTarget
) -> str | InvalidRow | None:
    """Give the account's key: the store's, by id or name, as wanted; ``None`` when nothing tells.

    A whole account's figure of which nothing tells whose is refused, and an account of elsewhere.
    """
    broadcast = _known(told, known)
    if broadcast:
        return broadcast.account
    own = [one for one in known.accounts if one.platform == told.platform]
    for account in own:
        handle = account.handle.removeprefix("@").casefold()
        if told.owner and told.owner == account.native_id:
            return account.key
        if told.handle and told.handle.removeprefix("@").casefold() == handle:
            return account.key
    remedy = f"add --account {told.platform}:@name"
    if wanted.account is None and told.broadcast is None:
        reason = f"a whole account's, and the file does not say whose: {remedy}"
        return InvalidRow(line=told.line, reason=reason)
    if wanted.account is not None and not wanted.account.startswith(f"{told.platform}:"):
        reason = f"{wanted.account} is no account of {told.platform}: {remedy}"
        return InvalidRow(line=told.line, reason=reason)
    return wanted.account


def _known(told: ImportedFigure, known: Lookup) -> Broadcast | None:
    if told.broadcast is None:
        return None
    own = known.broadcasts.get(f"{told.platform}:{told.broadcast}")
    if own is None and told.link:
        return known.broadcasts.get(_address(told.platform, told.link))
    return own


def _address(platform: str, url: str) -> str:
    """Give the id of a video that a Facebook address names, else the path."""
    video = VIDEO_ADDRESS.search(url) if platform == "facebook" else None
    path = (video[1] or video[2]) if video else urlsplit(url).path.strip("/")
    return f"{platform} {path}"


def _edition(
    told: ImportedFigure, known: Lookup, wanted: AssignmentTarget, given: ImportOptions
) -> str | InvalidRow:
    broadcast = _known(told, known)
    if broadcast and broadcast.edition:
        if wanted.edition in (None, broadcast.edition):
            return broadcast.edition
        reason = f"{told.broadcast} counts for {broadcast.edition}, not for {wanted.edition}"
        return InvalidRow(line=told.line, reason=reason)
    stretch = _stretch(told, given)
    there = known.edition_on(*stretch) if stretch else None
    if wanted.edition is None:
        if there:
            return there
        when = f"{_day(stretch, given)} is in the days of none" if stretch else "it has no date"
        reason = f"no edition is known to hold it ({when}): add --edition"
        return InvalidRow(line=told.line, reason=reason)
    if stretch and there != wanted.edition and not wanted.any_day:
        reason = f"{_day(stretch, given)} is not in the days of {wanted.edition}: add --any-day if it is of it"
        return InvalidRow(line=told.line, reason=reason)
    return wanted.edition


def _stretch(told: ImportedFigure, given: ImportOptions) -> tuple[datetime, datetime] | None:
    """Give the day that tells the edition: a broadcast's own, a whole account's counted one."""
    if told.broadcast is None:
        return told.period
    if told.published is None:
        return None
    return dates.bounds(told.published.day, told.published.day, given.zone)


def _day(stretch: tuple[datetime, datetime], given: ImportOptions) -> date:
    return stretch[0].astimezone(given.zone).date()


def _rows(
    told: ImportedFigure, edition: str, account: str | None, known: Lookup, given: ImportOptions
) -> Iterable[dict[str, object]]:
    broadcast = _known(told, known)
    published = told.published.instant(given.zone) if told.published else None
    starts_at, ends_at = told.period or (None, None)
    title = clean_text(told.title, characters=_TITLE_CHARACTERS) if told.title else None
    for metric, value in told.counts.items():
        yield {
            "edition": edition,
            "platform": told.platform,
            "account": account,
            "broadcast": broadcast.native_id if broadcast else told.broadcast,
            "title": title,
            "published_at": broadcast.published_at if broadcast else published,
            "started_at": broadcast.started_at if broadcast else None,
            "observed_at": given.as_of,
            "period_starts_at": starts_at,
            "period_ends_at": ends_at,
            "metric": str(metric),
            "value": value,
            "definition": None,
            "source": told.source,
        }


def _defined(rows: pl.DataFrame) -> pl.DataFrame:
    """Say by which definition each row counts: the one in force when its count ended."""
    ended = pl.min_horizontal("observed_at", "period_ends_at")
    keys = rows.with_columns(observed_at=ended).select(in_force(list(DEFINITIONS.values())))
    return rows.with_columns(keys["definition"]).select(list(COLUMNS))
