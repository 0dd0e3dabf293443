"""Writes docs/reliability.md from what the fault tests saw: ``python -m tests.faults.table``.

A row of which the last runs left no record keeps the document as it is: a machine that cannot inject
every fault must not forget what others have seen.
"""

import json
import sys
from pathlib import Path

from tests.support.fault_records import folder_of

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "reliability.md"
ROWS = range(1, 33)

#: What we promise, and the rows that prove it.
GUARANTEES = {
    "G1": ("A snapshot that was acknowledged survives kill -9.", (15, 17, 18, 19, 23)),
    "G2": ("Nothing is invented or given another time.", (8, 9, 11, 12, 13, 14, 24)),
    "G3": ("A poll that fails leaves a gap with its reason.", (1, 2, 3, 6, 7, 10, 13, 32)),
    "G4": ("One broadcast, account or platform cannot stop the others.", (2, 5, 6, 7, 8, 21, 31)),
    "G5": ("A quota is never exceeded.", (3, 4, 14, 32)),
    "G6": ("No secret leaves the process.", (27, 28, 29)),
    "G7": (
        "It recovers alone, except for a revoked credential, no backup, a disk that stays full.",
        (1, 4, 5, 6, 12, 13, 15, 16, 18, 19, 20, 22, 30, 32),
    ),
}

_HEAD = """# Reliability

What LiveTally promises, and the faults that were injected to find out. Each row is a test that fails \
when the outcome is another; `make test` writes this page from what they saw.

| guarantee | rows |
|---|---|
"""

_TABLE = """
A time of recovery is that until the next good answer: of the test's own clock where it has one, and \
otherwise measured, on a machine with other work to do.

| row | fault | injected | outcome | recovered after |
|---|---|---|---|---|
"""


def seen(folder: Path) -> dict[int, dict[str, object]]:
    """Read what is written down of each row; of several tests the one with the most to say."""
    found: dict[int, dict[str, object]] = {}
    for path in sorted(folder.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            record = json.loads(line)
            known = found.get(record["row"])
            if known is None or len(str(record["outcome"])) > len(str(known["outcome"])):
                found[record["row"]] = record
    return found


def text(records: dict[int, dict[str, object]]) -> str:
    """Compose the document."""
    promised = "".join(
        f"| **{key}** {words} | {', '.join(map(str, rows))} |\n"
        for key, (words, rows) in GUARANTEES.items()
    )
    rows = "".join(
        f"| {row} | {_cell(one['fault'])} | {_cell(one['injected'])} | {_cell(one['outcome'])} "
        f"| {_after(one['recovery_seconds'])} |\n"
        for row, one in sorted(records.items())
    )
    return _HEAD + promised + _TABLE + rows


def _cell(words: object) -> str:
    return str(words).replace("|", "\\|").replace("\n", " ")


def _after(seconds: object) -> str:
    """Say it coarsely: the page must not change with every breath of the machine."""
    if not isinstance(seconds, int | float):
        return "-"
    if seconds < 60:
        within = next(limit for limit in (1, 5, 15, 60) if seconds <= limit)
        return f"at most {within} s"
    return f"{seconds / 60:.0f} min"


def main() -> int:
    """Write the document, or say which rows are missing for it."""
    records = seen(folder_of(ROOT))
    missing = sorted(set(ROWS) - set(records))
    if missing:
        named = ", ".join(map(str, missing))
        sys.stdout.write(f"docs/reliability.md stays as it is: no record of rows {named}\n")
        return 0
    DOCUMENT.write_text(text(records), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
