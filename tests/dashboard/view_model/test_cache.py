"""A chart is drawn once for all who look alike, and anew for every version of it."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from dashboard.view_model import cache
from dashboard.view_model.cache import SingleFlightCache
from tests.support.patience import PATIENCE_SECONDS


class Draws:
    """Counts how often it was asked to draw, and draws something new each time."""

    def __init__(self) -> None:
        self.made = 0

    def __call__(self) -> object:
        self.made += 1
        return object()


def test_many_who_look_alike_wait_for_one_drawing():
    draws, drawn, together = Draws(), SingleFlightCache(), threading.Barrier(16)

    def look() -> object:
        together.wait()
        return drawn.get_or_build(("wall", "ar"), 1, draws)

    with ThreadPoolExecutor(16) as viewers:
        seen = list(viewers.map(lambda _: look(), range(16)))
    assert draws.made == 1
    assert len(set(map(id, seen))) == 1


def test_another_look_and_another_version_are_drawn_anew():
    draws, drawn = Draws(), SingleFlightCache()
    first = drawn.get_or_build(("wall", "ar"), 1, draws)
    assert drawn.get_or_build(("wall", "fr"), 1, draws) is not first
    assert drawn.get_or_build(("wall", "ar"), 2, draws) is not first
    assert draws.made == 3
    assert drawn.get_or_build(("wall", "ar"), 2, draws) is drawn.get_or_build(
        ("wall", "ar"), 2, draws
    )
    assert draws.made == 3


def test_nothing_to_draw_is_found_out_once():
    asked = list[int]()
    drawn = SingleFlightCache()
    assert drawn.get_or_build("empty", 1, lambda: asked.append(1)) is None
    assert drawn.get_or_build("empty", 1, lambda: asked.append(1)) is None
    assert asked == [1]


def test_what_fails_reaches_who_drew_and_the_next_one_tries_again():
    drawn = SingleFlightCache()
    with pytest.raises(ZeroDivisionError):
        drawn.get_or_build("wall", 1, lambda: 1 / 0)
    assert drawn.get_or_build("wall", 1, lambda: "drawn") == "drawn"


def test_it_keeps_no_more_than_it_may_and_the_newest_of_them():
    draws, drawn = Draws(), SingleFlightCache()
    for viewer in range(3 * cache._MAX_ENTRIES):
        newest = drawn.get_or_build(viewer, 1, draws)
    assert len(drawn._entries) == len(drawn._locks) == cache._MAX_ENTRIES
    assert drawn.get_or_build(viewer, 1, draws) is newest


def test_what_fails_under_ever_new_keys_leaves_nothing():
    drawn = SingleFlightCache()
    for viewer in range(3 * cache._MAX_ENTRIES):
        with pytest.raises(ZeroDivisionError):
            drawn.get_or_build(viewer, 1, lambda: 1 / 0)
    assert not drawn._locks


def test_who_comes_while_another_makes_waits_or_takes_the_earlier_one():
    once, begun, go_on = SingleFlightCache(), threading.Event(), threading.Event()
    once.get_or_build("editions", 1, lambda: "first")

    def slowly() -> str:
        begun.set()
        assert go_on.wait(PATIENCE_SECONDS)
        return "second"

    with ThreadPoolExecutor(2) as viewers:
        making = viewers.submit(once.get_or_build, "editions", 2, slowly)
        assert begun.wait(PATIENCE_SECONDS)
        assert once.get_or_build("editions", 2, slowly, or_earlier=True) == "first"
        waiting = viewers.submit(once.get_or_build, "editions", 2, lambda: "third")
        go_on.set()
        assert making.result(10) == waiting.result(10) == "second"
    assert once.newest("editions") == "second"
    assert once.newest("nothing") is None
