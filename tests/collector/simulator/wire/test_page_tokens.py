"""Tokens of pages lead back to where the page begins, and nothing else is one."""

import pytest

from collector.simulator.wire.page_tokens import page_start, page_token


@pytest.mark.parametrize("start", [0, 7, 1000])
def test_a_token_leads_back_with_or_without_its_padding(start: int) -> None:
    token = page_token("next", start)
    assert page_start("next", token) == page_start("next", token.rstrip("=")) == start


@pytest.mark.parametrize("token", ["", "?", "a", "bmV4dA", "bmV4dDp4", page_token("other", 3)])
def test_what_was_never_given_out_leads_nowhere(token: str) -> None:
    assert page_start("next", token) is None
