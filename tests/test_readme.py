"""The README's table of platforms is made from the headers of their files.

``python -m tests.test_readme`` writes it anew.
"""

import importlib
import re
from pathlib import Path

from typer.main import get_command

from collector.registry import platforms
from livetally import cli

README = Path(__file__).resolve().parents[1] / "README.md"
BEGIN, END = "<!-- platforms: begin, made by tests/test_readme.py -->", "<!-- platforms: end -->"
COLUMNS = (
    "needs",
    "discovers",
    "counts while live",
    "counts afterwards",
    "batch",
    "limit",
    "refresh",
    "a view is",
)


def table() -> str:
    """Return the table: a row a platform, a column a question."""
    lines = [f"| | {' | '.join(COLUMNS)} |", "|---" * (len(COLUMNS) + 1) + "|"]
    for name in platforms():
        title = importlib.import_module(f"collector.platforms.{name}").__doc__.split(":")[0]
        header = header_of(name)
        lines.append(f"| **{title}** | {' | '.join(header[column] for column in COLUMNS)} |")
    return "\n".join(lines)


def header_of(name: str) -> dict[str, str]:
    """Return the ``key: value`` lines of a platform's header."""
    header = importlib.import_module(f"collector.platforms.{name}").__doc__ or ""
    return dict(re.findall(r"^([a-z ]+): (.+)$", header, re.MULTILINE))


def test_the_table_of_platforms_is_what_their_files_say():
    text = README.read_text(encoding="utf-8")
    assert f"{BEGIN}\n{table()}\n{END}" in text, "run: python -m tests.test_readme"


def test_every_header_answers_every_question():
    for name in platforms():
        assert not set(COLUMNS) - set(header_of(name)), f"collector/platforms/{name}.py"


def test_every_command_that_the_readme_names_exists():
    group = get_command(cli)
    named = re.findall(r"`livetally ([a-z ]+)`", README.read_text(encoding="utf-8"))
    assert len(named) >= 6
    for words in named:
        command = group
        for word in words.split():
            command = command.commands[word]


if __name__ == "__main__":
    written = README.read_text(encoding="utf-8")
    before, after = written.split(BEGIN)[0], written.split(END)[1]
    README.write_text(f"{before}{BEGIN}\n{table()}\n{END}{after}", encoding="utf-8")
