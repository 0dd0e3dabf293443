"""How the public pages reach people: our own server, and nginx on the configuration we ship."""

import gzip
import json
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from pathlib import Path
from random import Random

import pytest

from dashboard.public.files import DamagedPage, read, write
from dashboard.public.publisher import PagePublisher, Public
from dashboard.public.server import caching, security, server
from tests.support import nginx_server
from tests.support.damaged_files import DAMAGES, damage_file
from tests.support.patience import PATIENCE_SECONDS
from tests.support.published_edition import Rehearsal


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, published, now) -> Path:
    out = tmp_path_factory.mktemp("public")
    source = published("live", Rehearsal(now=now))
    PagePublisher(Public(read_model=source, folder=out, language="fr"), now=lambda: now).publish()
    (out / "secret.txt").write_text("not for anyone")
    return out


@pytest.fixture(scope="module")
def port(folder: Path) -> Iterator[int]:
    listening = socket.create_server(("127.0.0.1", 0))
    one = server(folder)
    thread = threading.Thread(target=one.run, args=([listening],), daemon=True)
    thread.start()
    yield listening.getsockname()[1]
    one.should_exit = True
    thread.join(20)


def get(port: int, path: str, **headers: str) -> tuple[HTTPResponse, bytes]:
    with closing(HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)) as asking:
        asking.request("GET", path, headers={k.replace("_", "-"): v for k, v in headers.items()})
        answer = asking.getresponse()
        return answer, answer.read()


def test_a_page_comes_compressed_with_its_headers_and_is_not_sent_twice(port, folder):
    answer, body = get(port, "/ar.html", accept_encoding="gzip, br")
    assert answer.status == 200
    assert gzip.decompress(body) == (folder / "ar.html").read_bytes()
    assert answer.headers["Cache-Control"] == caching(".html")
    assert {name: answer.headers[name] for name in security(())} == security(())
    again, nothing = get(
        port, "/ar.html", accept_encoding="gzip", if_none_match=answer.headers["ETag"]
    )
    assert (again.status, nothing) == (304, b"")
    plain, body = get(port, "/ar.html")
    assert "Content-Encoding" not in plain.headers
    assert body == (folder / "ar.html").read_bytes()
    assert plain.headers["ETag"] != answer.headers["ETag"]


def test_the_first_page_is_in_the_configured_language(port):
    _, body = get(port, "/")
    assert b'<html lang="fr" dir="ltr"' in body


@pytest.mark.parametrize(
    "path",
    ["/secret.txt", "/../secret.txt", "/%2e%2e/secret.txt", "/ar.html.gz", "/.ar.html", "/none.html", "//ar.html"],
)  # fmt: skip
def test_nothing_else_is_served(port, path):
    answer, body = get(port, path)
    assert answer.status == 404
    assert b"anyone" not in body


@pytest.mark.parametrize("name", ["ar.html", "ar.html.gz", "live.json", "og.png"])
@pytest.mark.parametrize("damage", [name for name in DAMAGES if name != "another's under its name"])
def test_a_damaged_file_is_not_sent_until_it_is_written_anew(port, folder, name, damage):
    zipped = {"accept_encoding": "gzip"} if name.endswith(".gz") else {}
    path = f"/{name.removesuffix('.gz')}"
    _, sound = get(port, path, **zipped)
    content = damage_file(folder / name, DAMAGES[damage], Random(name + damage))
    answer, body = get(port, path, **zipped)
    assert answer.status == (404 if damage == "missing" else 503)
    assert len(body) < 80
    if damage != "missing":
        assert (answer.headers["Cache-Control"], answer.headers["Retry-After"]) == (
            "no-store",
            "15",
        )
    (folder / name).write_bytes(content)
    again, body = get(port, path, **zipped)
    assert (again.status, body) == (200, sound)


def test_a_page_of_another_generation_is_not_sent(published, now, tmp_path):
    public = PagePublisher(
        Public(read_model=published("live", Rehearsal(now=now)), folder=tmp_path), now=lambda: now
    )
    public.publish()
    earlier = (tmp_path / "live.json").read_bytes()
    write(tmp_path, {"live.json": b"{}"})
    assert read(tmp_path, "live.json") == b"{}"
    (tmp_path / "live.json").write_bytes(earlier)
    with pytest.raises(DamagedPage):
        read(tmp_path, "live.json")


@pytest.mark.parametrize("name", ["live.json", "live.json.gz", ".sums.json"])
@pytest.mark.parametrize("damage", [name for name in DAMAGES if name != "another's under its name"])
def test_what_is_damaged_is_written_anew_at_the_next_publication(tmp_path, name, damage, caplog):
    files = {"live.json": b'{"views":35192844}' * 20, "og.png": b"picture" * 99}
    assert write(tmp_path, files) == list(files)
    assert write(tmp_path, files) == []
    everything = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    damage_file(tmp_path / name, DAMAGES[damage], Random(damage))
    if name == ".sums.json" and damage != "missing":
        with pytest.raises(DamagedPage):
            read(tmp_path, "og.png")
    assert write(tmp_path, files) == ([] if name == ".sums.json" else ["live.json"])
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == everything
    is_said = f"{name} was damaged and is written anew" in caplog.text
    assert is_said == (name != ".sums.json" and damage != "missing")


def test_a_folder_of_before_sums_is_served(tmp_path):
    write(tmp_path, {"live.json": b"{}"})
    (tmp_path / ".sums.json").unlink()
    (tmp_path / "live.json").write_bytes(b"[]")
    assert read(tmp_path, "live.json") == b"[]"


def test_while_files_are_exchanged_all_that_is_sent_is_whole(tmp_path):
    versions = [{"live.json": bytes([65 + one]) * 5_000} for one in range(26)]
    write(tmp_path, versions[0])
    ended, whole = threading.Event(), {one["live.json"] for one in versions}
    reading = threading.Semaphore(1)  # a publication for each reading, at any moment of it

    def exchange() -> None:
        for number in range(150):
            reading.acquire(timeout=PATIENCE_SECONDS)
            write(tmp_path, versions[number % 26])
        ended.set()

    writing = threading.Thread(target=exchange)
    writing.start()
    reads = 0
    while not ended.is_set():
        assert read(tmp_path, "live.json") in whole
        reads += 1
        reading.release()
    writing.join()
    assert reads > 10


def test_frames_are_for_whom_the_configuration_names():
    assert security(())["Content-Security-Policy"] == "frame-ancestors 'none'"
    named = security(("https://www.example.org",))["Content-Security-Policy"]
    assert named == "frame-ancestors https://www.example.org"


@pytest.fixture(scope="module")
def nginx(tmp_path_factory: pytest.TempPathFactory, folder: Path) -> Iterator[int]:
    if nginx_server.found() is None:
        pytest.skip("needs nginx: `apt install nginx` (make test does it where it may)")
    scratch = tmp_path_factory.mktemp("nginx")
    for one in (scratch, folder, *folder.parents[:3]):
        one.chmod(one.stat().st_mode | 0o055)  # its workers are of another user where we are root
    with nginx_server.running(scratch, folder) as at:
        yield at


def secure(port: int, path: str, **headers: str) -> tuple[HTTPResponse, bytes]:
    trusting = ssl._create_unverified_context()  # noqa: S323  # the certificate was made a moment ago
    named = {"Host": "live.example.org"} | {k.replace("_", "-"): v for k, v in headers.items()}
    with closing(
        HTTPSConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS, context=trusting)
    ) as asking:
        asking.request("GET", path, headers=named)
        answer = asking.getresponse()
        return answer, answer.read()


def test_nginx_sends_what_our_own_server_sends(nginx, port, folder):
    for name in ("ar.html", "live.json", "og.png"):
        ours, _ = get(port, f"/{name}", accept_encoding="gzip")
        theirs, body = secure(nginx, f"/{name}", accept_encoding="gzip")
        assert theirs.status == 200
        for header in (*security(()), "Cache-Control", "Content-Encoding"):
            assert theirs.headers[header] == ours.headers[header], header
        assert theirs.headers["Content-Type"].lower() == ours.headers["Content-Type"]
        whole = gzip.decompress(body) if theirs.headers["Content-Encoding"] else body
        assert whole == (folder / name).read_bytes()
        again, _ = secure(
            nginx, f"/{name}", accept_encoding="gzip", if_none_match=theirs.headers["ETag"]
        )
        assert again.status == 304


def test_nginx_serves_nothing_else(nginx):
    for path in ("/secret.txt", "/ar.html.gz", "/none.html", "/.ar.html"):
        answer, body = secure(nginx, path)
        assert answer.status == 404, path
        assert b"anyone" not in body
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("asked", "page"), [("fr-FR,fr;q=0.9", "fr"), ("en", "en"), ("ar-MA", "ar"), ("de", "ar")]
)
def test_nginx_sends_people_to_their_language(nginx, asked, page):
    answer, _ = secure(nginx, "/", accept_language=asked)
    assert answer.status == 302
    assert answer.headers["Location"].endswith(f"/{page}.html")
    assert "Accept-Language" in answer.headers["Vary"]


def test_the_numbers_alone_say_null_where_nothing_was_told(port):
    _, body = get(port, "/live.json")
    told = json.loads(body)
    assert told["platforms"]["icecast"]["views"] is None
    assert told["platforms"]["icecast"]["concurrent_viewers"] > 0
    assert told["views"] == sum(one["views"] or 0 for one in told["platforms"].values())


@pytest.mark.fault(row=68)
def test_a_foreign_host_is_refused_and_a_range_gets_the_whole_file(port, folder):
    for name in (
        "evil.example",
        "127.0.0.1.evil.example",
        "ban\u212a.org".encode().decode("latin-1"),
    ):
        assert get(port, "/ar.html", Host=name)[0].status == 400, name
    assert get(port, "/ar.html", Host="localhost:1")[0].status == 200
    answer, body = get(port, "/ar.html", Range="bytes=0-3")
    assert (answer.status, answer.headers["Accept-Ranges"]) == (200, "none")
    assert body == (folder / "ar.html").read_bytes()
    assert "server" not in {name.lower() for name in answer.headers}
