"""The outermost layer of the dashboard's server: known hosts only, and security headers on all."""

from collections.abc import Sequence

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Streamlit styles its pages inline, and our pages set their language by an inline script.
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; media-src 'self' blob:; "
    "connect-src 'self'; worker-src 'self' blob:; frame-src 'self'; object-src 'none'; "
    "base-uri 'self'; form-action 'self'; frame-ancestors "
)


class SecurityHeaders:
    """Refuses a Host that is not ``hosts`` (empty: any) and adds the headers to every answer."""

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
            await send(message)

        if self._hosts and host(Headers(scope=scope).get("host", "")) not in self._hosts:
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1008, "reason": ""})
            else:
                refusal = PlainTextResponse("This host is not served here.\n", 400)
                await refusal(scope, receive, send_with_headers)
            return
        await self._app(scope, receive, send_with_headers)


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
