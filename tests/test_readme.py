"""What is made of the platforms' files: README's table, docs/platforms.md and the facts for the dashboard.

``python -m tests.test_readme`` writes all of them anew.
"""

import importlib
import json
import re
from dataclasses import fields
from pathlib import Path
from typing import Any

from typer.main import get_command

from collector.config.credentials import secret_fields
from collector.platforms import platforms
from livetally import cli
from storage.definitions import Definition, load
from storage.definitions.platforms import FILE, PlatformFacts
from storage.model import Unit
from tests.support.odd_answers import table as odd_answers

README = Path(__file__).resolve().parents[1] / "README.md"
PAGE = README.parent / "docs" / "platforms.md"
BEGIN, END = "<!-- platforms: begin, made by tests/test_readme.py -->", "<!-- platforms: end -->"
MADE = (
    "Made by `python -m tests.test_readme` from `collector/platforms/` and "
    "`storage/definitions/definitions.toml`; do not edit it here."
)
ODD_ANSWERS = """## Odd answers

What becomes of a broadcast after two such answers in a row. Absence counts only where the rest of the answer could be read: what cannot be read is a gap, and neither gone nor ended. Where a list is not the whole truth, what it does not show is asked for alone, and its own answer counts."""
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
        header = header_of(name)
        cells = " | ".join(header[column] for column in COLUMNS)
        lines.append(f"| **{title_of(name)}** | {cells} |")
    return "\n".join(lines)


def page() -> str:
    """Return docs/platforms.md: the table, then what each platform needs, tells and means by it."""
    parts = [
        "# Platforms",
        MADE,
        table(),
        ODD_ANSWERS,
        odd_answers(),
        *(_section(name) for name in platforms()),
    ]
    return "\n\n".join(parts) + "\n"


def _section(name: str) -> str:
    doc = importlib.import_module(f"collector.platforms.{name}").__doc__
    prose = doc[doc.index("\nFacts:") :].replace("``", "`").strip()
    own = [one for one in load() if one.platform == name]
    parts = [f"## {title_of(name)}", _settings(name), prose, *map(_meanings, own)]
    return "\n\n".join(filter(None, parts))


def _settings(name: str) -> str:
    settings = platforms()[name].Settings
    secrets = secret_fields(settings)
    plain = [f"`{field}`" for field in settings.model_fields if field not in secrets]
    variables = [f"`LIVETALLY_{name}_{field}`".upper() for field in secrets]
    said = f"In `config.yaml` under `platforms: {name}:` {', '.join(plain)}." if plain else ""
    kept = f"In the environment: {', '.join(variables)}." if variables else ""
    forms = " or ".join(f"`{example}`" for example in platforms()[name].handle_examples)
    written = f"An account's `handle` is {forms}, or the address of its page."
    return " ".join(filter(None, (written, said, kept)))


def _meanings(definition: Definition) -> str:
    since = f" from {definition.since} on" if definition.since else ""
    sources = f" (source {', '.join(definition.sources)})" if definition.sources else ""
    lines = [
        f"**What is counted{since}{sources}**, definition `{definition.key}`:",
        "",
        "| count | what it counts | unit | may fall | rounded | renewed | said by |",
        "|---|---|---|---|---|---|---|",
    ]
    for one in definition.meanings:
        renewed = "not told" if one.refresh_seconds is None else f"every {one.refresh_seconds:g} s"
        falls, rounded = ("yes" if it else "no" for it in (one.can_fall, one.rounded))
        counts = one.counts.replace("|", "\\|")
        lines.append(
            f"| {one.metric} | {counts} | {one.unit} | {falls} | {rounded} | {renewed}"
            f" | [source]({one.source}) |"
        )
    return "\n".join(lines)


def title_of(name: str) -> str:
    """Return what people call the platform."""
    return platforms()[name].display_name


def facts() -> str:
    """Return storage/definitions/platforms.toml: of each class what storage and dashboard need."""
    made = "# Made by `python -m tests.test_readme` from the classes in collector/platforms; do not edit."
    parts = [made, *(_facts_of(name) for name in platforms())]
    return "\n\n".join(parts) + "\n"


def _facts_of(name: str) -> str:
    lines = [f"[{name}]"]
    for field in fields(PlatformFacts):
        value = getattr(platforms()[name], field.name)
        if value not in (None, "", {}, Unit.CALL):
            lines.append(f"{field.name} = {_toml(value)}")
    return "\n".join(lines)


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        pairs = (f"{json.dumps(key)} = {_toml(inner)}" for key, inner in value.items())
        return f"{{ {', '.join(pairs)} }}"
    return json.dumps(value)


def header_of(name: str) -> dict[str, str]:
    """Return the ``key: value`` lines of a platform's header."""
    header = importlib.import_module(f"collector.platforms.{name}").__doc__ or ""
    answers = dict(re.findall(r"^([a-z ]+): (.+)$", header, re.MULTILINE))
    return answers | {"limit": platforms()[name].documented_limit}


def test_the_table_of_platforms_is_what_their_files_say():
    text = README.read_text(encoding="utf-8")
    assert f"{BEGIN}\n{table()}\n{END}" in text, "run: python -m tests.test_readme"


def test_the_page_of_platforms_is_what_their_files_say():
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m tests.test_readme"


def test_the_facts_of_platforms_are_what_their_classes_say():
    assert FILE.read_text(encoding="utf-8") == facts(), "run: python -m tests.test_readme"


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
            command = vars(command)["commands"][word]


if __name__ == "__main__":
    written = README.read_text(encoding="utf-8")
    before, after = written.split(BEGIN)[0], written.split(END)[1]
    README.write_text(f"{before}{BEGIN}\n{table()}\n{END}{after}", encoding="utf-8")
    PAGE.write_text(page(), encoding="utf-8")
    FILE.write_text(facts(), encoding="utf-8")
