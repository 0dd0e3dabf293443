"""A new user's event on one channel's public feed, run with the real commands as processes."""

import json
import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from tests.support.patience import PATIENCE_SECONDS

CHANNEL = f"UC{'a' * 22}"
FEED = """<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:yt="http://www.youtube.com/xml/schemas/2015"
      xmlns:media="http://search.yahoo.com/mrss/">
 <entry><yt:videoId>bbbbbbbbbbb</yt:videoId><title>Opening, live</title><published>{published}</published>
  <media:group><media:community><media:statistics views="678"/></media:community></media:group>
 </entry>
</feed>"""


def feed() -> bytes:
    """Return the public feed of a channel with one video of 678 views."""
    published = datetime.now(UTC) - timedelta(hours=1)
    return FEED.format(published=published.isoformat(timespec="seconds")).encode()


def write_event(folder: Path, feed_url: str, *, ended_days_ago: int = -1) -> Path:
    """Write the configuration of an event in UTC whose edition takes three days, and no key."""
    ends = datetime.now(UTC).date() - timedelta(days=ended_days_ago)
    named = dict.fromkeys(("ar", "fr", "en"), "Science week")
    settings = {
        "programme": {"key": "science", "names": named, "time_zone": "UTC"},
        "editions": [
            {
                "key": "week",
                "names": named,
                "city": named,
                "starts_on": _day(ends - timedelta(days=2)),
                "ends_on": _day(ends),
                "target_views": 2000,
            }
        ],
        "accounts": [{"platform": "youtube", "handle": CHANNEL, "name": "Science channel"}],
        "allow_private_addresses": True,
        "platforms": {"youtube": {"feed_url": feed_url}},
    }
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(settings, allow_unicode=True), "utf-8")
    return path


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run ``livetally`` with ``words`` in ``folder``, without any key."""
    bare = {key: value for key, value in os.environ.items() if not key.startswith("LIVETALLY_")}
    argv = [sys.executable, "-m", "livetally", "--config", str(folder / "config.yaml"), *words]
    return subprocess.run(
        argv,
        cwd=folder,
        env=bare,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )


def look_once(folder: Path) -> tuple[dict[str, int], dict[str, Any], dict[str, str]]:
    """Collect and publish once; return each command's exit code, ``live.json`` and the pages."""
    codes = {"once": run(folder, "collect", "once").returncode}
    codes["status"] = run(folder, "status").returncode
    published = run(folder, "dashboard", "publish")
    assert published.returncode == 0, published.stderr
    public = folder / "data" / "public"
    pages = {page.stem: page.read_text("utf-8") for page in public.glob("*.html")}
    return codes, json.loads((public / "live.json").read_text("utf-8")), pages


def _day(day: date) -> str:
    return day.isoformat()
