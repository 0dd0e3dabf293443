import os
import signal
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable
from pathlib import Path
from urllib.request import urlopen

import pytest
from streamlit import config

from dashboard.server import launch
from dashboard.server.launch import run, streamlit_environment
from dashboard.server.settings import DashboardSettings, is_loopback
from tests.support.patience import PATIENCE_SECONDS

CONFIG = Path(launch.__file__).parents[1] / ".streamlit" / "config.toml"
EVERYWHERE = "0.0.0.0"
ROOT = Path(__file__).resolve().parents[3]
LISTENERS = Path("/proc/net/tcp")
LISTEN = "0A"


def keys(tree: dict, prefix: str = "") -> list[str]:
    found: list[str] = []
    for key, value in tree.items():
        found += keys(value, f"{prefix}{key}.") if isinstance(value, dict) else [prefix + key]
    return found


def test_the_installed_streamlit_knows_every_option_we_set():
    known = set(config.get_config_options())
    ours = keys(tomllib.loads(CONFIG.read_text("utf-8")))
    flags = [*DashboardSettings().streamlit_options]
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
    environment = streamlit_environment(base)
    assert "secret" not in environment.values()
    assert "STREAMLIT_CLIENT_SHOW_ERROR_DETAILS" not in environment
    assert environment["PATH"] == "/bin"


@pytest.mark.parametrize(
    ("address", "loopback"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), (EVERYWHERE, False), ("example.org", False)],
)  # fmt: skip
def test_loopback_is_told_from_public(address, loopback):
    assert is_loopback(address) is loopback


@pytest.mark.fault(
    row=29,
    fault="the dashboard would be reached from other machines",
    injected="an address of all interfaces; Streamlit started by hand",
    outcome="listens on 127.0.0.1; any other address is refused with exit code 2 without a login or --public-read-only",
)
def test_a_public_address_is_refused_without_the_flag(capsys):
    assert run(DashboardSettings(address=EVERYWHERE)) == 2
    assert "--public-read-only" in capsys.readouterr().err


def test_other_hosts_are_not_answered():
    assert DashboardSettings().allowed_hosts == ("127.0.0.1", "localhost")
    assert DashboardSettings(address=EVERYWHERE, public_read_only=True).allowed_hosts == ()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_it_serves_from_any_directory_and_ends_in_0(live, tmp_path):
    port = free_port()
    program = (
        "import sys; from pathlib import Path; from dashboard.server.launch import run;"
        "from dashboard.server.settings import DashboardSettings;"
        f"sys.exit(run(DashboardSettings(read_model=Path({str(live)!r}), port={port})))"
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
        assert process.wait(PATIENCE_SECONDS) == 0
    finally:
        process.kill()
        process.wait()


@pytest.mark.fault(row=29)
@pytest.mark.skipif(not LISTENERS.exists(), reason="needs Linux's list of listening sockets")
@pytest.mark.parametrize(
    ("flags", "address"), [([], "127.0.0.1"), (["--server.address=127.0.0.2"], "127.0.0.2")]
)
def test_by_hand_it_listens_on_this_machine_alone_unless_told_otherwise(tmp_path, flags, address):
    port = free_port()
    script = str(Path(launch.__file__).parents[1] / "app.py")
    process = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", script, f"--server.port={port}", *flags],
        cwd=tmp_path,
        env={key: value for key, value in os.environ.items() if not key.startswith("STREAMLIT_")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert waited_for(lambda: listening(port)) == {address}
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)


def listening(port: int) -> set[str]:
    """The IPv4 addresses on which something listens at ``port``; ``::`` for any IPv6 one."""
    rows = [row.split()[1:4] for row in LISTENERS.read_text("ascii").splitlines()[1:]]
    local = [place.split(":") for place, _, state in rows if state == LISTEN]
    found = {
        socket.inet_ntoa(bytes.fromhex(address)[::-1])
        for address, at in local
        if int(at, 16) == port
    }
    wide = LISTENERS.with_name("tcp6").read_text("ascii").splitlines()[1:]
    return found | {
        "::" for row in wide if row.split()[3] == LISTEN and row.split()[1].endswith(f":{port:04X}")
    }


def waited_for(look: Callable[[], set[str]]) -> set[str]:
    """What ``look`` finds as soon as it finds anything; the empty set after a minute."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (found := look()) and time.monotonic() < deadline:
        time.sleep(0.2)
    return found


def healthy(port: int) -> bool:
    """Ask until Streamlit says that it is well."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            with urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2) as answer:
                return answer.read() == b"ok"
        except OSError:
            time.sleep(0.2)
    return False
