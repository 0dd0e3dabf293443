"""``make audit``: what it says of an index that answers, one that does not, and one that once did."""

import json
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[1] / ".ci" / "audit.py"


def audited(folder: Path, answer: object) -> tuple[int, str]:
    tool = folder / "tool"
    tool.write_text(f"#!{sys.executable}\nprint({json.dumps(answer)!r})\n")
    tool.chmod(0o755)
    done = subprocess.run(
        [sys.executable, SCRIPT, tool, folder / "answer.json"],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


def test_it_says_what_it_knows_and_of_which_day(tmp_path):
    unknown = {"dependencies": [{"name": "a", "skip_reason": "not found"}]}
    code, text = audited(tmp_path, unknown)
    assert (code, "skipped: " in text) == (0, True)
    assert audited(tmp_path, "no JSON of its own")[0] == 0
    well = {"name": "b", "version": "1", "vulns": []}
    code, text = audited(tmp_path, {"dependencies": [*unknown["dependencies"], well]})
    assert code == 0
    assert "0 known vulnerabilities in 1 packages" in text
    assert "as of 2" in text
    assert "1 could not be asked about" in text
    ill = well | {"vulns": [{"id": "PYSEC-1", "fix_versions": ["1.1"]}]}
    code, text = audited(tmp_path, {"dependencies": [ill]})
    assert (code, "b 1: PYSEC-1 (fixed in 1.1)" in text) == (1, True)
    code, text = audited(tmp_path, unknown)
    assert (code, "its last answer" in text) == (1, True), "the last answer is kept"
