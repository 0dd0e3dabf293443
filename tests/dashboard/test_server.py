import os
import signal
import socket
import subprocess
import sys
import time
import tomllib
from pathlib import Path
from urllib.request import urlopen

import pytest
from streamlit import config

from dashboard import server
from dashboard.server import Options, allowed_hosts, argv, environment, is_loopback, run

CONFIG = Path(server.__file__).parent / ".streamlit" / "config.toml"
EVERYWHERE = "0.0.0.0"
ROOT = Path(__file__).resolve().parents[2]


def keys(tree: dict, prefix: str = "") -> list[str]:
    found: list[str] = []
    for key, value in tree.items():
        found += keys(value, f"{prefix}{key}.") if isinstance(value, dict) else [prefix + key]
    return found


def test_the_installed_streamlit_knows_every_option_we_set():
    known = set(config.get_config_options())
    ours = keys(tomllib.loads(CONFIG.read_text("utf-8")))
    flags = [
        word[2:].split("=")[0] for word in argv(Options(read_model=Path())) if word[:2] == "--"
    ]
    assert "runner.postScriptGC" in ours
    assert set(ours + flags) - known == set()


def test_the_page_never_shows_details_of_errors_nor_reports_to_streamlit():
    options = tomllib.loads(CONFIG.read_text("utf-8"))
    assert options["client"]["showErrorDetails"] == "none"
    assert options["browser"]["gatherUsageStats"] is False
    assert options["runner"]["postScriptGC"] is False


def test_the_process_gets_no_secret():
    base = {
        "PATH": "/bin",
        "LIVETALLY_YOUTUBE_API_KEY": "secret",
        "LIVETALLY_YOUTUBE_API_KEY_FILE": "secret",
        "STREAMLIT_CLIENT_SHOW_ERROR_DETAILS": "full",
    }
    given = environment(Options(read_model=Path("published")), base)
    assert "secret" not in given.values()
    assert "STREAMLIT_CLIENT_SHOW_ERROR_DETAILS" not in given
    assert given["PATH"] == "/bin"
    assert Path(given[server.READ_MODEL]).is_absolute()


@pytest.mark.parametrize(
    ("address", "loopback"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), (EVERYWHERE, False), ("example.org", False)],
)  # fmt: skip
def test_loopback_is_told_from_public(address, loopback):
    assert is_loopback(address) is loopback


def test_a_public_address_is_refused_without_the_flag(capsys):
    assert run(Options(read_model=Path(), address=EVERYWHERE)) == 2
    assert "--public-read-only" in capsys.readouterr().err


def test_other_hosts_are_not_answered():
    assert allowed_hosts(Options(read_model=Path())) == ("127.0.0.1", "localhost")
    assert (
        allowed_hosts(Options(read_model=Path(), address=EVERYWHERE, public_read_only=True)) == ()
    )


def test_it_serves_from_any_directory_and_ends_in_0(live, tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    program = (
        "import sys; from pathlib import Path; from dashboard.server import Options, run;"
        f"sys.exit(run(Options(read_model=Path({str(live)!r}), port={port})))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert healthy(port)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait()


def healthy(port: int) -> bool:
    """Ask until Streamlit says that it is well."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            with urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2) as answer:
                return answer.read() == b"ok"
        except OSError:
            time.sleep(0.2)
    return False
