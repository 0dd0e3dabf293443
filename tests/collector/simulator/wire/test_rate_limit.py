"""Windows of time: the rolling one forgets call by call, the fixed one all at once."""

from datetime import timedelta

from collector.simulator.wire.rate_limit import FixedWindow, RollingWindow
from tests.support.simulator_examples import START

MINUTE = timedelta(minutes=1)


def test_a_rolling_window_forgets_each_call_after_its_length() -> None:
    window = RollingWindow(MINUTE)
    for second in (0, 20, 40):
        window.add("key", START + timedelta(seconds=second))
    at = START + timedelta(seconds=50)
    assert window.used("key", at) == 3
    assert window.used("other", at) == 0
    assert window.time_until_free("key", at) == timedelta(seconds=10)
    assert window.used("key", START + MINUTE) == 2


def test_a_fixed_window_begins_with_its_first_call_and_forgets_all_at_its_end() -> None:
    window = FixedWindow(MINUTE)
    assert window.add("key", START) == (1, START + MINUTE)
    late = START + timedelta(seconds=59)
    assert window.add("key", late) == (2, START + MINUTE)
    assert window.add("key", START + MINUTE) == (1, START + 2 * MINUTE)
