"""The server of the published folder on this machine: whole files, ETags, gzip as it lies there.

For looking at it, and for behind a proxy; in front of thousands stands nginx, with the same headers
(deploy/nginx.conf).
"""

import hashlib
import re
from email.utils import formatdate
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dashboard.public.files import DamagedPage, read
from dashboard.server.connections import bounded_config
from dashboard.server.security import REFUSAL, host

#: An open page asks for the numbers every 15 s and for itself every minute at most.
MAX_AGE_SECONDS = {".json": 5, ".html": 30, ".png": 300}
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
}
_NAME = re.compile(r"[a-z0-9][a-z0-9.-]*\.(html|json|png)")


def security(embed: tuple[str, ...]) -> dict[str, str]:
    """Return the headers that keep a page to itself; ``embed``: origins that may frame it.

    The page's own policy, with the hashes of its style and script, stands in the page; this one
    adds what a page cannot say of itself.
    """
    frames = " ".join(embed) if embed else "'none'"
    return {
        "Content-Security-Policy": f"frame-ancestors {frames}",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    }


def caching(suffix: str) -> str:
    """Return for how long it may be kept, and shown from a cache while its origin is down."""
    age = MAX_AGE_SECONDS[suffix]
    return f"public, max-age={age}, stale-while-revalidate={age}"


def application(
    folder: Path, *, embed: tuple[str, ...] = (), hosts: tuple[str, ...] = ()
) -> Starlette:
    """Return the ASGI application; it reads each file anew, so a publication is seen at once.

    It answers to this machine's own names and ``hosts``, and always with whole files.
    """
    fixed = security(embed) | {"Accept-Ranges": "none"}
    known = {"127.0.0.1", "localhost", *hosts}

    async def answer(request: Request) -> Response:
        if host(request.headers.get("host", "")) not in known:
            return Response(REFUSAL, 400, headers=fixed, media_type="text/plain")
        name = request.path_params["name"] or "index.html"
        if not _NAME.fullmatch(name):
            return Response("not found\n", 404, headers=fixed, media_type="text/plain")
        suffix = Path(name).suffix
        zipped = "gzip" in request.headers.get("accept-encoding", "")
        path = folder / f"{name}.gz" if zipped and suffix != ".png" else folder / name
        try:
            content = read(folder, path.name)
            changed = formatdate(path.stat().st_mtime, usegmt=True)
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return Response("not found\n", 404, headers=fixed, media_type="text/plain")
        except (DamagedPage, OSError):
            text = "This file is damaged, or cannot be read just now. Try again in a minute.\n"
            headers = fixed | {"Cache-Control": "no-store", "Retry-After": "15"}
            return Response(text, 503, headers=headers, media_type="text/plain")
        tag = f'"{hashlib.sha256(content).hexdigest()[:20]}"'
        headers = fixed | {
            "ETag": tag,
            "Last-Modified": changed,
            "Cache-Control": caching(suffix),
            "Vary": "Accept-Encoding",
        }
        if tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        if path.suffix == ".gz":
            headers["Content-Encoding"] = "gzip"
        return Response(content, headers=headers | {"Content-Type": TYPES[suffix]})

    return Starlette(routes=[Route("/{name:path}", answer, methods=["GET", "HEAD"])])


def server(
    folder: Path, *, embed: tuple[str, ...] = (), hosts: tuple[str, ...] = ()
) -> uvicorn.Server:
    """Return a server of ``folder``, to be run with the sockets it is to listen on."""
    app = application(folder, embed=embed, hosts=hosts)
    return uvicorn.Server(
        bounded_config(app, log_level="warning", log_config=None, lifespan="off", ws="none")
    )
