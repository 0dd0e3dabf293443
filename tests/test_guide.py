"""What the documents point at exists: links, headings, pictures, commands and their options."""

import re
import shlex
from pathlib import Path
from urllib.parse import unquote

import pytest
from typer._click.exceptions import UsageError  # typer's own; it does not export it
from typer.main import get_command

from livetally import cli

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "deploy" / "README.md", *sorted(DOCS.rglob("*.md"))]
GUIDE = sorted((DOCS / "guide").glob("*.md"))
_LINK = re.compile(r"\]\(([^)\s]+)\)|<img [^>]*src=\"([^\"]+)\"")
_FENCED = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)


def links(page: Path) -> list[str]:
    """What a page points at within the project, as it is written there."""
    text = _FENCED.sub("", page.read_text("utf-8"))
    found = [one or other for one, other in _LINK.findall(text)]
    return [link for link in found if not re.match(r"[a-z]+:", link)]


def anchors(page: Path) -> set[str]:
    """The names by which a page's headings are reached, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}


def commands(page: Path) -> list[list[str]]:
    """The words after ``livetally`` of every line in a page's fenced blocks."""
    blocks = re.findall(r"```sh\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
    lines = [shlex.split(line, comments=True) for block in blocks for line in block.splitlines()]
    return [words[1:] for words in lines if words and Path(words[0]).name == "livetally"]


def wrong(words: list[str]) -> str | None:
    """What a command line asks for that does not exist, or leaves out; nothing is run."""
    command, rest = get_command(cli), list(words)
    while hasattr(command, "commands"):
        options = {name for one in command.params for name in one.opts}
        while rest and rest[0] in options:  # of a group, each takes a value
            rest = rest[2:]
        if not rest or rest[0] not in vars(command)["commands"]:
            return f"no such command: {' '.join(rest[:1])}"
        command, rest = vars(command)["commands"][rest[0]], rest[1:]
    try:
        command.make_context(command.name, rest)
    except UsageError as error:
        return str(error)
    return None


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path):
    for link in links(page):
        path, _, heading = unquote(link).partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert target.is_relative_to(ROOT), link
        assert not heading or heading in anchors(target), link


def test_every_picture_is_used_and_every_page_is_in_the_index():
    named = {(page.parent / link.split("#")[0]).resolve() for page in PAGES for link in links(page)}
    pictures = set((DOCS / "pictures").iterdir())
    assert len(pictures) >= 8
    assert pictures - named == set()
    index = DOCS / "README.md"
    listed = {(DOCS / link.split("#")[0]).resolve() for link in links(index)}
    pages = {page for page in DOCS.rglob("*.md") if page.parent.name != "decisions"}
    assert pages - listed - {index} == set()


@pytest.mark.parametrize("page", GUIDE, ids=lambda page: page.stem)
def test_every_command_of_the_guide_exists_with_its_options(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    assert commands(page)
    monkeypatch.chdir(tmp_path)
    for words in commands(page):
        for name in (word for word in words if word.endswith(".zip")):
            Path(name).touch()  # what is read has to be there
        assert wrong(words) is None, words


@pytest.mark.parametrize("words", ["doctr", "storage backup --quick", "storage report", "storage"])
def test_a_command_that_does_not_exist_is_found(words: str):
    assert wrong(words.split())
