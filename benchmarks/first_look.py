"""How soon the wall is there for whoever opens it first, on a server that has just started.

Per visit a new server on the rehearsal's read model and a browser context of its own, 1366 px: when
the first paint was, and when the first number stood on the page. Beside the figures stands the load
of the machine, without which they say little.

    python benchmarks/first_look.py [--visits 5]

Needs Chromium on the path.
"""

import argparse
import os
import shutil
import statistics
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from tests.browser.conftest import ARGUMENTS, served
from tests.support import published_edition
from tests.support.published_edition import Rehearsal

# Both are milliseconds since the page was asked for.
_WATCH = """() => {
  const look = () => {
    if (/\\d/.test(document.querySelector('.lt-hero .figure')?.textContent ?? '')) {
      window.firstNumber = performance.now();
    } else requestAnimationFrame(look);
  };
  look();
}"""
_PAINTED = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"


def main() -> None:
    """Print the table."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--visits", type=int, default=5)
    visits = asked.parse_args().visits
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name) / "published"
        published_edition.publish(folder, Rehearsal(now=datetime.now(UTC), wide=True))
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=list(ARGUMENTS)
        )
        paints, numbers, loads = list[float](), list[float](), list[float]()
        for _ in range(visits):
            loads.append(os.getloadavg()[0])
            paint, number = first_look(browser, folder)
            paints.append(paint)
            numbers.append(number)
        browser.close()
    print(f"load of the machine {min(loads):.1f} to {max(loads):.1f}, {os.cpu_count()} cores")
    print(f"first paint of the wall, {visits} cold starts, ms: {told(paints)}")
    print(f"its first number: {told(numbers)}")


def first_look(browser: Browser, folder: Path) -> tuple[float, float]:
    """Milliseconds until the first paint and until the first number, for the server's first visitor."""
    with served(folder) as site:
        context = browser.new_context(viewport={"width": 1366, "height": 900})
        view = context.new_page()
        view.add_init_script(f"({_WATCH})()")
        view.goto(f"{site}/?lang=en")
        view.wait_for_function("() => window.firstNumber !== undefined", timeout=60_000)
        found = view.evaluate(_PAINTED), view.evaluate("window.firstNumber")
        context.close()
    return found


def told(times: list[float]) -> str:
    """The middle and the ends."""
    return f"median {statistics.median(times):,.0f}, least {min(times):,.0f}, slowest {max(times):,.0f}"


if __name__ == "__main__":
    main()
