import io
import logging

import pytest

from storage.system.log_repeats import MOST_OF_ONE_FORM, Repeats, SaidOnceHandler, SaidOnceLogger


class Clock:
    def __init__(self):
        self.at = 0.0

    def __call__(self):
        return self.at


def record(text, *args, level=logging.ERROR, name="asyncio", error=None):
    cause = (type(error), error, None) if error else None
    return logging.LogRecord(name, level, __file__, 1, text, args, cause)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def repeats(clock):
    return Repeats(clock)


def texts(records):
    return [each.getMessage() for each in records]


def test_a_text_is_said_once_a_minute_and_then_with_its_count(repeats, clock):
    said = [text for _ in range(65_000) for text in texts(repeats.admit_record(record("no room")))]
    assert said == ["no room"]
    clock.at = 61
    after = texts(repeats.admit_record(record("another")))
    assert after == ["said 64999 more times within a minute: no room", "another"]
    assert texts(repeats.admit_record(record("no room"))) == ["no room"], "a new minute"
    assert repeats.rest() == []


def test_what_differs_in_text_level_logger_or_cause_is_not_repeated(repeats):
    each = [
        record("%s fails", "a"),
        record("%s fails", "b"),
        record("a fails", level=logging.WARNING),
        record("a fails", name="uvicorn.error"),
        record("a fails", error=OSError("x")),
        record("a fails", error=ValueError("x")),
    ]
    assert [len(repeats.admit_record(one)) for one in each] == [1] * 6


def test_one_form_with_ever_other_values_is_bounded_and_what_is_well_is_not(repeats, clock):
    warned = [
        repeats.admit_record(record("origin %s", n, level=logging.WARNING)) for n in range(3_000)
    ]
    assert sum(map(len, warned)) == MOST_OF_ONE_FORM
    told = [repeats.admit_record(record("account %s", n, level=logging.INFO)) for n in range(300)]
    assert sum(map(len, told)) == 300
    clock.at = 61
    assert texts(repeats.rest())[0].startswith("said 2900 more times")


def test_it_keeps_a_bounded_number_of_texts(repeats):
    for number in range(20_000):
        repeats.admit_record(record(f"text {number}", level=logging.INFO))
    assert len(repeats._recent) <= 5_001


def test_a_handler_says_the_rest_when_it_is_closed():
    stream = io.StringIO()
    handler = SaidOnceHandler(stream)
    for _ in range(3):
        handler.handle(record("again"))
    handler.close()
    assert stream.getvalue().splitlines() == ["again", "said 2 more times within a minute: again"]


def test_a_library_with_handlers_of_its_own_is_held_to_it_too():
    stream = io.StringIO()
    logger = SaidOnceLogger("a library's")
    logger.addHandler(logging.StreamHandler(stream))
    for _ in range(50):
        logger.error("accept: out of system resource")
    assert stream.getvalue().count("out of system resource") == 1


def test_a_handler_outlives_its_stream(capsys):
    stream = io.StringIO()
    handler = SaidOnceHandler(stream)
    for _ in range(3):
        handler.handle(record("no room"))
    stream.close()
    handler.close()
    assert capsys.readouterr().err == ""
