"""Visits the pages of a served dashboard for `at_size.py`; prints seconds as JSON, or why not.

python benchmarks/at_size_pages.py ADDRESS
"""

import json
import shutil
import sys
import time
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from tests.browser.conftest import ARGUMENTS

PAGES = ("growth", "editions", "broadcasts", "forecast", "health")
LIMIT_SECONDS = 120.0
#: What has not changed for so long is there.
STILL_SECONDS = 1.0
_NUMBER = "() => /\\d/.test(document.querySelector('.lt-hero .figure')?.textContent ?? '')"
_STATE = """() => document.querySelector('.stApp')?.getAttribute('data-test-script-state') === 'notRunning'
  && [...document.querySelectorAll('.stEChartsChart')].every(c => c.getAttribute('aria-busy') === 'false')
  ? document.body.innerText.length + ' ' + document.querySelectorAll('canvas').length : null"""


def main(address: str) -> None:
    """Look at the wall, then twice at every page."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        print(json.dumps({"skipped": "needs Chromium"}))
        return
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        view = browser.new_context(viewport={"width": 1366, "height": 900}).new_page()
        began = time.monotonic()
        view.goto(f"{address}/?lang=en")
        view.wait_for_function(_NUMBER, timeout=LIMIT_SECONDS * 1000)
        print(json.dumps({"first number": time.monotonic() - began}), flush=True)
        for visit in ("first", "second"):
            for name in PAGES:
                taken = seconds_until_still(view, f"{address}/{name}?lang=en")
                print(json.dumps({f"{name}, {visit} visit": taken}), flush=True)
        browser.close()


def seconds_until_still(view: Page, address: str) -> float | None:
    """Return how long the page changed; None: longer than the limit."""
    began = changed = time.monotonic()
    view.goto(address)
    last = None
    while time.monotonic() - began < LIMIT_SECONDS:
        state = view.evaluate(_STATE)
        if state is None or state != last:
            last, changed = state, time.monotonic()
        elif time.monotonic() - changed >= STILL_SECONDS:
            return changed - began
        time.sleep(0.05)
    return None


if __name__ == "__main__":
    main(sys.argv[1])
