"""The outermost layer of the dashboard's server: known hosts only, and security headers on all."""

from collections.abc import Sequence

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Streamlit styles its pages inline, and our pages set their language by an inline script.
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; media-src 'self' blob:; "
    "connect-src 'self'; worker-src 'self' blob:; frame-src 'self'; object-src 'none'; "
    "base-uri 'self'; form-action 'self'; frame-ancestors "
)


#: What a foreign Host is answered.
REFUSAL = "This host is not served here.\n"
#: Nobody needs Streamlit's own; ours are the collector's (``metrics`` in config.yaml).
_METRICS = "/_stcore/metrics"
#: What a page reads before it connects, and nobody else.
_HOST_CONFIG = "/_stcore/host-config"
_PAGE_COOKIE = "livetally_page"


class SecurityHeaders:
    """Lets in whom the pages are for, and adds the headers to every answer.

    Refused are a Host that is not ``hosts`` (empty: any), a WebSocket from another origin than the
    page's own, and requests of what is no page's.
    """

    def __init__(self, app: ASGIApp, hosts: Sequence[str], embed: Sequence[str]) -> None:
        self._app = app
        self._hosts = {host.lower() for host in hosts}
        self._headers = security(embed)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request, or pass it on."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers[name] = value
                if headers.get("content-type", "").startswith("text/html"):
                    headers.append(
                        "set-cookie", f"{_PAGE_COOKIE}=1; Path=/; HttpOnly; SameSite=Lax"
                    )
            await send(message)

        refusal = self._refusal(scope, HTTPConnection(scope))
        if refusal is None:
            await self._app(scope, receive, send_with_headers)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": ""})
        else:
            await refusal(scope, receive, send_with_headers)

    def _refusal(self, scope: Scope, asking: HTTPConnection) -> PlainTextResponse | None:
        """Return what a request is refused with; None: it is let in."""
        if self._hosts and host(asking.headers.get("host", "")) not in self._hosts:
            return PlainTextResponse(REFUSAL, 400)
        if scope["type"] == "websocket":
            return None if _is_own_origin(asking) else PlainTextResponse(REFUSAL, 403)
        if scope["path"] == _METRICS or (scope["path"] == _HOST_CONFIG and not _is_page(asking)):
            return PlainTextResponse("not found\n", 404)
        return None


def _is_own_origin(asking: HTTPConnection) -> bool:
    """Tell whether a page of ours opens the WebSocket, port included; what is no browser names none."""
    origin = asking.headers.get("origin")
    if origin is None:
        return True
    scheme, _, place = origin.partition("://")
    return scheme in {"http", "https"} and place.lower() == asking.headers.get("host", "").lower()


def _is_page(asking: HTTPConnection) -> bool:
    """Tell whether a page that was served from here asks: its browser says so, or brings its cookie."""
    site = asking.headers.get("sec-fetch-site")
    return site == "same-origin" if site else _PAGE_COOKIE in asking.cookies


def security(embed: Sequence[str]) -> dict[str, str]:
    """Return the headers; ``embed``: origins that may show the pages in a frame, besides their own."""
    return {
        "Content-Security-Policy": _POLICY + " ".join(["'self'", *embed]),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    }


def host(header: str) -> str:
    """Return the name of a Host header, without its port: of ``[::1]:8501`` it is ``::1``."""
    if header.startswith("["):
        return header[1:].partition("]")[0].lower()
    return header.partition(":")[0].lower()
