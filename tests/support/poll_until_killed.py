"""Polls a simulated platform until it is killed: the process that a test kills.

``python -m tests.support.poll_until_killed CONFIG START DIES_AT``: a real collector under a
clock that starts at START and goes on by a minute a poll. It kills itself (SIGKILL) at its charge
number DIES_AT, when the ledger has kept it and the call has not been made. With 0 it polls six hours
and leaves in the file ``spent`` beside CONFIG what the ledger then has.
"""

import asyncio
import os
import signal
import sys
from datetime import datetime, timedelta
from pathlib import Path

from collector.app import collector
from collector.config.load import load_config

HOURS = timedelta(hours=6)


async def main(path: Path, start: datetime, dies_at: int) -> None:
    clock = [start]
    async with collector(load_config(path), now=lambda: clock[0]) as ready:
        ledger = ready.trackers[0].meter
        charge, charged = ledger.charge, 0

        async def charge_and_die(request):
            nonlocal charged
            await charge(request)
            charged += bool(request.costs)
            if request.costs and charged == dies_at:
                os.kill(os.getpid(), signal.SIGKILL)

        ledger.charge = charge_and_die
        await ready.discover()
        while clock[0] < start + HOURS:
            await ready.poll()
            clock[0] += timedelta(minutes=1)
        clock[0] = start  # of that day
        spent = await ledger.spent(ledger.buckets["youtube.units"])
        (path.parent / "spent").write_text(str(spent))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), datetime.fromisoformat(sys.argv[2]), int(sys.argv[3])))
