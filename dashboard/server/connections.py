"""The connections of both web servers: bounded in number, and hung up on when nothing comes of them.

Whoever opens connections and says nothing, or a byte now and then, would otherwise take all the files
that the process may open, and nobody else could get in.
"""

import asyncio
import resource
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

#: A request, its body too, comes within so many seconds, and so does the first word on a WebSocket.
REQUEST_SECONDS = 10.0
#: Whoever reads nothing of an answer for so long has gone.
STALLED_SECONDS = 30.0
_PING_SECONDS = 20.0
_MOST = 1_000
_MOST_MESSAGE_BYTES = 1_000_000  # a browser's: where it is, and what was clicked
_TRY_AGAIN_LATER = 1013


def most_connections() -> int:
    """Return how many there may be: half of the files this process may open; answers need some too."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _MOST if files == resource.RLIM_INFINITY else max(1, min(_MOST, files // 2))


def bounded_config(app: ASGIApp, **options: Any) -> uvicorn.Config:
    """Return how to serve ``app`` within these bounds, saying nothing of the server; ``options`` are uvicorn's."""
    settings: dict[str, Any] = {"ws": BoundedWebSocket} | options
    return uvicorn.Config(
        BoundedSockets(app),
        http=BoundedConnection,
        ws_max_size=_MOST_MESSAGE_BYTES,
        ws_ping_interval=_PING_SECONDS,
        ws_ping_timeout=_PING_SECONDS,
        # asyncio takes so many at once, before one of them is counted.
        backlog=max(4, min(64, most_connections() // 8)),
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=5,
        **settings,
    )


class BoundedConnection(H11Protocol):
    """One connection. Where there are too many, the one that has waited longest for its request goes."""

    _timer: asyncio.TimerHandle | None = None
    _left = 0  # of an answer, at the last look, in bytes
    waiting_since = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request; give up another connection where there is no room for one more."""
        super().connection_made(transport)
        self._wait()
        if len(self.connections) <= most_connections():
            return
        waiting = [
            each
            for each in self.connections
            if isinstance(each, BoundedConnection) and each.is_waiting()
        ]
        min(waiting, key=lambda each: each.waiting_since).transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._stop()
        super().connection_lost(exc)

    def data_received(self, chunk: bytes) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] - asyncio gives it by its place
        """Take what came; more of a request does not let it take longer."""
        super().data_received(chunk)
        if not self.is_waiting() and not self.flow.write_paused:
            self._stop()

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        super().on_response_complete()
        if self.is_waiting():
            self._wait()

    def pause_writing(self) -> None:
        """Look whether the answer is being read."""
        super().pause_writing()
        self._look_in(STALLED_SECONDS)

    def resume_writing(self) -> None:
        """Note that it is."""
        super().resume_writing()
        self._left = 0

    def handle_websocket_upgrade(self, event: object) -> None:  # type: ignore[override]
        """Leave the connection to the WebSocket's own limits."""
        self._stop()
        super().handle_websocket_upgrade(event)  # pyright: ignore[reportArgumentType] - h11 has no types

    def is_waiting(self) -> bool:
        """Tell whether a request, or the rest of one, has yet to come."""
        return self.cycle is None or self.cycle.response_complete or self.cycle.more_body  # pyright: ignore[reportUnnecessaryComparison] - None at first

    def _wait(self) -> None:
        self.waiting_since = self.loop.time()
        self._look_in(REQUEST_SECONDS)

    def _look_in(self, seconds: float) -> None:
        self._stop()
        self._timer = self.loop.call_later(seconds, self._look)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        """Hang up, unless more of the answer was read since the last look."""
        self._timer, before = None, self._left
        self._left = self.transport.get_write_buffer_size()
        if self._left and self._left != before:
            self._look_in(STALLED_SECONDS)
        elif self._left or self.is_waiting():
            self.transport.abort()


class BoundedWebSocket(WebSocketsSansIOProtocol):
    """One WebSocket; whoever answers no ping has gone, and reads no farewell."""

    def keepalive_timeout(self) -> None:
        """Hang up, with what was not read."""
        super().keepalive_timeout()
        self.transport.abort()


class BoundedSockets:
    """Keeps room beside the WebSockets for other requests, and closes those that never say a word."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._open = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass it on; a WebSocket only where there is room."""
        if scope["type"] != "websocket":
            await self._app(scope, receive, send)
            return
        if self._open >= max(1, most_connections() * 3 // 4):
            await send({"type": "websocket.close", "code": _TRY_AGAIN_LATER, "reason": ""})
            return
        events = 0

        async def receive_soon() -> Message:
            nonlocal events
            events += 1
            if events != 2:  # the first is the connection itself  # noqa: PLR2004
                return await receive()
            try:
                return await asyncio.wait_for(receive(), REQUEST_SECONDS)
            except TimeoutError:
                await send({"type": "websocket.close", "code": 1000, "reason": ""})
                return {"type": "websocket.disconnect", "code": 1000}

        self._open += 1
        try:
            await self._app(scope, receive_soon, send)
        finally:
            self._open -= 1
