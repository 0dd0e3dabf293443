"""Notices to systemd that the collector is ready, alive or stopping: its protocol is one datagram."""

import socket
from collections.abc import Mapping


def notify_systemd(message: str, environment: Mapping[str, str]) -> None:
    """Send ``message`` (``READY=1``, ``WATCHDOG=1``, ``STOPPING=1``) where systemd listens, if it does."""
    address = environment.get("NOTIFY_SOCKET")
    if not address:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.sendto(message.encode(), "\0" + address[1:] if address[0] == "@" else address)
