"""What the ``livetally storage`` commands that write begin with: the database opened, or why not."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol, cast

import duckdb
import typer
from rich.console import Console

from storage.errors import StoreDamaged, StoreLocked, StoreUnwritable
from storage.store import Store

LOCKED, UNWRITABLE, DAMAGED = 5, 3, 4


class CommandContext(Protocol):
    """What these commands need of the context: where the database and the read model are."""

    @property
    def database(self) -> Path:
        """The DuckDB file."""
        ...

    @property
    def backups(self) -> Path:
        """The folder of verified copies."""
        ...

    @property
    def backups_kept(self) -> int:
        """How many of them are kept."""
        ...

    @property
    def read_model(self) -> Path:
        """The folder readers open."""
        ...


def now() -> datetime:
    """Tell the time, in UTC."""
    return datetime.now(UTC)


@contextmanager
def open_store(ctx: typer.Context) -> Generator[Store, None, None]:
    """Open the database that is there; say in one line what is wrong, with design's exit codes."""
    place = cast("CommandContext", ctx.obj)
    path = place.database
    if not path.exists():
        typer.echo(f"{path}: no database yet; `livetally collect run` makes it", err=True)
        raise typer.Exit(2)
    try:
        store = Store.reopen(path, now=now, backups=place.backups)
    except StoreLocked as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(LOCKED) from None
    except StoreUnwritable as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(UNWRITABLE) from None
    except StoreDamaged as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(DAMAGED) from None
    try:
        yield store
    except duckdb.Error as error:
        typer.echo(f"{path} cannot be read: {error}", err=True)
        raise typer.Exit(DAMAGED) from None
    finally:
        store.close()


@contextmanager
def wait_for_lock(what: str) -> Generator[None, None, None]:
    """Say what is being done while it lasts."""
    with Console(stderr=True).status(what):
        yield
