"""Who may see the dashboard: the list, the refusal of a public address, and what the process is given."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

import livetally
from collector.config.dashboard import DashboardSection
from dashboard.server import launch, settings
from dashboard.server.access import Access, Verdict, verdict
from dashboard.server.launch import refusal
from dashboard.server.security import host, security
from dashboard.server.settings import DashboardSettings, send_settings
from tests.dashboard.server.test_launch import free_port, healthy
from tests.support.patience import PATIENCE_SECONDS
from tests.support.published_edition import Rehearsal

ROOT = Path(__file__).resolve().parents[3]
EVERYWHERE = "0.0.0.0"
ALLOW = ("amina@example.org", "@dgsn.example.ma")
ACCESS = Access(
    url="https://team.example.org",
    metadata_url="https://id.example.org/.well-known/openid-configuration",
    client_id="livetally",
    client_secret="canary-client-secret",
    cookie_secret="canary-cookie-secret",
    allow=ALLOW,
)


@pytest.mark.parametrize(
    ("email", "verified", "expected"),
    [
        ("amina@example.org", True, Verdict.ADMITTED),
        ("Amina@Example.ORG", True, Verdict.ADMITTED),
        ("anyone@dgsn.example.ma", True, Verdict.ADMITTED),
        ("anyone@dgsn.example.ma", "true", Verdict.ADMITTED),
        ("omar@example.org", True, Verdict.REFUSED),
        ("amina@example.org.evil.example", True, Verdict.REFUSED),
        ("anyone@evil.example/@dgsn.example.ma", True, Verdict.NO_EMAIL),
        ("anyone@sub.dgsn.example.ma", True, Verdict.REFUSED),
        ("@dgsn.example.ma", True, Verdict.NO_EMAIL),
        ("amina@example.org", False, Verdict.UNVERIFIED),
        ("amina@example.org", None, Verdict.UNVERIFIED),
        ("amina@example.org", "yes", Verdict.UNVERIFIED),
        (None, True, Verdict.NO_EMAIL),
        ("", True, Verdict.NO_EMAIL),
        (["amina@example.org"], True, Verdict.NO_EMAIL),
    ],
)
def test_the_list_admits_whom_it_names_and_nobody_else(email, verified, expected):
    assert verdict(email, verified, allow=ALLOW, unverified_emails=False) is expected


def test_a_provider_that_says_nothing_of_addresses_has_to_be_trusted_by_name():
    told = {"allow": ALLOW, "unverified_emails": True}
    assert verdict("amina@example.org", None, **told) is Verdict.ADMITTED
    assert verdict("amina@example.org", False, **told) is Verdict.UNVERIFIED


def test_a_public_address_needs_a_login_or_the_word():
    everywhere = DashboardSettings(address=EVERYWHERE)
    assert "dashboard.login" in (refusal(everywhere) or "")
    assert refusal(replace(everywhere, public_read_only=True)) is None
    assert refusal(replace(everywhere, access=ACCESS)) is None
    assert refusal(DashboardSettings(access=ACCESS)) is None
    both = replace(everywhere, access=ACCESS, public_read_only=True)
    assert "Leave one of them out" in (refusal(both) or "")


def test_the_address_that_people_type_is_answered():
    hosts = DashboardSettings(address=EVERYWHERE, access=ACCESS).allowed_hosts
    assert hosts == (EVERYWHERE, "localhost", "127.0.0.1", "team.example.org")


def test_the_settings_reach_the_process_whole_and_once(monkeypatch):
    sent = DashboardSettings(
        read_model=Path("published").absolute(),
        digits="eastern",
        refresh_seconds=2.5,
        hosts=("127.0.0.1",),
        embed=("https://www.example.org",),
        access=ACCESS,
    )
    monkeypatch.setenv(settings.DESCRIPTOR, str(send_settings(sent)))
    settings.received_settings.cache_clear()
    try:
        assert settings.received_settings() == sent
        assert settings.DESCRIPTOR not in os.environ
        assert ACCESS.secrets["auth"]["redirect_uri"].endswith("/oauth2callback")
    finally:
        settings.received_settings.cache_clear()


def test_announced_settings_that_cannot_be_read_serve_nothing(monkeypatch):
    monkeypatch.setenv(settings.DESCRIPTOR, "9999")
    settings.received_settings.cache_clear()
    with pytest.raises(OSError):
        settings.received_settings()
    settings.received_settings.cache_clear()


def test_by_hand_the_pages_are_served_as_with_a_configuration_that_says_nothing():
    section, by_hand = DashboardSection(), DashboardSettings()
    fields = set(type(section).model_fields) & set(by_hand.__dataclass_fields__)
    assert len(fields) == 8
    assert all(getattr(section, name) == getattr(by_hand, name) for name in fields)


@pytest.mark.parametrize(
    ("header", "name"),
    [("127.0.0.1:8501", "127.0.0.1"), ("[::1]:8501", "::1"), ("Team.Example.org", "team.example.org"), ("", "")],
)  # fmt: skip
def test_a_host_header_is_read_without_its_port(header, name):
    assert host(header) == name


def test_a_platforms_keys_are_the_collectors_alone():
    told = {
        "PATH": "/bin",
        "LIVETALLY_CONFIG": "config.yaml",
        "LIVETALLY_LOG": "json",
        "LIVETALLY_YOUTUBE_API_KEY": "canary",
        "LIVETALLY_X_BEARER_TOKEN_FILE": "canary",
        "LIVETALLY_DASHBOARD_CLIENT_SECRET": "of the login",
    }
    assert livetally.child_environment("collector", told) == told
    assert livetally.child_environment("simulator", told) == told
    dashboard = livetally.child_environment("dashboard", told)
    assert "canary" not in dashboard.values()
    assert dashboard["LIVETALLY_DASHBOARD_CLIENT_SECRET"] == "of the login"
    public = livetally.child_environment("public pages", told)
    assert set(public) == {"PATH", "LIVETALLY_CONFIG", "LIVETALLY_LOG"}


@pytest.fixture(scope="module")
def guarded(published, now, tmp_path_factory):
    """A dashboard with a login, started as a person's shell would, keys of platforms and all."""
    port, folder = free_port(), published("live", Rehearsal(now=now))
    program = (
        "import os, sys; from pathlib import Path; from dashboard.server.access import Access;"
        "from dashboard.server.launch import run;"
        "from dashboard.server.settings import DashboardSettings;"
        f"access = Access(**{ {k: getattr(ACCESS, k) for k in ACCESS.__dataclass_fields__}!r});"
        f"sys.exit(run(DashboardSettings(read_model=Path({str(folder)!r}), port={port}, access=access,"
        " embed=('https://www.example.org',))))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=tmp_path_factory.mktemp("cwd"),
        env={**os.environ, "PYTHONPATH": str(ROOT), "LIVETALLY_YOUTUBE_API_KEY": "canary-key"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert healthy(port)
        yield process, port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE_SECONDS)


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs Linux's /proc")
def test_the_serving_process_holds_no_key_and_no_secret_in_its_environment_or_command(guarded):
    process, _ = guarded
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    assert children
    for child in children:
        for place in ("environ", "cmdline"):
            told = Path(f"/proc/{child}/{place}").read_bytes()
            assert b"canary" not in told
            assert re.search(rb"LIVETALLY_[A-Z]+_(API_KEY|TOKEN|SECRET)", told) is None


def ask(port: int, path: str = "/", **headers: str):
    request = Request(f"http://127.0.0.1:{port}{path}", headers=headers)  # loopback
    try:
        with urlopen(request, timeout=PATIENCE_SECONDS) as answer:  # noqa: S310  # loopback
            return answer.status, dict(answer.headers), answer.read()
    except HTTPError as error:
        with error:
            return error.code, dict(error.headers), error.read()


def test_every_answer_carries_the_security_headers(guarded):
    _, port = guarded
    wanted = {k.lower(): v for k, v in security(("https://www.example.org",)).items()}
    for path in ("/", "/health", "/_stcore/health", "/none.js"):
        _, headers, _ = ask(port, path)
        told = {k.lower(): v for k, v in headers.items()}
        assert {k: told.get(k) for k in wanted} == wanted, path
    policy = wanted["content-security-policy"]
    assert "frame-ancestors 'self' https://www.example.org" in policy
    assert "unsafe-eval" not in policy


def test_another_host_is_not_answered(guarded):
    _, port = guarded
    assert ask(port, Host="evil.example")[0] == 400
    assert ask(port, Host=f"localhost:{port}")[0] == 200
    assert ask(port, Host="team.example.org")[0] == 200
    assert ask(port, "/_stcore/health", Host="evil.example")[0] == 400


CONFIG = """\
programme: {{key: days, names: {{ar: أ, fr: b, en: c}}, time_zone: Africa/Casablanca}}
editions:
  - {{key: one, names: {{ar: أ, fr: b, en: c}}, city: {{ar: أ, fr: b, en: c}},
      starts_on: 2026-05-17, ends_on: 2026-05-21}}
dashboard:
{dashboard}
"""


def livetally_run(tmp_path: Path, dashboard: str, *words: str, **environment: str):
    (tmp_path / "config.yaml").write_text(CONFIG.format(dashboard=dashboard), "utf-8")
    kept = {k: v for k, v in os.environ.items() if not k.startswith("LIVETALLY_")}
    return subprocess.run(
        [sys.executable, "-m", "livetally", "dashboard", *words],
        cwd=tmp_path, env={**kept, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS,
    )  # fmt: skip


LOGIN = """\
  url: https://team.example.org
  login:
    metadata_url: https://id.example.org/.well-known/openid-configuration
    client_id: livetally
    allow: ["@example.org"]
"""


@pytest.mark.parametrize(
    ("dashboard", "said"),
    [
        ("  address: 0.0.0.0", "set dashboard.login in config.yaml"),
        (LOGIN, "LIVETALLY_DASHBOARD_CLIENT_SECRET"),
        (LOGIN.replace("  url: https://team.example.org\n", ""), "dashboard.url"),
        (LOGIN.replace("https://team", "http://team"), "config.yaml:6"),
        (LOGIN.replace("@example.org", "example.org"), "invalid e-mail address"),
        (LOGIN.replace("https://id", "http://id"), "not safe to reach"),
        ("  public: {embed: [www.example.org]}", "invalid origin"),
    ],
)
def test_what_would_let_anyone_in_is_refused_with_its_remedy(tmp_path, dashboard, said):
    done = livetally_run(tmp_path, dashboard, "run")
    assert done.returncode == 2, done.stderr
    assert said in done.stderr


def test_a_login_and_everyone_exclude_each_other(tmp_path):
    told = {"LIVETALLY_DASHBOARD_CLIENT_SECRET": "canary"}
    done = livetally_run(tmp_path, LOGIN, "run", "--public-read-only", **told)
    assert done.returncode == 2
    assert "Leave one of them out" in done.stderr
    assert "canary" not in done.stderr


def test_publishing_once_needs_no_secret_and_says_what_it_wrote(tmp_path):
    done = livetally_run(tmp_path, LOGIN, "publish", "--json")
    assert done.returncode == 0, done.stderr
    assert '"index.html"' in done.stdout
    assert (tmp_path / "data" / "public" / "ar.html.gz").exists()
    (tmp_path / "file").write_text("")
    done = livetally_run(tmp_path, LOGIN, "publish", "--out", "file/under")
    assert done.returncode == 2
    assert "file/under is not a folder" in done.stderr


def test_watching_serves_and_ends_in_0(tmp_path):
    port = free_port()
    (tmp_path / "config.yaml").write_text(
        CONFIG.format(dashboard=f"  public: {{port: {port}, every_seconds: 1}}"), "utf-8"
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "livetally", "dashboard", "publish", "--serve", "--json"],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout
        assert '"live.json"' in process.stdout.readline()
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                status, _, body = ask(port, "/live.json")
                break
            except OSError:
                assert time.monotonic() < deadline
                time.sleep(0.1)
        assert (status, b'"state":"empty"' in body) == (200, True)
        taken = livetally_run(tmp_path, f"  public: {{port: {port}}}", "publish", "--serve")
        assert taken.returncode == 1
        assert "dashboard.public" in taken.stderr
    finally:
        process.send_signal(signal.SIGTERM)
        rest, _ = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0, rest


def test_the_serving_file_is_the_one_streamlit_is_told_to_run():
    assert "asgi.py" in " ".join(launch.streamlit_command())


@pytest.mark.fault(row=67)
@pytest.mark.parametrize(
    "email",
    [
        "boss@ban\u212a.org", "bo\u017f\u017f@bank.org", "boss@bank\u3002org", "boss@\uff42ank.org",
        "boss@bank.org\u200b", "b\u043ess@bank.org", "boss@ban\u212a.ORG",
    ],
)  # fmt: skip
def test_no_address_passes_for_another(email):
    told = {"allow": ("boss@bank.org", "@bank.org"), "unverified_emails": False}
    assert verdict(email, True, **told) in {Verdict.REFUSED, Verdict.NO_EMAIL}
    assert verdict("BOSS@Bank.org", True, **told) is Verdict.ADMITTED


@pytest.mark.fault(row=67)
def test_a_domain_of_other_letters_is_the_same_in_both_its_forms():
    told = {"allow": ("@münchen.example",), "unverified_emails": False}
    assert verdict("a@xn--mnchen-3ya.example", True, **told) is Verdict.ADMITTED
    assert verdict("a@MÜNCHEN.example", True, **told) is Verdict.ADMITTED


def upgraded(port: int, origin: str | None, host: str) -> str:
    """Ask for a WebSocket; return the first line of the answer."""
    lines = [
        "GET /_stcore/stream HTTP/1.1", f"Host: {host}", "Connection: Upgrade",
        "Upgrade: websocket", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version: 13", *([f"Origin: {origin}"] if origin else []),
    ]  # fmt: skip
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS) as client:
        client.sendall("\r\n".join([*lines, "", ""]).encode())
        return client.recv(4096).split(b"\r\n")[0].decode()


@pytest.mark.fault(
    row=67,
    fault="somebody passes for another: an address with letters that look alike, a page of another origin",
    injected="the sign for kelvin, long s, fullwidth and Cyrillic letters, other dots; WebSockets of "
    "other ports, hosts, schemes and of none",
    outcome="addresses are compared in ASCII after IDNA, handles letter by letter; a WebSocket is of "
    "the page's own origin, port included",
)
def test_a_websocket_comes_from_the_pages_own_origin_port_included(guarded):
    _, port = guarded
    own = f"127.0.0.1:{port}"
    for origin, host_ in (
        (f"http://{own}", own),
        (f"http://localhost:{port}", f"localhost:{port}"),
        ("https://team.example.org", "team.example.org"),
        (None, own),
    ):
        assert " 101 " in upgraded(port, origin, host_), (origin, host_)
    for origin in (
        "http://localhost:9999", "http://127.0.0.1", f"http://localhost:{port}", "http://127.0.0.1:1",
        "null", "file://", f"http://{own}.evil.example", f"http://evil.example/{own}", "", f"ftp://{own}",
        f"http://user@{own}", f"http://[::1]:{port}",
    ):  # fmt: skip
        if origin:
            assert " 403 " in upgraded(port, origin, own), origin


@pytest.mark.fault(
    row=68,
    fault="strangers ask what runs here",
    injected="requests for Streamlit's metrics and settings, a foreign Host and a Range",
    outcome="no answer names the server; metrics are closed, settings are a page's alone; a foreign "
    "Host is refused, and files come whole",
)
def test_the_server_names_nothing_and_closes_what_no_page_needs(guarded):
    _, port = guarded
    for path in ("/", "/_stcore/health", "/_stcore/metrics", "/none.js", "/_stcore/host-config"):
        _, headers, _ = ask(port, path)
        assert "server" not in {name.lower() for name in headers}, path
    assert ask(port, "/_stcore/metrics")[0] == 404
    assert ask(port, "/_stcore/metrics", **{"Sec-Fetch-Site": "same-origin"})[0] == 404
    closed = [{}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "none"},
              {"Sec-Fetch-Site": "same-site", "Cookie": "livetally_page=1"}]  # fmt: skip
    for headers in closed:
        assert ask(port, "/_stcore/host-config", **headers)[0] == 404, headers
    _, headers, _ = ask(port, "/")
    cookie = headers["set-cookie"].partition(";")[0]
    for headers in ({"Sec-Fetch-Site": "same-origin"}, {"Cookie": cookie}):
        status, _, body = ask(port, "/_stcore/host-config", **headers)
        assert status == 200
        assert b"allowedOrigins" in body
