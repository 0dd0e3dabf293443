"""Runs the commands of storage as people do, on paths instead of a configuration."""

from types import SimpleNamespace

import typer
from typer.testing import CliRunner

import storage.cli
from livetally import Commands

_root = typer.Typer(cls=Commands)
_root.add_typer(storage.cli.group, name="storage")


def run_storage(paths, *words):
    """Run ``livetally storage`` with ``words``; ``paths`` has database, read_model, backups and ``event``.

    An import takes the event from it: programme, editions, accounts, and whether they are simulated.
    """
    event = vars(getattr(paths, "event", SimpleNamespace()))
    context = SimpleNamespace(config=SimpleNamespace(storage=paths, **event))
    return CliRunner().invoke(_root, ["storage", *map(str, words)], obj=context)
