"""The collector's clock, beside one that is set."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from collector.scheduling.clock import SteadyClock


class Machine:
    """A wall clock that may be set, and a monotonic one."""

    def __init__(self):
        self.wall, self.ran = 1_000_000.0, 50.0

    def run(self, seconds):
        self.wall += seconds
        self.ran += seconds

    def clock(self):
        return SteadyClock(lambda: self.wall, lambda: self.ran)


def seconds(clock):
    return clock().timestamp()


def test_it_is_the_machines_time_in_utc():
    machine = Machine()
    clock = machine.clock()
    machine.run(60)
    assert clock() == datetime.fromtimestamp(1_000_060, UTC)


def test_set_back_an_hour_it_goes_on_and_is_caught_up_with_after_ten():
    machine = Machine()
    clock = machine.clock()
    before = seconds(clock)
    machine.wall -= 3600
    machine.run(60)
    assert 53 < seconds(clock) - before <= 60
    for _ in range(600):
        machine.run(60)
        clock()
    assert seconds(clock) == machine.wall
    assert clock.ahead_seconds == 0


def test_set_forward_it_follows_at_once():
    machine = Machine()
    clock = machine.clock()
    machine.wall += 8 * 3600
    machine.run(1)
    assert seconds(clock) == machine.wall


def test_set_back_and_forward_again_it_is_the_machines_time():
    machine = Machine()
    clock = machine.clock()
    machine.wall -= 3600
    machine.run(1)
    clock()
    machine.wall += 3600
    machine.run(1)
    assert abs(seconds(clock) - machine.wall) < 1


@given(st.lists(st.tuples(st.floats(0, 600), st.floats(-90_000, 90_000)), max_size=30))
def test_it_never_goes_back_and_is_never_behind_the_machine(steps):
    machine = Machine()
    clock = machine.clock()
    before = seconds(clock)
    for ran, step in steps:
        machine.run(ran)
        machine.wall += step
        told = seconds(clock)
        assert told >= before
        assert told >= machine.wall - 1e-3
        before = told
