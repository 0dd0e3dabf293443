"""What the fault tests share: each writes down what it saw."""

from collections.abc import Callable
from functools import partial

import pytest

from tests.faults import records


@pytest.fixture
def fault_record(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Write a row down: ``fault_record(row, fault, injected, outcome, recovery_seconds)``."""
    return partial(records.write, records.folder_of(request.config))
