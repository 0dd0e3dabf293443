"""Fixtures that every test may use, each named for a state."""

import signal
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.support import fault_records, orphan_guard, strict_skips

#: What the tests of faults printed and logged.
SAID = pytest.StashKey[list[str]]()
SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture
def shared() -> Path:
    """The folder of real material beside the checkout; a test that needs it skips without."""
    if not SHARED.is_dir():
        pytest.skip("needs the real material of ../shared, which is not beside this checkout")
    return SHARED


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Refuse silent skips, and write down the row of the fault matrix that a mark puts into words."""
    report = yield
    if strict_skips.in_ci():
        strict_skips.refuse_skip(report, item.config.getini(strict_skips.OPTION))
    if item.get_closest_marker("fault"):
        said = item.config.stash.setdefault(SAID, [])
        said.append(report.capstdout + report.capstderr + report.caplog)
    for mark in item.iter_markers("fault"):
        if report.when == "call" and report.passed and "outcome" in mark.kwargs:
            fault_records.write(item, dict(mark.kwargs))
    return report


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Search for secrets last, in what all the others have written."""
    items.sort(key=lambda item: item.get_closest_marker("searches") is not None)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Read from pyproject.toml which skips may stand in CI."""
    parser.addini(strict_skips.OPTION, "reasons of skips that may stand in CI", type="linelist")


def pytest_configure() -> None:
    """Let what this run starts end with it, however it ends, and by the signals that tests send.

    A shell that starts a run in the background, and nohup, have them ignored, and children inherit that.
    """
    orphan_guard.mark_run()
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
        if signal.getsignal(number) == signal.SIG_IGN:
            is_python = number == signal.SIGINT
            signal.signal(number, signal.default_int_handler if is_python else signal.SIG_DFL)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """End with one line on what was left out."""
    skipped = terminalreporter.getreports("skipped")
    if skipped:
        terminalreporter.write_line(strict_skips.summary(skipped))
