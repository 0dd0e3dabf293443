"""Icecast 2.4's ``status-json.xsl``, answered from any world, with the traps of the real page.

``source`` is absent, an object or an array for none, one or more mounts; whatever looks like a
number becomes one, so a server named "2026" is an int.
"""

import json
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from collector.simulator.wire.faults import FaultScript
from collector.simulator.wire.platform_server import Call, PlatformServer
from collector.simulator.wire.templates import Templates
from collector.simulator.world.protocol import Mount, World

PATH = "/status-json.xsl"
_BODIES = Templates(Path(__file__).with_name("icecast.yaml"), moment="%Y-%m-%dT%H:%M:%S+0000")
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?")


class IcecastServer(PlatformServer):
    """The server; it has one page."""

    def __init__(self, world: World, *, now: Callable[[], datetime], faults: FaultScript) -> None:
        super().__init__(now=now, faults=faults)
        self.world = world
        self.started_at = now()

    def routes(self) -> list[Route]:
        """Return the one route."""
        return [self.route(PATH, "status", self._status)]

    def _status(self, call: Call) -> Response:
        path = call.query.get("mount")
        mounts = [mount for mount in self.world.mounts(call.at) if path in (None, mount.path)]
        page = status_page(mounts, self.started_at)
        return Response(
            page, media_type="application/json; charset=UTF-8", headers=_BODIES["headers"]
        )


def status_page(mounts: Sequence[Mount], server_started_at: datetime) -> str:
    """Return the page's text: compact, in the stylesheet's own order."""
    sources = [_source(mount) for mount in sorted(mounts, key=lambda mount: mount.path)]
    page = _BODIES.fill("page", started=_rfc_1123(server_started_at), started_at=server_started_at)
    if sources:
        page["source"] = sources[0] if len(sources) == 1 else sources
    else:
        page["dummy"] = None
    return json.dumps({"icestats": page}, ensure_ascii=False, separators=(",", ":"))


def _source(mount: Mount) -> dict[str, Any]:
    source = _BODIES.fill(
        "source",
        mount=mount,
        name=as_printed(mount.server_name),
        started=_rfc_1123(mount.stream_started_at),
        title=as_printed(mount.title or ""),
    )
    if mount.title is None:
        del source["title"]
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
