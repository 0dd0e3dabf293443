"""What the configuration says of the event, as stored: programme, editions and accounts."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict

import polars as pl

from storage.database.connection import Database, Turn
from storage.model import Account, Edition, Names, PlannedSession, Programme
from storage.schema import ACCOUNTS, EDITIONS, columns_of, row_of
from storage.tables.build import build_frame

_PROGRAMME = {"key": "programme", "names": "name"}
_PLANNED = {"key": "session", "names": "name"}
_EDITION = {"key": "edition", "names": "name"}
PROGRAMME = pl.Schema(columns_of(Programme, **_PROGRAMME))
PLANNED = pl.Schema({"edition": pl.String(), **columns_of(PlannedSession, **_PLANNED)})


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
        self.programme = _programme(database.rows("SELECT * FROM programme"))
        self.planned = database.rows("SELECT * FROM planned_session").cast(PLANNED)  # pyright: ignore[reportArgumentType] - a mapping of column to type
        self.editions = database.rows("SELECT * FROM edition").select(list(EDITIONS)).cast(EDITIONS)
        accounts = database.rows("SELECT * FROM account").select(list(ACCOUNTS))
        self._accounts = {row["account"]: _account(row) for row in accounts.iter_rows(named=True)}

    def save_programme(self, programme: Programme, editions: Sequence[Edition]) -> None:
        """Replace what is stored of the event by these, in one transaction; nothing where they are the same."""
        row = row_of(programme, **_PROGRAMME)
        rows = [row_of(edition, skip=("sessions",), **_EDITION) for edition in editions]
        edition_frame = pl.DataFrame(rows, schema=EDITIONS)
        planned = _planned_frame(editions)
        with self._turn():
            same_days = self.editions.equals(edition_frame) and self.planned.equals(planned)
            if self.programme == programme and same_days:
                return
            with self._database.transaction():
                self._database.replace("programme", pl.DataFrame([row], schema=PROGRAMME))
                self._database.replace("edition", edition_frame)
                self._database.replace("planned_session", planned)
            self.programme = programme
            self.editions = edition_frame
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
        """Return every account ever saved."""
        return list(self._accounts.values())

    def event_names(self) -> list[str]:
        """Return every name of the programme, of its editions and of their cities."""
        columns = self.editions.select(pl.selectors.starts_with("name_", "city_"))
        names = [name for column in columns for name in column]
        return names + list(asdict(self.programme.names).values()) if self.programme else names

    def account_frame(self) -> pl.DataFrame:
        """Return the accounts as :data:`storage.schema.ACCOUNTS` rows."""
        return _account_frame(self._accounts.values())


def _account_frame(accounts: Iterable[Account]) -> pl.DataFrame:
    rows = list(accounts)
    names = [name for name in ACCOUNTS if name != "account"]
    columns = {name: [getattr(row, name) for row in rows] for name in names}
    return build_frame({"account": [row.key for row in rows], **columns}, ACCOUNTS)


def _account(row: dict[str, object]) -> Account:
    return Account(key=row.pop("account"), **row)  # pyright: ignore[reportArgumentType] - the table's columns are typed by ACCOUNTS


def _programme(rows: pl.DataFrame) -> Programme | None:
    for row in rows.iter_rows(named=True):
        names = Names(**{language: row[f"name_{language}"] for language in columns_of(Names)})
        return Programme(key=row["programme"], names=names, time_zone=row["time_zone"])
    return None


def _planned_frame(editions: Sequence[Edition]) -> pl.DataFrame:
    rows = [
        row_of(session, **_PLANNED)
        | {"session": f"{edition.key}/{session.key}", "edition": edition.key}
        for edition in editions
        for session in edition.sessions
    ]
    return pl.DataFrame(rows, schema=PLANNED)
