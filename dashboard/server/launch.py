"""Starts Streamlit as LiveTally wants it, and hands it no secret.

The fixed options stand in ``dashboard/.streamlit/config.toml``; the varying ones are flags.
"""

import ipaddress
import os
import signal
import subprocess  # Streamlit runs as a process of its own, which outlives none of us
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from urllib.parse import urlsplit

from dashboard.server.access import Access
from dashboard.server.settings import DESCRIPTOR, Terms, written

USAGE = 2
_STOP_SECONDS = 10.0

#: What the pages are told, by environment. Everything else named LIVETALLY_* stays out.
READ_MODEL = "LIVETALLY_DASHBOARD_READ_MODEL"
LANGUAGE = "LIVETALLY_DASHBOARD_LANGUAGE"
DIGITS = "LIVETALLY_DASHBOARD_DIGITS"
TIME = "LIVETALLY_DASHBOARD_TIME"
REFRESH = "LIVETALLY_DASHBOARD_REFRESH_SECONDS"
CHARTS = "LIVETALLY_DASHBOARD_CHART_SECONDS"


@dataclass(frozen=True, kw_only=True, slots=True)
class Options:
    """How to serve. ``address`` is an IP address or ``localhost``."""

    read_model: Path
    address: str = "127.0.0.1"
    port: int = 8501
    language: str = "ar"
    digits: str = "latin"  # or eastern (٠١٢), in Arabic
    time: str = "ltr"  # or rtl: which way it runs in charts
    refresh_seconds: float = 5.0
    chart_seconds: float = 60.0
    public_read_only: bool = False
    hosts: tuple[str, ...] = ()  # names the page may be asked for by, beyond its own address
    embed: tuple[str, ...] = ()  # origins that may show the pages in a frame
    access: Access | None = None  # who has to log in, and who may enter


def argv(options: Options) -> list[str]:
    """The command that serves the pages."""
    flags = {
        "server.address": options.address,
        "server.port": str(options.port),
        "browser.serverAddress": options.address,
    }
    listed = [f"--{key}={value}" for key, value in flags.items()]
    hosts = [f"--server.allowedHosts={host}" for host in allowed_hosts(options)]
    script = Path(__file__).parents[1] / "asgi.py"
    return [sys.executable, "-m", "streamlit", "run", str(script), *listed, *hosts]


def allowed_hosts(options: Options) -> tuple[str, ...]:
    """The Host headers that are answered; empty for any, when a public address names none."""
    named = list(options.hosts)
    if options.access is not None:
        named += [urlsplit(options.access.url).hostname or ""]
    if not is_loopback(options.address) and not named:
        return ()
    return tuple(dict.fromkeys((options.address, "localhost", "127.0.0.1", *named)))


def environment(options: Options, base: Mapping[str, str]) -> dict[str, str]:
    """The process's environment: ``base`` without anything of ours, plus what the pages need.

    Streamlit's own variables are dropped too: they would override the options we set.
    """
    kept = {k: v for k, v in base.items() if not k.startswith(("LIVETALLY_", "STREAMLIT_"))}
    root = str(Path(__file__).resolve().parents[2])
    before = kept.get("PYTHONPATH")
    return kept | {
        "PYTHONPATH": f"{root}{os.pathsep}{before}" if before else root,
        READ_MODEL: str(options.read_model.absolute()),
        LANGUAGE: options.language,
        DIGITS: options.digits,
        TIME: options.time,
        REFRESH: str(options.refresh_seconds),
        CHARTS: str(options.chart_seconds),
    }


def is_loopback(address: str) -> bool:
    """Whether only this machine can reach ``address``."""
    if address == "localhost":
        return True
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def refusal(options: Options) -> str | None:
    """Why this may not be served, with the remedy; None when it may."""
    if options.access is not None and options.public_read_only:
        return (
            "--public-read-only lets everyone in, and dashboard.login lets in only some. "
            "Leave one of them out."
        )
    if is_loopback(options.address) or options.public_read_only or options.access is not None:
        return None
    return (
        f"{options.address} can be reached from other machines and nobody has to log in. "
        "Use 127.0.0.1, set dashboard.login in config.yaml, or say --public-read-only if anyone "
        "may see the numbers."
    )


def run(options: Options) -> int:
    """Serve until SIGTERM or Ctrl-C, which end in 0; otherwise Streamlit's own exit code.

    A public address with neither a login nor ``public_read_only`` is refused with 2: anyone who
    reaches it would see the numbers.
    """
    refused = refusal(options)
    if refused is not None:
        print(f"livetally: {refused}", file=sys.stderr)  # noqa: T201  # it is for the person at the terminal
        return USAGE
    terms = Terms(hosts=allowed_hosts(options), embed=options.embed, access=options.access)
    descriptor = written(terms)
    try:
        process = subprocess.Popen(  # noqa: S603  # our own command, no shell
            argv(options),
            env=environment(options, os.environ) | {DESCRIPTOR: str(descriptor)},
            pass_fds=[descriptor],
        )
    finally:
        os.close(descriptor)
    asked_to_stop = False

    def stop(_signal: int, _frame: FrameType | None) -> None:
        nonlocal asked_to_stop
        asked_to_stop = True
        process.terminate()

    before = {each: signal.signal(each, stop) for each in (signal.SIGTERM, signal.SIGINT)}
    try:
        code = process.wait()
    finally:
        for each, action in before.items():
            signal.signal(each, action)
        if process.poll() is None:
            _end(process)
    return 0 if asked_to_stop else code


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
