"""Start of Streamlit as LiveTally wants it, with no secret in its command or environment.

The fixed options stand in ``dashboard/.streamlit/config.toml``; the varying ones go through the pipe.
"""

import os
import signal
import subprocess  # Streamlit runs as a process of its own, which outlives none of us
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import IO

from dashboard.server.settings import DESCRIPTOR, DashboardSettings, is_loopback, send_settings
from storage.system.processes import start_child, stop_signals

USAGE = 2
_STOP_SECONDS = 10.0


def streamlit_command() -> list[str]:
    """Return the command that serves the pages."""
    return [sys.executable, str(Path(__file__).parents[1] / "asgi.py")]


def streamlit_environment(base: Mapping[str, str]) -> dict[str, str]:
    """Return ``base`` without anything of ours, plus the path on which our packages are found.

    Streamlit's own variables are dropped too: they would override the options we set.
    """
    variables = {k: v for k, v in base.items() if not k.startswith(("LIVETALLY_", "STREAMLIT_"))}
    root = str(Path(__file__).resolve().parents[2])
    before = variables.get("PYTHONPATH")
    return variables | {"PYTHONPATH": f"{root}{os.pathsep}{before}" if before else root}


def start_streamlit(
    settings: DashboardSettings, *, output: IO[bytes] | int | None = None
) -> subprocess.Popen[bytes]:
    """Start the process that serves the pages, and hand it ``settings`` over a pipe."""
    descriptor = send_settings(replace(settings, read_model=settings.read_model.absolute()))
    try:
        return start_child(
            streamlit_command(),
            streamlit_environment(os.environ) | {DESCRIPTOR: str(descriptor)},
            pass_fds=[descriptor],
            output=output,
        )
    finally:
        os.close(descriptor)


def refusal(settings: DashboardSettings) -> str | None:
    """Return why this may not be served, with the remedy; None when it may."""
    if settings.access is not None and settings.public_read_only:
        return (
            "--public-read-only lets everyone in, and dashboard.login lets in only some. "
            "Leave one of them out."
        )
    if is_loopback(settings.address) or settings.public_read_only or settings.access is not None:
        return None
    return (
        f"{settings.address} can be reached from other machines and nobody has to log in. "
        "Use 127.0.0.1, set dashboard.login in config.yaml, or say --public-read-only if anyone "
        "may see the numbers."
    )


def run(settings: DashboardSettings) -> int:
    """Serve until SIGTERM or Ctrl-C, which end in 0; otherwise return Streamlit's own exit code.

    A public address with neither a login nor ``public_read_only`` is refused with 2: anyone who
    reaches it would see the numbers.
    """
    reason = refusal(settings)
    if reason is not None:
        print(f"livetally: {reason}", file=sys.stderr)  # noqa: T201 - it is for the person at the terminal
        return USAGE
    process = start_streamlit(settings)
    stopping = False

    def stop(_signal: int, _frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True
        process.terminate()

    earlier_actions = {number: signal.signal(number, stop) for number in stop_signals()}
    try:
        code = process.wait()
    finally:
        for number, action in earlier_actions.items():
            signal.signal(number, action)
        if process.poll() is None:
            _end(process)
    return 0 if stopping else code


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
