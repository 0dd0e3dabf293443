"""Asks a server for bodies that would fill the memory; prints what came of it."""

import asyncio
import gzip
import io
import json
import sys

from collector.contract.errors import Unreadable
from collector.contract.exchange import Request
from tests.support.loopback_server import flood, reply, serving, transport_to_loopback
from tests.support.peak_memory import highest_bytes

KILOBYTE = 1024


def packed(body, encoding="gzip"):
    return reply(body, "200 OK", f"Content-Encoding: {encoding}")


def bomb():
    """200 MB of spaces in 200 kB, made a megabyte at a time."""
    made = io.BytesIO()
    with gzip.GzipFile(fileobj=made, mode="wb") as file:
        for _ in range(200):
            file.write(b" " * (KILOBYTE * KILOBYTE))
    return made.getvalue()


def ask(url):
    return (yield Request(platform="test", url=url, source="thing"))


async def swallow():
    answers = {
        "flood": flood(50),
        "bomb": packed(bomb()),
        "packed twice": packed(b"x", "gzip, gzip"),
        "no gzip": packed(b"certainly not"),
    }
    details = {}
    async with (
        serving(reply(), *answers.values()) as server,
        transport_to_loopback("test") as transport,
    ):
        await transport.run(ask(server.address))
        before = highest_bytes()
        for name in answers:
            try:
                await transport.run(ask(server.address))
            except Unreadable as error:
                details[name] = error.detail
        return {"details": details, "grown": highest_bytes() - before}


json.dump(asyncio.run(swallow()), sys.stdout)
