"""Hours at a clock of the test's own: nothing grows, nothing is spent twice, nothing is unexplained."""

import asyncio

import pytest

from benchmarks.soak import soak

pytestmark = pytest.mark.end_to_end


@pytest.mark.fault(row=32)
def test_an_hour_with_faults_grows_nothing_and_leaves_no_minute_unexplained(tmp_path, fault_record):
    found = asyncio.run(soak(tmp_path, hours=1, seed=4, accounts=1, each=8))
    assert found.broadcasts == 40
    assert found.snapshots > 30 * 40 / 2
    assert found.faults >= 3
    assert found.gaps > 0
    assert found.unexplained == 0
    assert found.growth("files") < 0.05
    assert found.growth("tasks") < 0.05
    # Each of five pools keeps five connections, and both ends of them are here.
    assert found.late.sockets <= found.early.sockets + 2 * 5 * 5
    assert found.growth("memory") < 0.05
    # One call a minute for each bucket, and what retries and discovery add.
    assert found.units["youtube.units"][0] < 60 * 1.5
    assert all(spent <= units for spent, units in found.units.values())
    fault_record(
        32,
        "a day of faults by chance",
        "five platforms; each minute with a chance of 15 % that a few addresses fail in one of five "
        "ways; here an hour, by hand 24 h of 200 broadcasts (benchmarks/soak.py)",
        "memory, files and tasks grow by less than 5 %; units within the plan; every missing minute "
        "has its gap",
        None,
    )
