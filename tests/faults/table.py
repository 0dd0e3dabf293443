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
#: What we promise.
GUARANTEES = {
    "G1": "A snapshot that was acknowledged survives kill -9.",
    "G2": "Nothing is invented or given another time.",
    "G3": "A poll that fails leaves a gap with its reason.",
    "G4": "One broadcast, account, platform or process cannot stop the others.",
    "G5": "A quota is never exceeded.",
    "G6": "No secret leaves the process.",
    "G7": "It recovers alone, except for a revoked credential, no backup, a disk that stays full.",
}

#: The rows of the matrix, and the guarantees that each helps to prove.
PROOFS: dict[int, tuple[str, ...]] = {
    1: ("G3", "G7"),
    2: ("G3", "G4"),
    3: ("G3", "G5"),
    4: ("G5", "G7"),
    5: ("G4", "G7"),
    6: ("G3", "G4", "G7"),
    7: ("G3", "G4"),
    8: ("G2", "G4"),
    9: ("G2",),
    10: ("G3",),
    11: ("G2",),
    12: ("G2", "G7"),
    13: ("G2", "G3", "G7"),
    14: ("G2", "G5"),
    15: ("G1", "G7"),
    16: ("G7",),
    17: ("G1",),
    18: ("G1", "G7"),
    19: ("G1", "G7"),
    20: ("G7",),
    21: ("G4",),
    22: ("G7",),
    23: ("G1",),
    24: ("G2",),
    25: (),
    26: (),
    27: ("G6",),
    28: ("G6",),
    29: ("G6",),
    30: ("G7",),
    31: ("G4",),
    32: ("G3", "G5", "G7"),
    33: ("G1", "G7"),
    34: ("G1", "G7"),
    35: ("G3",),
    36: ("G1", "G7"),
    37: ("G1", "G7"),
    38: ("G1", "G7"),
    39: ("G4", "G7"),
    40: ("G7",),
    41: ("G4", "G7"),
    42: ("G4", "G7"),
    43: ("G2", "G3"),
    44: ("G2", "G3"),
    45: ("G4",),
    46: ("G6", "G7"),
    47: ("G7",),
    48: ("G7",),
    49: ("G4", "G5"),
    50: ("G5",),
    51: ("G2",),
    52: ("G2", "G7"),
    53: ("G2",),
    54: ("G2",),
    55: ("G2",),
    56: ("G2",),
    57: ("G4", "G7"),
    58: ("G2", "G4"),
    59: ("G2",),
    60: ("G2",),
    61: ("G2",),
    62: ("G2",),
    63: ("G7",),
    64: ("G4", "G7"),
    65: ("G4",),
    66: ("G6",),
    67: ("G6",),
    68: ("G6",),
    69: ("G2", "G3"),
    70: ("G2",),
    71: ("G2", "G3"),
    73: ("G4",),
    72: ("G2",),
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
        f"| **{key}** {words} | {', '.join(str(row) for row in PROOFS if key in PROOFS[row])} |\n"
        for key, words in GUARANTEES.items()
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
    missing = sorted(set(PROOFS) - set(records))
    if missing:
        named = ", ".join(map(str, missing))
        sys.stdout.write(f"docs/reliability.md stays as it is: no record of rows {named}\n")
        return 0
    DOCUMENT.write_text(text(records), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
