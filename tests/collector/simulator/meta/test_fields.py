"""Meta's ``fields``: nesting, modifiers, and what cannot be read."""

import pytest

from collector.simulator.meta.fields import BadFields, Wanted, parse_fields


def test_nesting_and_modifiers_are_read() -> None:
    assert parse_fields("id, video{id,views},comments.summary(true).limit(0)") == [
        Wanted("id", {}, None),
        Wanted("video", {}, [Wanted("id", {}, None), Wanted("views", {}, None)]),
        Wanted("comments", {"summary": "true", "limit": "0"}, None),
    ]


@pytest.mark.parametrize("text", ["", "id,", "id{", "id{}", "a b", "id.limit", "id}", "a.(1)"])
def test_what_is_not_well_formed_is_refused(text: str) -> None:
    with pytest.raises(BadFields):
        parse_fields(text)
