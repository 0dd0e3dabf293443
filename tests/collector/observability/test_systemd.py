"""What systemd hears, over a real socket."""

import socket

import pytest

from collector.observability.systemd import notify_systemd


@pytest.mark.parametrize("abstract", [False, True])
def test_the_service_manager_is_told(tmp_path, abstract):
    address = f"@livetally-{tmp_path.name}" if abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind("\0" + address[1:] if abstract else address)
        notify_systemd("READY=1", {"NOTIFY_SOCKET": address})
        assert listener.recv(64) == b"READY=1"


def test_nobody_is_told_where_nobody_listens():
    notify_systemd("READY=1", {})
