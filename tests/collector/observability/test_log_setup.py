"""What reaches stderr: lines a machine reads, lines a person reads, and a secret in none of them."""

import io
import json
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
import structlog

from collector.contract.errors import ConfigError
from collector.observability.log_setup import log_to
from collector.redaction import MASK, Secrets
from tests.support.patience import PATIENCE_SECONDS

CANARY = 'canary "quoted" \\ é-secret'
ROOT = Path(__file__).resolve().parents[3]


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def logs():
    """Restore what pytest has set up to catch records."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield root
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()


def lines(stream):
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def fail(text):
    raise RuntimeError(text)


@pytest.mark.parametrize("layout", ["json", "text"])
@pytest.mark.parametrize(
    "foreign", ["collector.transport.client", "httpx", "asyncio", "apscheduler.executors.default"]
)
def test_no_secret_is_in_a_line_nor_in_a_traceback_nor_in_a_library_s_words(logs, layout, foreign):
    stream, secrets = io.StringIO(), Secrets()
    log_to(stream, secrets, {"LIVETALLY_LOG": layout})
    secrets.add(CANARY)  # tokens join as they are renewed, after the set-up
    try:
        fail(f"https://x.example/?access_token=abcdefgh and {CANARY}")
    except RuntimeError:
        logging.getLogger(foreign).exception("sent %s", CANARY, stack_info=True)
    written = stream.getvalue()
    assert written.count(MASK) >= 3
    assert "RuntimeError" in written
    for form in (CANARY, json.dumps(CANARY)[1:-1], "é-secret", "abcdefgh"):
        assert form not in written


def test_a_library_that_logs_through_structlog_is_masked_too(logs, capsys):
    stream = io.StringIO()
    log_to(stream, Secrets([CANARY]), {})
    structlog.get_logger("their").warning("retry", caused_by=f"Error({CANARY})")
    [line] = lines(stream)
    assert line["message"] == "retry"
    assert MASK in line["caused_by"]
    assert "é-secret" not in stream.getvalue()
    assert capsys.readouterr() == ("", "")


def test_a_machine_gets_one_json_object_a_line_with_its_time_in_utc(logs):
    stream = io.StringIO()
    log_to(stream, Secrets(), {})
    logging.getLogger("collector.jobs.source_health").warning("يوتيوب %s", "is\nfailing")
    [line] = lines(stream)
    assert line.pop("at").endswith("Z")
    assert line == {
        "level": "warning",
        "logger": "collector.jobs.source_health",
        "message": "يوتيوب is\nfailing",
    }


def test_a_terminal_gets_readable_lines_unless_json_is_asked_for(logs):
    terminal = Terminal()
    log_to(terminal, Secrets(), {})
    logging.getLogger("a").info("hello")
    assert "hello" in terminal.getvalue()
    with pytest.raises(ValueError, match="Expecting value"):
        lines(terminal)
    terminal = Terminal()
    log_to(terminal, Secrets(), {"LIVETALLY_LOG": "json"})
    logging.getLogger("a").info("hello")
    assert [line["message"] for line in lines(terminal)] == ["hello"]


def test_the_level_is_chosen_by_the_environment(logs):
    stream = io.StringIO()
    log_to(stream, Secrets(), {"LIVETALLY_LOG_LEVEL": "warning"})
    logging.getLogger("a").info("small")
    logging.getLogger("a").warning("large")
    assert [line["message"] for line in lines(stream)] == ["large"]


@pytest.mark.parametrize("variable", ["LIVETALLY_LOG", "LIVETALLY_LOG_LEVEL"])
def test_a_level_or_layout_that_there_is_not_is_refused_by_name(logs, variable):
    with pytest.raises(ConfigError, match=rf"invalid {variable} 'loud': expected one of "):
        log_to(io.StringIO(), Secrets(), {variable: "loud"})


@pytest.mark.parametrize("thread", [False, True])
def test_what_nobody_catches_is_logged_without_secrets(thread):
    script = (
        "import os, sys, threading\n"
        "from collector.observability.log_setup import log_to, log_what_ends_us\n"
        "from collector.redaction import Secrets\n"
        "canary = os.environ['CANARY']\n"
        "log_to(sys.stderr, Secrets([canary]), {})\n"
        "log_what_ends_us()\n"
        "def fail(): raise RuntimeError(canary)\n"
    ) + ("threading.Thread(target=fail).start()" if thread else "fail()")
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={**os.environ, "CANARY": CANARY},
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert done.returncode == (0 if thread else 1)
    [line] = done.stderr.splitlines()
    assert "RuntimeError" in json.loads(line)["exception"]
    assert "é-secret" not in done.stderr
