"""Modules of ours that one poll, one publication and one page of numbers pass through.

A module counts when one of its functions runs meanwhile, in whatever thread. Everything is real: a
collector on simulated platforms over HTTP, DuckDB, the read model.
Run by hand: ``.venv/bin/python benchmarks/modules_passed.py``
"""

import asyncio
import os
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import FrameType

from poll_cycle import A_ROUND, START, configured

from collector.app import collector
from collector.config.load import load_config
from collector.simulator.wire.server import serving
from dashboard.view_model.refresher import Refresher
from tests.support.stages.evening import evening

ROOT = str(Path(__file__).resolve().parents[1])
PACKAGES = ("collector.", "storage.", "dashboard.")


class Passed:
    """Notes the modules whose functions run while it is told to."""

    def __init__(self) -> None:
        self.modules: set[str] = set()
        self.noting = False

    def __call__(self, frame: FrameType, event: str, argument: object) -> None:
        """Take one event of the profiler."""
        del argument
        if not self.noting or event != "call" or frame.f_code.co_name == "<module>":
            return
        module = frame.f_globals.get("__name__", "")
        if module.startswith(PACKAGES) and not module.startswith("collector.simulator"):
            self.modules.add(module)

    @contextmanager
    def during(self) -> Iterator[set[str]]:
        """Yield the set that fills while the block runs."""
        self.modules = set()
        self.noting = True
        try:
            yield self.modules
        finally:
            self.noting = False


def main() -> None:
    """Run each once and print the table."""
    passed = Passed()
    threading.setprofile(passed)
    sys.setprofile(passed)
    with tempfile.TemporaryDirectory() as folder:
        polled, published, read = asyncio.run(measure(Path(folder), passed))
    sys.setprofile(None)
    threading.setprofile(None)
    print("| passes through | modules |\n|---|---|")
    for what, modules in (("a poll", polled), ("a publication", published), ("a read", read)):
        print(f"| {what} | {len(modules)} |")
    for modules in (polled, published, read):
        print(*sorted(modules))


async def measure(folder: Path, passed: Passed) -> tuple[set[str], set[str], set[str]]:
    """Poll YouTube's broadcasts once, publish what it gave, and build what the pages show."""
    clock = [START]
    world = evening(START, seed=1, accounts=1, each=2)
    with serving(world, now=lambda: clock[0]) as platforms, environment(platforms.environment):
        path = configured(folder, world, platforms)
        only_youtube(path)
        async with collector(load_config(path), now=lambda: clock[0]) as running:
            await running.discover()
            await running.poll()
            clock[0] += A_ROUND
            with passed.during() as polled:
                await running.poll()
            await running.publish()
            clock[0] += timedelta(minutes=1)
            await running.poll()
            with passed.during() as published:
                await running.publish()
            read_model = running.config.storage.read_model
    refresher = Refresher(read_model, refresh_seconds=5, now=lambda: datetime.now(UTC))
    with passed.during() as read:
        refresher.refresh()
    return set(polled), set(published), set(read)


def only_youtube(path: Path) -> None:
    """Leave one platform in a configuration."""
    import yaml  # noqa: PLC0415 - the benchmark's own need

    settings = yaml.safe_load(path.read_text("utf-8"))
    settings["accounts"] = [a for a in settings["accounts"] if a["platform"] == "youtube"]
    path.write_text(yaml.safe_dump(settings, allow_unicode=True), encoding="utf-8")


@contextmanager
def environment(more: dict[str, str]) -> Iterator[None]:
    """Add to the environment while the block runs."""
    before = dict(os.environ)
    os.environ.update(more)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


if __name__ == "__main__":
    main()
