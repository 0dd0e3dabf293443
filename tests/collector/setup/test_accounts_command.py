"""`livetally accounts`, with a server of one's own that answers on loopback."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from collector.config.load import load_config
from tests.support.command_process import quiet_config, run_commands


class Icecast(BaseHTTPRequestHandler):
    """A status page without mounts, and nothing else."""

    def do_GET(self):
        is_status = self.path == "/status-json.xsl"
        body = json.dumps({"icestats": {"server_id": "Icecast 2.4.4"}}).encode()
        self.send_response(200 if is_status else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    with ThreadingHTTPServer(("127.0.0.1", 0), Icecast) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()


def test_accounts_are_added_by_address_listed_and_removed(tmp_path, server):
    config = quiet_config(tmp_path, "allow_private_addresses: true\n")
    answers = run_commands(
        config,
        ["accounts", "list"],
        ["accounts", "add", "--yes", "https://www.youtube.com/@DGSN", f"{server}/live.mp3"],
        ["accounts", "add", "--yes", "youtube.com/@DGSN/streams"],
        ["accounts", "add", "--yes", "--platform", "x", "--name", "Security", "DGSN_MAROC"],
        ["accounts", "list", "--json"],
        ["accounts", "remove", "x:DGSN_MAROC"],
        ["accounts", "remove", "x:DGSN_MAROC"],
        ["accounts", "add", "--yes", "https://www.youtube.com/watch?v=abc"],
        ["accounts", "add", "https://kick.com/dgsn"],
    )
    (empty, added, again, named, listed, removed, missing, video, unasked) = answers
    assert empty[0] == 0
    assert "no accounts yet" in empty[1]
    assert added[0] == 0, added[1]
    assert "YouTube: @DGSN" in added[1]
    assert f"Icecast: {server}/live.mp3" in added[1]
    assert (again[0], "followed already" in again[1]) == (0, True)
    assert named[0] == 0
    rows = json.loads(listed[1])["accounts"]
    assert rows[-1] == {"platform": "x", "handle": "DGSN_MAROC", "name": "Security"}
    assert [row["platform"] for row in rows] == ["youtube", "icecast", "x"]
    assert removed[0] == 0
    assert (missing[0], "is not among the accounts" in missing[1]) == (2, True)
    assert (video[0], "open the account and paste that address" in video[1]) == (2, True)
    assert unasked[0] == 1, "nobody said yes"
    assert [account.key for account in load_config(config).accounts] == [
        "youtube:@DGSN",
        f"icecast:{server}/live.mp3",
    ]


def test_a_server_that_is_none_of_those_known_says_what_each_was_told(tmp_path):
    config = quiet_config(tmp_path)
    before = config.read_bytes()
    [(code, text)] = run_commands(config, ["accounts", "add", "--yes", "http://127.0.0.1:9/"])
    assert code == 2
    assert "as Owncast: " in text
    assert "as Icecast: " in text
    assert config.read_bytes() == before
