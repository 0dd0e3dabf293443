"""What axe-core finds on a page that keeps people out."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

GRAVE = {"serious", "critical"}


def grave(view: Page) -> list[str]:
    """What axe finds serious or critical, each with its place and reason."""
    return [
        f"{one['impact']} {one['id']}: {node['target']} {node['html'][:160]} {node['failureSummary']}"
        for one in Axe().run(view).response["violations"]
        if one["impact"] in GRAVE
        for node in one["nodes"]
    ]
