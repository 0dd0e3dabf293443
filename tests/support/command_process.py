"""Runs many ``livetally`` commands, one after another, in one process: starting one takes seconds.

``python -m tests.support.command_process CONFIG`` reads commands as lines of JSON, and answers each
with a line: its exit code (``None`` of an error that nobody caught) and all that it printed.
"""

import contextlib
import io
import json
import os
import subprocess
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

import livetally
from tests.support.patience import PATIENCE_SECONDS

ROOT = Path(__file__).resolve().parents[2]
#: A configuration that asks nobody.
QUIET = """\
programme: {key: fair, names: {ar: معرض, fr: Foire, en: Fair}, time_zone: Africa/Casablanca}
editions:
  - {key: fair-2023, names: {ar: معرض, fr: Foire, en: Fair}, city: {ar: فاس, fr: Fès, en: Fez},
     starts_on: 2023-05-17, ends_on: 2023-05-21, target_views: 1000}
accounts: []
"""


def quiet_config(folder: Path, more: str = "") -> Path:
    """Write a configuration whose data goes to ``folder/data``."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "config.yaml"
    path.write_text(QUIET + more, "utf-8")
    return path


def run_commands(
    config: Path, *commands: Sequence[str | Path], environment: dict[str, str] | None = None
) -> list[tuple[int | None, str]]:
    """Run ``commands``; return the exit code of each, and what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.command_process", str(config)],
        input="\n".join(json.dumps([*map(str, words)]) for words in commands),
        cwd=ROOT,
        env={**os.environ, "LIVETALLY_LOG": "text", **(environment or {})},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=PATIENCE_SECONDS,
    )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(commands), done.stdout
    return [(code, text) for code, text in answers]


def main() -> None:
    """Answer the commands of standard input."""
    answers, config = sys.stdout, sys.argv[1]
    livetally.keep_files_private(os.environ)
    for line in sys.stdin:
        printed, code = io.StringIO(), 0
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            try:
                livetally.cli(["--config", config, *json.loads(line)])
            except SystemExit as ended:
                code = ended.code
            except BaseException:  # noqa: BLE001 - it is told
                code = None
                traceback.print_exc(file=printed)
        print(json.dumps([code or (0 if code is not None else None), printed.getvalue()]), file=answers, flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
