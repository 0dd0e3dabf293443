"""Ends a command that makes a file: the words for what keeps it from it, and the exit code."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import typer

from storage.cli.open_store import DAMAGED, LOCKED, UNWRITABLE
from storage.errors import StoreDamaged, StoreLocked
from storage.read_model.reader import NotPublished
from storage.reports.edition import NothingToReport
from storage.snapshot_reader import OtherDatabase

NOTHING, USAGE = 1, 2

_LOCKED_REMEDY = "or give a copy with --database, such as the newest in its backups folder"


def exit_for(text: str, code: int) -> NoReturn:
    """Say ``text`` and end with ``code``."""
    typer.echo(text, err=True)
    raise typer.Exit(code) from None


@contextmanager
def writing(out: Path | str) -> Generator[None]:
    """End the command when what is made within cannot be made, or ``out`` not be written."""
    try:
        yield
    except (NotPublished, NothingToReport, OtherDatabase) as error:
        exit_for(str(error), NOTHING)
    except FileNotFoundError as error:
        exit_for(f"{error.filename or error}: no such file or folder", USAGE)
    except StoreLocked as error:
        exit_for(f"{error}, {_LOCKED_REMEDY}", LOCKED)
    except StoreDamaged as error:
        exit_for(str(error), DAMAGED)
    except OSError as error:
        exit_for(f"{out} cannot be written: {error.strerror}", UNWRITABLE)
