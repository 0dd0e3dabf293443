"""Debian's own Icecast with a real source and real listeners: the whole chain on others' software."""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import time
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from tempfile import gettempdir

import pytest
import yaml
from streamlit.testing.v1 import AppTest

from collector.app import collector
from collector.config.load import load_config
from dashboard.server.settings import DashboardSettings
from storage.read_model.reader import ReadModel
from tests.support.collector_process import stored
from tests.support.dashboard_settings import handed_over

ROOT = Path(__file__).resolve().parents[2]
ICECAST, FFMPEG = shutil.which("icecast2"), shutil.which("ffmpeg")
pytestmark = [
    pytest.mark.end_to_end,
    pytest.mark.skipif(not (ICECAST and FFMPEG), reason="needs Debian's icecast2 and ffmpeg"),
]
PORTS_TRIED = 3
PATIENCE_SECONDS = 400  # busy machines are slow; a quiet one needs five
SETTINGS = """\
<icecast>
  <limits><clients>50</clients><sources>2</sources><source-timeout>5</source-timeout></limits>
  <authentication>
    <source-password>secret</source-password>
    <admin-user>admin</admin-user><admin-password>secret</admin-password>
  </authentication>
  <hostname>localhost</hostname>
  <listen-socket><port>{port}</port><bind-address>127.0.0.1</bind-address></listen-socket>
  <paths>
    <logdir>{folder}</logdir><webroot>/usr/share/icecast2/web</webroot>
    <adminroot>/usr/share/icecast2/admin</adminroot>
  </paths>
  <logging><accesslog>access.log</accesslog><errorlog>error.log</errorlog></logging>
  <security><chroot>0</chroot>{owner}</security>
</icecast>
"""
OWNER = "<changeowner><user>nobody</user><group>nogroup</group></changeowner>"


@contextmanager
def ended_afterwards(*argv):
    process = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


@contextmanager
def icecast(folder):
    """Run Icecast on a free port of loopback; started by root it becomes nobody."""
    logs = folder / "icecast"
    logs.mkdir()
    is_root = os.geteuid() == 0
    if is_root:
        logs.chmod(0o777)
        # Every folder on the way, up to the one for temporary files, which all may pass.
        for one in logs.parents[: list(logs.parents).index(Path(gettempdir()))]:
            one.chmod(0o755)
    settings = folder / "icecast.xml"
    for _ in range(PORTS_TRIED):
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        settings.write_text(SETTINGS.format(port=port, folder=logs, owner=OWNER if is_root else ""))
        with ended_afterwards(ICECAST, "-c", str(settings)) as process:
            if is_listening(process, port):
                yield f"http://127.0.0.1:{port}"
                return
    pytest.fail(f"Icecast did not start: {(logs / 'error.log').read_text()[-500:]}")


def is_listening(process, port):
    """Wait until the process listens; someone may have taken the port meanwhile, and it ends."""
    for _ in range(10 * PATIENCE_SECONDS):
        if process.poll() is not None:
            return False
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
        time.sleep(0.1)
    return False


@contextmanager
def source(address, mount):
    """Send a tone to the mount, as an encoder at the event would."""
    target = address.replace("http://", "icecast://source:secret@") + mount
    tone = ["-re", "-f", "lavfi", "-i", "sine=frequency=440", "-c:a", "libmp3lame", "-b:a", "64k"]
    named = ["-ice_name", "حفل الافتتاح", "-content_type", "audio/mpeg", "-f", "mp3", target]
    with ended_afterwards(FFMPEG, "-loglevel", "quiet", *tone, *named):
        yield


async def listen(address, mount):
    """Attach one listener, which hears everything it is sent."""
    port = int(address.rsplit(":", 1)[1])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {mount} HTTP/1.0\r\n\r\n".encode())
    await writer.drain()

    async def hear():
        while await reader.read(65536):
            pass

    return writer, asyncio.create_task(hear())


async def until(ready, published, wanted):
    """Discover, poll and publish each second until the newest state is as wanted."""
    seen = None
    for _ in range(PATIENCE_SECONDS):
        await ready.discover()
        await ready.poll()
        await ready.publish()
        await ready.beat()
        seen = published.open().state().select("status", "concurrent_viewers").rows()
        if wanted(seen):
            return
        await asyncio.sleep(1)
    pytest.fail(f"not seen within {PATIENCE_SECONDS} s; the newest state is {seen}")


def shown(read_model):
    """Return the text of the wall, as a viewer's browser is sent it."""
    page = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=PATIENCE_SECONDS)
    page.query_params["lang"] = "en"
    with handed_over(DashboardSettings(read_model=read_model)):
        page.run()
    assert not page.exception
    return " ".join(str(one.proto) for one in page.main)


def test_the_collector_follows_real_listeners_and_sees_the_end(tmp_path):
    names = {"ar": "تجربة", "fr": "Essai", "en": "Test"}
    today = datetime.now(UTC).date()
    edition = {"key": "test", "names": names, "city": names, "starts_on": today, "ends_on": today}
    counts = []

    async def go():
        with icecast(tmp_path) as address:
            path = tmp_path / "config.yaml"
            sections = {
                "allow_private_addresses": True,
                "programme": {"key": "test", "names": names, "time_zone": "UTC"},
                "editions": [edition],
                "accounts": [{"platform": "icecast", "handle": address, "name": "Radio"}],
                "cadence": {"tick_seconds": 5, "grid_seconds": 1, "live_seconds": 1},
            }
            path.write_text(yaml.safe_dump(sections, allow_unicode=True))
            config = load_config(path)
            published = ReadModel(config.storage.read_model)
            async with collector(config, now=lambda: datetime.now(UTC)) as ready:
                with source(address, "/live.mp3"):
                    await until(ready, published, lambda rows: rows == [("live", 0)])
                    listeners = [await listen(address, "/live.mp3") for _ in range(3)]
                    await until(ready, published, lambda rows: rows == [("live", 3)])
                    listeners += [await listen(address, "/live.mp3") for _ in range(4)]
                    await until(ready, published, lambda rows: rows == [("live", 7)])
                    counts.append(await asyncio.to_thread(shown, config.storage.read_model))
                    for writer, hearing in listeners:
                        hearing.cancel()
                        writer.close()
                    await until(ready, published, lambda rows: rows == [("live", 0)])
                await until(ready, published, lambda rows: rows == [("ended", None)])
                peak = published.open().state()["peak_concurrent_viewers"].to_list()
                title = published.open().state()["title"].to_list()
                assert ready.store.verify() == []
                return peak, title

    peak, title = asyncio.run(go())
    assert peak == [7]
    assert title == ["حفل الافتتاح"]
    assert "حفل الافتتاح" in counts[0]
    told = stored(
        tmp_path, "SELECT DISTINCT concurrent_viewers FROM snapshot WHERE status = 'live'"
    )
    assert {0, 3, 7} <= {count for (count,) in told}
    after = stored(
        tmp_path, "SELECT DISTINCT concurrent_viewers FROM snapshot WHERE status = 'ended'"
    )
    assert after == [(None,)]
