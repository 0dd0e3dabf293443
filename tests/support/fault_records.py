"""Writes a row of the fault matrix down where the words of its mark say all there is to say.

In the form and the place of ``fault_record`` (tests/faults/conftest.py).
"""

import json
import os
from pathlib import Path

import pytest

FOLDER = "LIVETALLY_FAULT_RECORDS"


def folder_of(root: Path) -> Path:
    """Where the records of the last runs are: the environment's folder, or pytest's cache."""
    return Path(os.environ.get(FOLDER) or root / ".pytest_cache" / "d" / "faults")


def write(item: pytest.Item, words: dict[str, str | int]) -> None:
    """Write down what the mark of ``item`` says."""
    folder = folder_of(item.config.rootpath)
    folder.mkdir(parents=True, exist_ok=True)
    line = {"recovery_seconds": None, **words, "test": item.nodeid}
    path = folder / f"{words['row']:02d}-{getattr(item, 'originalname', item.name)}.jsonl"
    path.write_text(json.dumps(line, ensure_ascii=False) + "\n", encoding="utf-8")
