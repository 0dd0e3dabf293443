"""The first steps of a new user, as the stand-in of the cases has them: `collect once`, mended, `collect once`."""

import os
import socket
import subprocess
import sys
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from tests.support.patience import PATIENCE_SECONDS

NAMES = dict.fromkeys(("ar", "fr", "en"), "Week")
CHANNEL = "UC" + "a" * 22
TODAY = datetime.now(UTC).date()


@pytest.fixture
def feed(shared, tmp_path):
    """The port of the stand-in, and the file in which it notes its calls."""
    script, calls = shared / "cases/first-event/feed_stand_in.py", tmp_path / "calls"
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with (
        calls.open("w") as out,
        subprocess.Popen([sys.executable, script, str(port)], stdout=out) as one,
    ):
        try:
            until = time.monotonic() + PATIENCE_SECONDS
            while not answers(port):
                assert time.monotonic() < until
                time.sleep(0.05)
            yield port, calls
        finally:
            one.kill()


def answers(port):
    with closing(socket.socket()) as knock:
        return knock.connect_ex(("127.0.0.1", port)) == 0


def collect_once(folder: Path, handle: str, port: int, key: str | None = None):
    """Run the command itself, as the user does; return its exit code and what it said."""
    edition = {"key": "week", "names": NAMES, "city": NAMES}
    edition |= {"starts_on": TODAY - timedelta(days=1), "ends_on": TODAY + timedelta(days=1)}
    address = f"http://127.0.0.1:{port}"
    settings = {
        "programme": {"key": "week", "names": NAMES, "time_zone": "UTC"},
        "editions": [edition],
        "accounts": [{"platform": "youtube", "handle": handle}],
        "allow_private_addresses": True,
        "platforms": {"youtube": {"feed_url": f"{address}/feed", "api_url": f"{address}/api"}},
    }
    config = folder / "config.yaml"
    config.write_text(yaml.safe_dump(settings))
    environment = {
        name: text for name, text in os.environ.items() if not name.startswith("LIVETALLY_")
    }
    environment |= {"LIVETALLY_YOUTUBE_API_KEY": key} if key else {}
    ended = subprocess.run(
        [Path(sys.executable).parent / "livetally", "--config", config, "collect", "once"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
    )
    return ended.returncode, ended.stdout + ended.stderr


def test_a_handle_that_is_corrected_is_asked_at_once(feed, tmp_path):
    port, calls = feed
    code, said = collect_once(tmp_path, "@Event", port)
    assert (code, calls.read_text()) == (1, "")
    assert "no API key" in said
    assert "log in" not in said
    code, said = collect_once(tmp_path, CHANNEL, port)
    assert code == 0, said
    assert "1 new broadcasts" in said
    assert "/feed" in calls.read_text()


def test_a_key_that_is_set_is_asked_with_at_once(feed, tmp_path):
    port, calls = feed
    assert collect_once(tmp_path, "@Event", port)[0] == 1
    code, said = collect_once(tmp_path, "@Event", port, key="a-key-of-mine")
    # The stand-in knows no key: what it answers cannot be read, and is said.
    assert code == 1, said
    assert "/api/channels" in calls.read_text()


def test_a_feed_that_does_not_answer_is_no_success(feed, tmp_path):
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        nobody = probe.getsockname()[1]
        code, said = collect_once(tmp_path, CHANNEL, nobody)
    assert code == 1
    assert CHANNEL in said
