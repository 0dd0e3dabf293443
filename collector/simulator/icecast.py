"""Icecast 2.4's ``status-json.xsl``, answered from any world, with the traps of the real page.

``source`` is absent, an object or an array for none, one or more mounts; whatever looks like a
number becomes one, so a server named "2026" is an int. Shapes and headers are those of captures
of Debian's icecast2 2.4.4.
"""

import json
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from collector.simulator.wire.faults import FaultScript
from collector.simulator.wire.platform_server import Call, PlatformServer
from collector.simulator.world.protocol import Mount, World

PATH = "/status-json.xsl"
#: As configured, which is seldom the address it is reached at: only its path means anything.
CONFIGURED_ADDRESS = "http://localhost:8000"

_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?")
_HEADERS = {
    "Server": "Icecast 2.4.4",
    "Connection": "Close",
    "Cache-Control": "no-cache, no-store",
    "Expires": "Mon, 26 Jul 1997 05:00:00 GMT",
    "Pragma": "no-cache",
    "Access-Control-Allow-Origin": "*",
}


class IcecastServer(PlatformServer):
    """The server; it has one page."""

    def __init__(
        self,
        world: World,
        *,
        now: Callable[[], datetime],
        started_at: datetime,
        faults: FaultScript,
    ) -> None:
        super().__init__(now=now, faults=faults)
        self.world = world
        self.started_at = started_at

    def routes(self) -> list[Route]:
        """Return the one route."""
        return [self.route(PATH, "status", self._status)]

    def _status(self, call: Call) -> Response:
        path = call.query.get("mount")
        mounts = [mount for mount in self.world.mounts(call.at) if path in (None, mount.path)]
        page = status_page(mounts, self.started_at)
        return Response(page, media_type="application/json; charset=UTF-8", headers=_HEADERS)


def status_page(mounts: Sequence[Mount], server_started_at: datetime) -> str:
    """Return the page's text: compact, in the stylesheet's own order."""
    sources = [_source(mount) for mount in sorted(mounts, key=lambda mount: mount.path)]
    icestats: dict[str, Any] = {
        "admin": "icemaster@localhost",
        "host": "localhost",
        "location": "Earth",
        "server_id": "Icecast 2.4.4",
        "server_start": _rfc_1123(server_started_at),
        "server_start_iso8601": _iso_8601(server_started_at),
    }
    if sources:
        icestats["source"] = sources[0] if len(sources) == 1 else sources
    else:
        icestats["dummy"] = None
    return json.dumps({"icestats": icestats}, ensure_ascii=False, separators=(",", ":"))


def _source(mount: Mount) -> dict[str, Any]:
    source: dict[str, Any] = {
        "audio_info": f"ice-samplerate=44100;ice-bitrate={mount.bitrate};ice-channels=2",
        "genre": "talk",
        "ice-bitrate": mount.bitrate,
        "ice-channels": 2,
        "ice-samplerate": 44100,
        "listener_peak": mount.listener_peak,
        "listeners": mount.listeners,
        "listenurl": f"{CONFIGURED_ADDRESS}{mount.path}",
        "server_description": "d",
        "server_name": as_printed(mount.server_name),
        "server_type": "audio/mpeg",
        "stream_start": _rfc_1123(mount.stream_started_at),
        "stream_start_iso8601": _iso_8601(mount.stream_started_at),
    }
    if mount.title is not None:
        source["title"] = as_printed(mount.title)
    source["dummy"] = None
    return source


def as_printed(text: str) -> str | float | bool:
    """Return ``text`` as the stylesheet prints it: a number or a boolean if it looks like one."""
    if text in ("true", "false"):
        return text == "true"
    if not _NUMBER.fullmatch(text):
        return text
    return float(text) if "." in text else int(text)


def _rfc_1123(at: datetime) -> str:
    return format_datetime(at.astimezone(UTC))


def _iso_8601(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")
