"""Keeps what the configuration says of the event: programme, editions and accounts."""

from collections.abc import Iterable, Sequence

import polars as pl

from storage.database.connection import Database, Turn
from storage.model import Account, Edition, Names, Programme, Reported
from storage.schema import ACCOUNTS, EDITIONS
from storage.tables.build import build_frame

PROGRAMME = pl.Schema(
    {
        "programme": pl.String(),
        "name_ar": pl.String(),
        "name_fr": pl.String(),
        "name_en": pl.String(),
        "time_zone": pl.String(),
    }
)

PLANNED = pl.Schema(
    {
        "session": pl.String(),
        "edition": pl.String(),
        "name_ar": pl.String(),
        "name_fr": pl.String(),
        "name_en": pl.String(),
        "broadcasts": pl.List(pl.String()),
    }
)


class EventTables:
    """The event's programme, editions with their sessions, and accounts, as the tables have them.

    Methods may be called from any thread.
    """

    def __init__(self, database: Database, turn: Turn) -> None:
        self._database = database
        self._turn = turn
        self.load()

    def load(self) -> None:
        """Read what earlier runs wrote, in the caller's turn."""
        database = self._database
        programmes = database.rows(
            "SELECT programme, name_ar, name_fr, name_en, time_zone FROM programme"
        )
        self.programme = _programme(programmes)
        self.planned = database.rows("SELECT * FROM planned_session").cast(PLANNED)  # pyright: ignore[reportArgumentType] - a mapping of column to type
        self.editions = database.rows("SELECT * FROM edition").select(list(EDITIONS)).cast(EDITIONS)
        accounts = database.rows("SELECT * FROM account").select(list(ACCOUNTS))
        self._accounts = {row["account"]: _account(row) for row in accounts.iter_rows(named=True)}

    def save_programme(self, programme: Programme, editions: Sequence[Edition]) -> None:
        """Replace what is stored of the event by these, in one transaction."""
        row = {
            "programme": [programme.key],
            "name_ar": [programme.names.ar],
            "name_fr": [programme.names.fr],
            "name_en": [programme.names.en],
            "time_zone": [programme.time_zone],
        }
        rows = pl.DataFrame([_edition_row(edition) for edition in editions], schema=EDITIONS)
        planned = _planned_frame(editions)
        with self._turn():
            with self._database.transaction():
                self._database.replace("programme", build_frame(row, PROGRAMME))
                self._database.replace("edition", rows)
                self._database.replace("planned_session", planned)
            self.programme = programme
            self.editions = rows
            self.planned = planned

    def save_accounts(self, accounts: Iterable[Account]) -> None:
        """Add accounts, or change those of the same key, in one transaction."""
        changed = {account.key: account for account in accounts}
        if not changed:
            return
        with self._turn():
            updated = {**self._accounts, **changed}
            with self._database.transaction():
                self._database.replace("account", _account_frame(updated.values()))
            self._accounts = updated

    def accounts(self) -> list[Account]:
        """Give every account ever saved."""
        return list(self._accounts.values())

    def event_names(self) -> list[str]:
        """Give every name of the programme, of its editions and of their cities."""
        columns = self.editions.select(pl.selectors.starts_with("name_", "city_"))
        names = [name for column in columns for name in column]
        if self.programme:
            own = self.programme.names
            names += [own.ar, own.fr, own.en]
        return names

    def account_frame(self) -> pl.DataFrame:
        """Give the accounts as :data:`storage.schema.ACCOUNTS` rows."""
        return _account_frame(self._accounts.values())


def _account_frame(accounts: Iterable[Account]) -> pl.DataFrame:
    rows = list(accounts)
    names = [name for name in ACCOUNTS if name != "account"]
    columns = {name: [getattr(row, name) for row in rows] for name in names}
    return build_frame({"account": [row.key for row in rows], **columns}, ACCOUNTS)


def _account(row: dict[str, object]) -> Account:
    return Account(key=row.pop("account"), **row)  # pyright: ignore[reportArgumentType] - the table's columns are typed by ACCOUNTS


def _programme(rows: pl.DataFrame) -> Programme | None:
    for key, name_ar, name_fr, name_en, time_zone in rows.iter_rows():
        return Programme(
            key=key, names=Names(ar=name_ar, fr=name_fr, en=name_en), time_zone=time_zone
        )
    return None


def _edition_row(edition: Edition) -> dict[str, object]:
    return {
        "edition": edition.key,
        "name_ar": edition.names.ar,
        "name_fr": edition.names.fr,
        "name_en": edition.names.en,
        "city_ar": edition.city.ar,
        "city_fr": edition.city.fr,
        "city_en": edition.city.en,
        "starts_at": edition.starts_at,
        "ends_at": edition.ends_at,
        "target_views": edition.target_views,
        **_reported("reported_views", edition.reported_views),
        **_reported("reported_visitors", edition.reported_visitors),
    }


def _planned_frame(editions: Sequence[Edition]) -> pl.DataFrame:
    named = [(edition.key, session) for edition in editions for session in edition.sessions]
    columns = {
        "session": [f"{edition}/{session.key}" for edition, session in named],
        "edition": [edition for edition, _ in named],
        "name_ar": [session.names.ar for _, session in named],
        "name_fr": [session.names.fr for _, session in named],
        "name_en": [session.names.en for _, session in named],
        "broadcasts": [list(session.broadcasts) for _, session in named],
    }
    return build_frame(columns, PLANNED)


def _reported(name: str, reported: Reported | None) -> dict[str, object]:
    return {
        name: reported.value if reported else None,
        f"{name}_wording": reported.wording if reported else None,
        f"{name}_sources": list(reported.sources) if reported else None,
    }
