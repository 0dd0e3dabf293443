"""What the layout promises and no linter checks."""

import inspect
import re
import sys
from pathlib import Path

import collector.contract.errors as tree
from collector.contract.errors import LiveTallyError

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("collector", "storage", "dashboard")
DOCUMENT = ROOT / "docs" / "architecture.md"
MODULES_IN_A_ROOM = 14


def test_no_module_of_the_dashboard_bears_a_sibling_packages_or_the_standard_librarys_name():
    # `streamlit run dashboard/app.py` puts dashboard/ first on the path, where it would shadow.
    taken = set(PACKAGES) | set(sys.stdlib_module_names)
    modules = list((ROOT / "dashboard").glob("*.py"))
    assert modules
    assert not [module for module in modules if module.stem in taken]


def test_every_error_of_ours_belongs_to_the_tree():
    errors = [
        one
        for _, one in inspect.getmembers(tree, inspect.isclass)
        if one.__module__ == tree.__name__
    ]
    assert len(errors) >= 8
    assert all(issubclass(one, LiveTallyError) for one in errors)


def test_every_module_says_what_it_is_for():
    for package in PACKAGES:
        for module in (ROOT / package).rglob("*.py"):
            assert module.read_text().startswith('"""'), f"{module} has no docstring"


def test_the_document_lists_every_room_and_no_other():
    rooms = {
        folder.relative_to(ROOT).as_posix() + "/"
        for package in PACKAGES
        for folder in [ROOT / package, *(ROOT / package).rglob("*/")]
        if "__pycache__" not in folder.parts and any(path.is_file() for path in folder.iterdir())
    }
    listed = re.findall(
        r"^\| `((?:collector|storage|dashboard)/[a-z0-9_./]*)` \|",
        DOCUMENT.read_text("utf-8"),
        re.MULTILINE,
    )
    assert sorted(listed) == sorted(rooms)


def test_no_room_holds_more_than_fourteen_modules():
    for package in PACKAGES:
        for folder in [ROOT / package, *(ROOT / package).rglob("*/")]:
            modules = [path for path in folder.glob("*.py") if path.name != "__init__.py"]
            assert len(modules) <= MODULES_IN_A_ROOM, folder


def test_tests_stand_in_the_folders_of_what_they_test():
    for package in PACKAGES:
        for test in (ROOT / "tests" / package).rglob("test_*.py"):
            assert (ROOT / test.parent.relative_to(ROOT / "tests")).is_dir(), test
