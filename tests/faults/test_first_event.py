"""A new user's first event: what the commands and the public page say where little can be seen."""

import socket
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from dashboard.i18n.words import LANGUAGES, words
from storage.read_model.heartbeat import Heartbeat
from tests.support.first_event import feed, look_once, run, write_event

pytestmark = pytest.mark.end_to_end
CLAIMS = ("phase.quiet", "onair.nothing", "total.unknown_before", "phase.final", "total.final")


@pytest.fixture
def feed_url():
    class Answers(BaseHTTPRequestHandler):
        def do_GET(self):
            body = feed()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/feed"
        server.shutdown()


@pytest.fixture
def nobody():
    """The address of a feed that nobody serves, which nobody else can take meanwhile."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}/feed"


def claims(pages):
    """What the pages claim, each in its language, that a source must have told."""
    return [
        (language, key)
        for language in LANGUAGES
        for key in CLAIMS
        if words(language).say(key) in pages[language]
    ]


@pytest.mark.fault(row=70)
def test_a_source_that_tells_no_state_denies_no_broadcast(tmp_path, feed_url, fault_record):
    write_event(tmp_path, feed_url)
    codes, told, pages = look_once(tmp_path)
    assert codes == {"once": 0, "status": 0}
    assert (told["views"], told["state"]) == (678, "unknown")
    assert [each["sight"] for each in told["unseen"]] == ["untold"]
    assert claims(pages) == []
    assert "does not tell whether it is on air" in pages["en"]
    fault_record(
        70,
        "an event of one's own on a public feed alone, or on one that cannot be reached",
        "one channel without a key; the feed served, not served, and not served after the end",
        "678 views, and not known whether on air; not served: not known, exit 1 of once and status",
        0,
    )


@pytest.mark.parametrize(
    ("ended_days_ago", "key"), [(-1, "phase.unknown"), (5, "phase.unknown_after")]
)
@pytest.mark.fault(row=70)
def test_a_source_that_never_answered_is_not_known(tmp_path, nobody, ended_days_ago, key):
    write_event(tmp_path, nobody, ended_days_ago=ended_days_ago)
    codes, told, pages = look_once(tmp_path)
    assert codes == {"once": 1, "status": 1}
    assert (told["views"], told["state"]) == (None, "unknown")
    assert [each["sight"] for each in told["unseen"]] == ["never"]
    assert claims(pages) == []
    for language in LANGUAGES:
        assert words(language).say(key) in pages[language]
        assert "Science channel" in pages[language]


@pytest.mark.parametrize("lives", [True, False])
def test_who_runs_and_has_published_nothing_is_not_to_be_started(tmp_path, nobody, lives):
    write_event(tmp_path, nobody)
    folder = tmp_path / "data" / "published"
    folder.mkdir(parents=True)
    now = datetime.now(UTC)
    beat = Heartbeat(at=now if lives else now - timedelta(hours=1), since=now - timedelta(hours=2))
    (folder / "heartbeat.json").write_text(beat.to_json(1), "utf-8")
    ended = run(tmp_path, "status")
    assert ended.returncode == 1
    runs = "has published nothing yet" in ended.stderr
    assert runs == lives
    assert ("livetally up" in ended.stderr) != runs
