"""Skips that are said: counted by reason, and in CI failures unless pyproject.toml lists the reason.

A test that skips without a word is a test that nobody misses. ``allowed_skips`` in pyproject.toml
lists the reasons that may stand in CI too, a line each: the beginning of the reason.
"""

import os
from collections import Counter

import pytest

OPTION = "allowed_skips"


def in_ci() -> bool:
    """Return whether the run is one of CI, where everything that tests need is there."""
    return os.environ.get("CI", "").lower() in {"1", "true", "yes"}


def reason_of(report: pytest.TestReport) -> str:
    """Return why a test was skipped, in the words of its skip."""
    longrepr = report.longrepr
    reason = longrepr[2] if isinstance(longrepr, tuple) else str(longrepr)
    return reason.removeprefix("Skipped: ")


def refuse_skip(report: pytest.TestReport, allowed: list[str]) -> None:
    """Turn a skip whose reason is not allowed into a failure that says so."""
    expected_failure = hasattr(report, "wasxfail")
    if not report.skipped or expected_failure:
        return
    reason = reason_of(report)
    if any(reason.startswith(each) for each in allowed):
        return
    report.outcome = "failed"
    report.longrepr = (
        f"skipped in CI: {reason!r} is not in {OPTION} of pyproject.toml; install what it needs, "
        "or list the reason"
    )


def summary(reports: list[pytest.TestReport]) -> str:
    """Return one line: how many tests were left out, and why."""
    reasons = Counter(reason_of(report) for report in reports if not hasattr(report, "wasxfail"))
    counted = "; ".join(f"{reason} ({count})" for reason, count in reasons.most_common())
    return f"{sum(reasons.values())} tests left out: {counted}"
