"""Meta's ``fields``: nesting, modifiers, and what cannot be read."""

import pytest

from collector.simulator.meta.fields import BadFields, RequestedField, parse_fields


def test_nesting_and_modifiers_are_read() -> None:
    assert parse_fields("id, video{id,views},comments.summary(true).limit(0)") == [
        RequestedField("id", {}, None),
        RequestedField(
            "video", {}, [RequestedField("id", {}, None), RequestedField("views", {}, None)]
        ),
        RequestedField("comments", {"summary": "true", "limit": "0"}, None),
    ]


@pytest.mark.parametrize("text", ["", "id,", "id{", "id{}", "a b", "id.limit", "id}", "a.(1)"])
def test_what_is_not_well_formed_is_refused(text: str) -> None:
    with pytest.raises(BadFields):
        parse_fields(text)
