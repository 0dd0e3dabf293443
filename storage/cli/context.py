"""Context of the ``livetally storage`` commands: the paths, the opened store, progress bars."""

import json
from collections.abc import Callable, Generator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol, cast

import duckdb
import typer
from rich.console import Console
from rich.progress import Progress

from storage.cli.options import exit_with, now
from storage.errors import Exit, StoreDamaged, StoreLocked, StoreMissing, StoreUnwritable
from storage.read_model.publisher import Publisher
from storage.store import Store
from storage.tables.json_values import json_value

VERSION = version("livetally")


class StoragePaths(Protocol):
    """The paths that these commands take from the configuration."""

    database: Path
    backups: Path
    backups_kept: int
    read_model: Path


def paths_of(ctx: typer.Context) -> StoragePaths:
    """Return the paths in the configuration that the root command reads."""
    return cast("StoragePaths", ctx.obj.config.storage)


@contextmanager
def open_store(ctx: typer.Context) -> Generator[Store]:
    """Open the database that is there.

    Raises:
        StoreMissing, StoreLocked, StoreUnwritable, StoreDamaged: it cannot be opened, or not used.
    """
    paths = paths_of(ctx)
    if not paths.database.exists():
        raise StoreMissing(paths.database)
    store = Store.reopen(paths.database, now=now, backups=paths.backups)
    try:
        yield store
    except duckdb.Error as error:
        raise StoreDamaged(paths.database, str(error)) from None
    finally:
        store.close()


@contextmanager
def open_publisher(ctx: typer.Context, store: Store) -> Generator[Publisher]:
    """Yield the publisher of ``store``.

    Raises:
        StoreUnwritable: the folder of the read model cannot be written.
    """
    folder = paths_of(ctx).read_model
    try:
        yield Publisher(store, folder, now=now, version=VERSION)
    except OSError as error:
        raise StoreUnwritable(folder, error.strerror or str(error)) from None


@contextmanager
def writing_to(out: Path | str) -> Generator[None]:
    """Turn what keeps a command from writing ``out`` into an error of ours, or end it with USAGE.

    Raises:
        StoreUnwritable: ``out`` cannot be written.
        StoreLocked: as it was raised; its remedy names the copies too.
    """
    try:
        yield
    except StoreLocked as error:
        error.remedy += ", or give a copy with --database, such as the newest in its backups folder"
        raise
    except FileNotFoundError as error:
        exit_with(Exit.USAGE, f"{error.filename or error}: no such file or folder")
    except OSError as error:
        raise StoreUnwritable(Path(out), error.strerror or str(error)) from None


@contextmanager
def show_status(text: str) -> Generator[None]:
    """Say on standard error what is being done while it lasts."""
    with Console(stderr=True).status(text):
        yield


@contextmanager
def show_progress(text: str) -> Generator[Callable[[int, int], None]]:
    """Show a bar on a terminal, and nothing elsewhere; what is yielded takes how much is done, of how much."""
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(text, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


def print_json(value: Any) -> None:
    """Print ``value`` as one line of JSON; times become ISO 8601, frames lists of rows."""
    typer.echo(json.dumps(json_value(value), ensure_ascii=False))
