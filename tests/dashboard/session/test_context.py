"""How often a page asks anew."""

import json
from collections.abc import Iterator

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.server.settings import DashboardSettings
from tests.support.dashboard_settings import handed_over


def page() -> None:
    import streamlit as st  # noqa: PLC0415  # the function is run alone

    from dashboard.session.context import chart_seconds, number_seconds  # noqa: PLC0415  # as above

    st.json({"numbers": number_seconds(), "charts": [chart_seconds() for _ in range(100)]})


@pytest.fixture
def app() -> Iterator[AppTest]:
    with handed_over(DashboardSettings(refresh_seconds=5, chart_seconds=60)):
        yield AppTest.from_function(page)


def test_numbers_are_asked_as_set_and_charts_about_so_often(app: AppTest):
    told = json.loads(app.run().json[0].value)
    assert told["numbers"] == 5
    assert all(48 <= seconds <= 72 for seconds in told["charts"])
    assert len(set(told["charts"])) > 90  # people who came together do not ask together


def test_nothing_is_asked_while_paused(app: AppTest):
    app.query_params["pause"] = "1"
    told = json.loads(app.run().json[0].value)
    assert told["numbers"] is None
    assert set(told["charts"]) == {None}
