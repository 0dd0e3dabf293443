"""The counts are declared once: all other places follow from it."""

import ast
from dataclasses import fields
from pathlib import Path

import pytest

from storage.model import COUNTERS, COUNTS, Kind, Metric, Snapshot

ROOT = Path(__file__).parents[2]
HOME = ROOT / "storage" / "model.py"
MODULES = [
    path
    for room in ("collector", "storage", "dashboard")
    for path in (ROOT / room).rglob("*.py")
    if path != HOME
]
#: Names that a platform's own API happens to share with ours.
API_WORDS = {ROOT / "collector/simulator/meta/instagram.py"}
#: What counts one place may name in a row without being a list of them all.
FEW = 3


def _texts(nodes):
    return {
        node.value
        for node in nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def _lists(tree):
    """Every literal list, tuple, set, dictionary and row of arguments, as the texts in it."""
    for node in ast.walk(tree):
        match node:
            case ast.List() | ast.Tuple() | ast.Set():
                yield node.lineno, _texts(node.elts)
            case ast.Dict():
                yield node.lineno, _texts(key for key in node.keys if key)
            case ast.Call():
                yield node.lineno, _texts(node.args)
            case _:
                pass


def test_a_snapshot_has_a_field_for_each_metric_in_their_order():
    assert [field.name for field in fields(Snapshot) if field.name in COUNTS] == list(COUNTS)


def test_a_metric_is_a_counter_or_a_gauge():
    gauges = ["concurrent_viewers", "off_air_viewers"]
    assert [metric for metric in Metric if metric.kind is Kind.GAUGE] == gauges
    assert tuple(name for name in COUNTS if name not in gauges) == COUNTERS


def test_no_other_module_lists_the_metrics():
    listed = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in MODULES
        if path not in API_WORDS
        for line, texts in _lists(ast.parse(path.read_text("utf-8")))
        if len(texts & set(COUNTS)) > FEW
    ]
    assert listed == []


@pytest.mark.parametrize(
    "path", sorted((ROOT / "storage/database/queries").glob("*.sql")), ids=lambda path: path.stem
)
def test_no_query_names_a_counter_but_views(path):
    text = path.read_text("utf-8")
    assert [name for name in COUNTERS if name != "views" and name in text] == []
