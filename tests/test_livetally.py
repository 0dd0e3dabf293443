"""The root command: what each error ends with, on which stream, and what to do about it."""

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from collector.contract.errors import AuthFailed, ConfigError
from livetally import Commands
from storage.errors import StoreDamaged, StoreLocked, StoreMissing, StoreUnfit, StoreUnwritable
from storage.read_model.reader import NotPublished, OtherVersion

FILE = Path("livetally.duckdb")


@pytest.mark.parametrize(
    ("error", "code", "text"),
    [
        (ConfigError("config.yaml:3: accounts: empty"), 2, "config.yaml:3: accounts: empty"),
        (StoreMissing(FILE), 2, "no database yet; `livetally collect run` makes it"),
        (StoreUnwritable(FILE, "full"), 3, "livetally.duckdb cannot be written: full"),
        (StoreDamaged(FILE, "cut"), 4, "livetally.duckdb cannot be read: cut"),
        (StoreUnfit(FILE, "newer"), 4, "is sound, but not for this program: newer"),
        (StoreLocked(FILE, 12), 5, "another collector (process 12); stop it first"),
        (NotPublished("no read model"), 1, "no read model; start the collector: livetally up"),
        (OtherVersion("version 9", 9), 1, "version 9\n"),
        (AuthFailed("x", "refused"), 1, "x: refused; check the credential in the environment"),
    ],
)
def test_an_error_of_ours_ends_in_its_text_its_remedy_and_its_code(error, code, text):
    root = typer.Typer(cls=Commands)

    @root.callback()
    def start() -> None:
        raise error

    @root.command()
    def run() -> None: ...

    done = CliRunner().invoke(root, ["run"])
    assert done.exit_code == code
    assert text in done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
