"""What the fault tests saw, written down row by row for docs/reliability.md."""

import json
import os
from pathlib import Path

import pytest

FOLDER = "LIVETALLY_FAULTS"


def folder_of(config: pytest.Config) -> Path:
    """The folder of the records: the environment's, or pytest's cache."""
    return Path(os.environ.get(FOLDER) or config.rootpath / ".pytest_cache" / "faults")


def write(  # noqa: PLR0917 - the columns of the table, in its order
    folder: Path,
    row: int,
    fault: str,
    injected: str,
    outcome: str,
    recovery_seconds: float | None = None,
) -> None:
    """Keep one row of the fault matrix in a file of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    seen = {
        "row": row,
        "fault": fault,
        "injected": injected,
        "outcome": outcome,
        "recovery_seconds": recovery_seconds,
    }
    (folder / f"{row:02}.json").write_text(json.dumps(seen) + "\n", encoding="utf-8")
