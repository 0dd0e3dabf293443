"""Starts on damaged databases, in children that die at the call that the test names."""

from pathlib import Path

from tests.support.damaged_database import started
from tests.support.killed_children import answer_lines


def start(path: Path) -> None:
    with started(path, path.parent.parent / "backups"):
        pass


if __name__ == "__main__":
    answer_lines(start)
