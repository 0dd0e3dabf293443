"""Google's ``fields`` parameter, as its documentation describes it."""

from typing import Any

import pytest

from collector.simulator.youtube.fields import BadSelector, parse_selector, select

ANSWER = {
    "kind": "list",
    "items": [{"id": "a", "snippet": {"title": "A", "tags": [1, 2]}}, {"id": "b"}],
    "pageInfo": {"totalResults": 2},
}


@pytest.mark.parametrize(
    ("selector", "selected"),
    [
        ("kind", {"kind": "list"}),
        ("items(id)", {"items": [{"id": "a"}, {"id": "b"}]}),
        ("items/id", {"items": [{"id": "a"}, {"id": "b"}]}),
        (
            "items( id , snippet(title) )",
            {"items": [{"id": "a", "snippet": {"title": "A"}}, {"id": "b"}]},
        ),
        ("items/snippet/title", {"items": [{"snippet": {"title": "A"}}, {}]}),
        (
            "pageInfo,items/id",
            {"items": [{"id": "a"}, {"id": "b"}], "pageInfo": {"totalResults": 2}},
        ),
        ("*", ANSWER),
        ("absent", {}),
    ],
)
def test_only_what_is_selected_is_answered(selector: str, selected: Any) -> None:
    assert select(ANSWER, parse_selector(selector)) == selected


@pytest.mark.parametrize(
    "selector", ["", "items(", "items(id", "items)", ",", "a//b", "a b", "{a}"]
)
def test_a_selector_that_cannot_be_read_is_refused(selector: str) -> None:
    with pytest.raises(BadSelector):
        parse_selector(selector)
