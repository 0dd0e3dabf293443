"""How the collector ended, told to readers until it is heard of again."""

from datetime import timedelta

import pytest

from dashboard.view_model.refresher import Refresher
from storage.model import CollectorEnd
from storage.read_model.collector_end import end_writer, read_end
from tests.support.builders import NOON

MINUTE = timedelta(minutes=1)


def test_an_end_is_known_until_a_later_sign_of_life(tmp_path):
    folder = tmp_path / "published"
    assert read_end(folder, None) is None
    end_writer(folder, lambda: NOON)(4)
    end = CollectorEnd(at=NOON, code=4)
    assert read_end(folder, None) == read_end(folder, NOON - MINUTE) == end
    assert read_end(folder, NOON + MINUTE) is None
    end_writer(folder, lambda: NOON + MINUTE)(-9)
    assert read_end(folder, NOON) == CollectorEnd(at=NOON + MINUTE, code=-9)


@pytest.mark.parametrize("body", [b"", b"{}", b'{"at": "x", "code": 1}', b"\0" * 40])
def test_one_that_cannot_be_read_is_none(tmp_path, body):
    end_writer(tmp_path, lambda: NOON)(4)
    (tmp_path / "collector_end.json").write_bytes(body)
    assert read_end(tmp_path, None) is None


def test_a_folder_that_refuses_is_no_fault_of_the_one_who_keeps_it_running(tmp_path):
    (tmp_path / "file").write_text("x")
    end_writer(tmp_path / "file", lambda: NOON)(4)
    assert read_end(tmp_path / "file", None) is None


def test_a_page_of_an_empty_folder_knows_the_end(tmp_path):
    end_writer(tmp_path, lambda: NOON)(2)
    refresher = Refresher(tmp_path, refresh_seconds=5, now=lambda: NOON)
    refresher.refresh()
    assert refresher.current.model is None
    assert refresher.current.collector_end == CollectorEnd(at=NOON, code=2)
