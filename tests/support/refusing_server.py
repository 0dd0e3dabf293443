"""An HTTP server on loopback that answers as the test says at that moment, and notes what was asked."""

import json
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A status with headers, and a body as JSON, or as it stands where it is text."""

    status: int = 200
    body: Any = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class RefusingServer:
    """What is answered, by the path asked for; ``asked`` holds paths with who asked (a header's value)."""

    address: str
    answer: Callable[[str], Answer] = lambda _path: Answer()
    asked: list[tuple[str, str]] = field(default_factory=list)


@contextmanager
def refusing_server() -> Generator[RefusingServer]:
    """Serve until the end of the block."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            named = (self.headers.get(name, "") for name in ("Authorization", "X-Goog-Api-Key"))
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            server.asked.append((path, "".join(named)))
            answer = server.answer(path)
            text = answer.body if isinstance(answer.body, str) else json.dumps(answer.body)
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    server = RefusingServer(f"http://127.0.0.1:{http.server_address[1]}")
    thread = Thread(target=http.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        http.server_close()
