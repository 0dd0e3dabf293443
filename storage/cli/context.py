"""Context of the ``livetally storage`` commands: the paths, the opened store, progress bars."""

import json
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, contextmanager
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol, cast

import duckdb
import typer
from rich.console import Console
from rich.progress import Progress

from storage.chain.keys import SigningKey, key_path
from storage.cli.options import exit_with, now
from storage.errors import Exit, StoreDamaged, StoreLocked, StoreMissing, StoreUnwritable
from storage.model import Account, Edition, Programme
from storage.read_model.publisher import Publisher
from storage.recovery import open_sound
from storage.store import Store
from storage.system.ordinary_files import check_ordinary
from storage.tables.json_values import json_value

VERSION = version("livetally")


class StoragePaths(Protocol):
    """The paths that these commands take from the configuration."""

    database: Path
    backups: Path
    backups_kept: int
    read_model: Path
    tokens: Path


class EventConfig(Protocol):
    """What an import takes from the configuration: the event, as the collector stores it too."""

    storage: StoragePaths
    programme: Programme
    editions: Sequence[Edition]
    accounts: Sequence[Account]
    simulated: bool


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
    with _using(Store.reopen(paths.database, now=now, backups=paths.backups)) as store:
        yield store


@contextmanager
def open_event(ctx: typer.Context, *, dry_run: bool) -> Generator[Store]:
    """Open the database with the event as it is configured; make it where there is none.

    A ``dry_run`` makes it in a temporary folder.

    Raises:
        StoreLocked, StoreUnwritable, StoreDamaged: it cannot be opened, or not used.
    """
    config = cast("EventConfig", ctx.obj.config)
    path, backups = config.storage.database, config.storage.backups
    with ExitStack() as stack:
        if path.exists():
            opened = Store.open(path, now=now, simulated=config.simulated, backups=backups)
        else:
            if dry_run:
                path = Path(stack.enter_context(TemporaryDirectory())) / path.name
            # As the collector begins: a backup may be about to take the database's place.
            opened = open_sound(path, now=now, simulated=config.simulated, backup_folder=backups)
        store = stack.enter_context(_using(opened))
        known = {account.key for account in store.event.accounts()}
        store.event.save_accounts(
            account for account in config.accounts if account.key not in known
        )
        store.event.save_programme(config.programme, config.editions)
        yield store


@contextmanager
def _using(store: Store) -> Generator[Store]:
    """Close ``store`` in the end, and say what of its file cannot be read as an error of ours."""
    try:
        yield store
    except duckdb.Error as error:
        raise StoreDamaged(store.path, str(error)) from None
    finally:
        store.close()


@contextmanager
def open_publisher(ctx: typer.Context, store: Store) -> Generator[Publisher]:
    """Yield the publisher of ``store``.

    Raises:
        StoreUnwritable: the folder of the read model cannot be written.
    """
    paths = paths_of(ctx)
    folder, key = paths.read_model, SigningKey.load(key_path(paths.tokens))
    try:
        yield Publisher(store, folder, now=now, version=VERSION, key=key)
    except OSError as error:
        raise StoreUnwritable(folder, error.strerror or str(error)) from None


@contextmanager
def writing_to(out: Path | str) -> Generator[None]:
    """Turn what keeps a command from writing ``out`` into an error of ours, or end it with USAGE.

    Raises:
        NotOrdinary: ``out`` is a pipe, a device or a folder.
        StoreUnwritable: ``out`` cannot be written.
        StoreLocked: as it was raised; its remedy names the copies too.
    """
    check_ordinary(Path(out))
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
