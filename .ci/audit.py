# ruff: noqa: INP001, T201 - a script beside others, that prints
"""Asks the Python Package Index which locked dependencies have known vulnerabilities, by pip-audit.

Where the index does not answer, the last answer is said again with its date. ``make audit`` runs it;
it exits with 1 when there are findings, and with 0 when nobody could be asked.
"""

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

LOCK = "requirements.lock"


def ask(tool: str) -> list[dict[str, Any]]:
    """Return a row a package: its name, version and ``vulns``, or ``skip_reason`` where nobody knew it."""
    command = [tool, "--requirement", LOCK, "--require-hashes", "--disable-pip", "--format", "json"]
    done = subprocess.run(  # noqa: S603 - our own command
        [*command, "--progress-spinner", "off"], capture_output=True, text=True, check=False
    )
    try:
        return json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError, TypeError):
        print(done.stderr.strip()[-500:], file=sys.stderr)
        return []


def describe(report: dict[str, Any]) -> list[str]:
    """Return the findings of a report, a line each."""
    return [
        f"{row['name']} {row['version']}: {vulnerability['id']}"
        f" (fixed in {', '.join(vulnerability['fix_versions']) or 'no release yet'})"
        for row in report["rows"]
        for vulnerability in row.get("vulns", ())
    ]


def main(tool: str, kept: Path) -> int:
    """Ask, keep the answer, and say it."""
    rows = ask(tool)
    answered = [row for row in rows if "vulns" in row]
    if answered:
        report = {"asked_at": datetime.now(UTC).isoformat(timespec="seconds"), "rows": rows}
        kept.write_text(json.dumps(report), "utf-8")
    elif kept.exists():
        report = json.loads(kept.read_text("utf-8"))
        print("the index's advisories cannot be reached; this is its last answer")
    else:
        print("skipped: the index's advisories cannot be reached from here, and never were")
        return 0
    findings, count = describe(report), sum("vulns" in row for row in report["rows"])
    for line in findings:
        print(line)
    unknown = len(report["rows"]) - count
    print(
        f"{len(findings)} known vulnerabilities in {count} packages of {LOCK}, as of "
        f"{report['asked_at']}" + (f"; {unknown} could not be asked about" if unknown else "")
    )
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2])))
