"""A view of the store: what stood when it was made, whatever is recorded beside it."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event, Thread

import pytest

from storage.database.read_view import ViewEnded
from storage.model import Tick
from tests.support.patience import PATIENCE_SECONDS
from tests.support.ticks import A, at, opened, poll, seen, tick, told

ROWS = "SELECT count(*) AS n FROM snapshot"
#: A question that would take hours.
ENDLESS = "SELECT sum(a.range * b.range) FROM range(10000000) a, range(10000000) b"


@pytest.fixture
def store(tmp_path):
    with_two = opened(tmp_path / "store.duckdb")
    with_two.record(told())
    with_two.record(tick(seen(A, 1, 10)))
    yield with_two
    with_two.close()


def test_ticks_and_checkpoints_go_on_beside_a_view_that_stays_as_it_is(store):
    with store.view() as view:
        before = view.memory.state
        for minute in range(2, 5):
            store.record(tick(seen(A, minute, 10 * minute)))
            store.checkpoint()
        assert view.file.rows(ROWS).item() == 1
        assert view.file.ask("touched_hours", tick=view.memory.tick).is_empty()
        assert view.memory.state is before
        assert view.memory.tick == 2
    with store.view() as later:
        assert later.file.rows(ROWS).item() == 4
        assert later.memory.tick == 5


def test_what_the_configuration_says_stays_too(store):
    with store.view() as view:
        accounts = view.event.account_frame()
        store.renew_identity()
        assert view.store_id != store.store_id
        assert view.event.account_frame().equals(accounts)


@pytest.mark.parametrize("how", ["stopped", "closed", "opened anew"])
def test_a_question_that_takes_long_ends_with_its_view(store, how):
    asked, outcome = Event(), []
    with store.view() as view:

        def ask():
            asked.set()
            try:
                view.file.rows(ENDLESS)
            except Exception as error:  # noqa: BLE001 - it is looked at
                outcome.append(error)

        thread = Thread(target=ask, daemon=True)
        thread.start()
        assert asked.wait(PATIENCE_SECONDS)
        if how == "closed":
            store.close()
        elif how == "opened anew":
            store._reload()
            store.record(tick(seen(A, 2, 20)))
        else:
            while thread.is_alive():
                view.file.stop()
                thread.join(0.01)
        thread.join(PATIENCE_SECONDS)
        assert [type(error) for error in outcome] == [ViewEnded]
        with pytest.raises(ViewEnded):
            view.file.ask("closed_gaps")


def test_a_number_is_given_while_another_has_the_turn(store):
    with store.reading(), ThreadPoolExecutor(1) as other:
        assert other.submit(store.next_poll_id).result(PATIENCE_SECONDS) == 2


def test_no_number_is_given_twice_while_ticks_are_recorded(store):
    times = 400
    with ThreadPoolExecutor(4) as threads:
        numbers = [threads.submit(store.next_poll_id) for _ in range(times)]
        for minute in range(2, 20):
            number = store.next_poll_id()
            numbers.append(threads.submit(int, number))
            store.record(Tick(at=at(minute), polls=(poll(number, minute),)))
    given = [number.result() for number in numbers]
    assert len(set(given)) == len(given)
    assert store.next_poll_id() > max(given)
