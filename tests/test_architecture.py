"""What the layout promises and no linter checks."""

import inspect
import sys
from pathlib import Path

import collector.contract.errors as tree
from collector.contract.errors import LiveTallyError

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("collector", "storage", "dashboard")


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
