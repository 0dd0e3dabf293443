"""Names say what they hold: the words that say nothing are gone, and one class name is one thing."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MODULES = [
    ROOT / "livetally.py",
    *(
        path
        for package in ("collector", "storage", "dashboard")
        for path in (ROOT / package).rglob("*.py")
    ),
]

#: Participles and fillers that could name anything. The glossary in docs/architecture.md has words.
FILLERS = """
    one found told said seen kept made given asked drawn placed whole then these thing things stuff
    data info obj tmp helper helpers util utils common manager handler
"""
SAY_NOTHING = frozenset(FILLERS.split())
#: As functions these lack their object.
BARE_VERBS = """
    of at built below place keep take follow between making waiting leave line find check wired dress
    admit turn hindrance
"""
WITHOUT_OBJECT = frozenset(BARE_VERBS.split())
#: Names that are not ours to choose: file, name.
OTHERS_CHOSE = frozenset(
    {
        ("storage/model.py", "asked"),  # a published column
        ("livetally.py", "obj"),  # click's own attribute of its context
    }
)
#: The same name for each platform's own, whose folder or class says whose it is.
ONE_A_PLATFORM = frozenset({"Settings"})


def names_in(module: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield the names that a module gives, each with its line."""
    for node in ast.walk(module):
        match node:
            case (
                ast.ClassDef(name=name)
                | ast.FunctionDef(name=name)
                | ast.AsyncFunctionDef(name=name)
            ):
                yield node.lineno, name
            case ast.arg(arg=name):
                yield node.lineno, name
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield node.lineno, name
            case ast.alias(asname=str(name)):
                yield node.lineno, name
            case _:
                pass


def faults_of(source: str, path: str = "") -> list[str]:
    """Return what is wrong with the names of a module, with line numbers."""
    module = ast.parse(source)
    faults = [
        f"{line}: {name} says nothing"
        for line, name in names_in(module)
        if name.strip("_").lower() in SAY_NOTHING and (path, name) not in OTHERS_CHOSE
    ]
    return faults + [
        f"{node.lineno}: {node.name}() lacks its object"
        for node in ast.walk(module)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.strip("_") in WITHOUT_OBJECT
    ]


def test_names_say_what_they_hold():
    sources = {path.relative_to(ROOT).as_posix(): path.read_text("utf-8") for path in MODULES}
    faults = {path: faults_of(source, path) for path, source in sources.items()}
    assert {path: found for path, found in faults.items() if found} == {}
    assert [path for path in MODULES if path.stem in SAY_NOTHING] == []


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("for one in broadcasts: pass", "1: one says nothing"),
        ("def read(told): pass", "1: told says nothing"),
        ("class Found: pass", "1: Found says nothing"),
        ("self.kept = 1", "1: kept says nothing"),
        ("from storage.store import imports as seen", "1: seen says nothing"),
        ("def _take(): pass", "1: _take() lacks its object"),
    ],
)
def test_a_name_that_says_nothing_is_seen(source, fault):
    assert faults_of(source) == [fault]


def test_a_public_class_name_stands_once():
    places: dict[str, list[str]] = defaultdict(list)
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].append(path.relative_to(ROOT).as_posix())
    assert {
        name: where
        for name, where in places.items()
        if len(where) > 1 and name not in ONE_A_PLATFORM
    } == {}
