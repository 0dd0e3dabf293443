"""The machine's nginx on deploy/nginx.conf, its certificates and folders put in place."""

import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.patience import PATIENCE_SECONDS

CONFIG = Path(__file__).resolve().parents[2] / "deploy" / "nginx.conf"


def written(folder: Path, public: Path, port: int, *, plain: bool = False) -> Path:
    """The configuration as a person would fill it in, on ``port`` of this machine."""
    key, certificate, users = folder / "key.pem", folder / "certificate.pem", folder / "users"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
         "/CN=live.example.org", "-keyout", str(key), "-out", str(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    users.write_text("")
    text = CONFIG.read_text("utf-8")
    for pattern, value in (
        (r"/etc/letsencrypt/\S+/fullchain\.pem", str(certificate)),
        (r"/etc/letsencrypt/\S+/privkey\.pem", str(key)),
        (r"/etc/nginx/livetally\.users;", f"{users};"),
        (r"/var/lib/livetally-public", str(public)),
        (r"listen 443", f"listen 127.0.0.1:{port}"),
    ):
        text, count = re.subn(pattern, value, text)
        assert count, pattern
    if plain:
        text = text.replace(" ssl;", ";")
    scratch = "\n".join(
        f"{kind}_temp_path {folder}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    main = folder / "nginx.conf"
    main.write_text(
        f"daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/errors;\n"
        "events { worker_connections 1024; }\n"
        f"http {{ types {{ text/html html; application/json json; image/png png; }}\n{scratch}\n{text}\n}}\n"
    )
    return main


def found() -> str | None:
    """Where nginx is; None where it is not."""
    return shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/bin:/sbin")


@contextmanager
def running(
    folder: Path, public: Path, *, plain: bool = False, before: tuple[str, ...] = ()
) -> Iterator[int]:
    """Run it, ``plain`` without TLS, behind the words ``before``; the port it listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    main, program = written(folder, public, port, plain=plain), found()
    assert program
    checked = subprocess.run(
        [program, "-t", "-c", str(main)], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stderr
    process = subprocess.Popen([*before, program, "-c", str(main)], stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                assert time.monotonic() < deadline, (folder / "errors").read_text()
                time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)
