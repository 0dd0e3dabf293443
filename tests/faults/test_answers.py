"""Rows 43 and 44: answers that are not whole, and answers that say two things."""

import asyncio
import gzip
import json
import random
import zlib

import pytest

from collector.contract.errors import Unreadable
from collector.contract.exchange import Request
from collector.transport.body import Body
from storage.model import GapReason
from tests.support.loopback_server import reply, serving, transport_to_loopback

CONTENT = json.dumps({"rows": [random.Random(3).random() for _ in range(20_000)]}).encode()
PACKED = gzip.compress(CONTENT)
HALVES = gzip.compress(CONTENT[:1000]) + gzip.compress(CONTENT[1000:])
NOT_WHOLE = {
    "without its last byte": PACKED[:-1],
    "without its length": PACKED[:-4],
    "without checksum and length": PACKED[:-8],
    "cut in the middle": PACKED[: len(PACKED) // 2],
    "its head alone": PACKED[:10],
    "another checksum": PACKED[:-8] + bytes(byte ^ 1 for byte in PACKED[-8:-4]) + PACKED[-4:],
    "another length": PACKED[:-1] + bytes([PACKED[-1] ^ 1]),
    "rubbish behind it": PACKED + b"rubbish",
    "zeros behind it": PACKED + bytes(20),
    "a second member that is rubbish": PACKED + PACKED[:10] + b"\xff" * 40,
    "a second member that is cut": HALVES[:-8],
    "deflate without its checksum": zlib.compress(CONTENT)[:-4],
}


def asked(body: bytes, *headers: str):
    """Ask a server on loopback that gives this answer; return it, or what was made of it."""

    def call(address):
        return (yield Request(platform="x", url=address, source="thing"))

    async def go():
        async with (
            serving(reply(body, "200 OK", *headers)) as server,
            transport_to_loopback("x") as transport,
        ):
            return await transport.run(call(server.address))

    return asyncio.run(go())


@pytest.mark.parametrize("name", NOT_WHOLE)
@pytest.mark.fault(row=43)
def test_a_packed_body_that_is_not_whole_is_no_answer(name, fault_record):
    encoding = "deflate" if name.startswith("deflate") else "gzip"
    with pytest.raises(Unreadable) as caught:
        asked(NOT_WHOLE[name], f"Content-Encoding: {encoding}")
    assert caught.value.reason is GapReason.BAD_PAYLOAD
    fault_record(
        row=43,
        fault="a packed body that is not whole",
        injected="gzip and deflate without the last bytes, cut, with another checksum or length, with "
        "rubbish behind it or in a second member",
        outcome="gap `bad_payload`, also where what was unpacked reads as JSON; two sound members are one "
        "body",
        recovery_seconds=None,
    )


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (PACKED, "gzip"),
        (HALVES, "gzip"),
        (zlib.compress(CONTENT), "deflate"),
        (CONTENT, "identity"),
    ],
    ids=["gzip", "two members", "deflate", "plain"],
)
def test_a_whole_body_is_read_to_its_last_byte(body, encoding):
    assert asked(body, f"Content-Encoding: {encoding}").body == CONTENT


def test_no_body_at_all_is_no_body_that_is_cut():
    assert asked(b"", "Content-Encoding: gzip").body == b""


@pytest.mark.parametrize("size", [1, 2, 7, 100, 65_536])
@pytest.mark.parametrize("content", [b"", b"x", b" " * 400_000, CONTENT], ids=len)
def test_chunks_of_any_size_are_one_body(size, content):
    packed = gzip.compress(content, mtime=0)
    cut = packed[:3000] if size <= 2 else packed  # a byte at a time costs
    whole, packed = cut == packed, cut
    body = Body("gzip")
    for at in range(0, len(packed), size):
        body.add(packed[at : at + size])
    if whole:
        assert body.content() == content
    else:
        with pytest.raises(ValueError, match="ends in the middle"):
            body.content()


TWICE = [
    '{"viewers": 7, "viewers": 999999}',
    '{"viewers": 7, "viewers": 7}',
    '{"viewers": 7, "\\u0076iewers": 9}',
    '{"items": [{"id": "a"}, {"id": "b", "statistics": {"viewCount": "7", "viewCount": "9"}}]}',
    '{"a": {}, "b": [], "a": null}',
    '[{"": 1, "": 2}]',
]


@pytest.mark.parametrize("body", TWICE)
@pytest.mark.fault(row=44)
def test_a_key_that_stands_twice_is_no_answer(body, fault_record):
    with pytest.raises(Unreadable) as caught:
        asked(body.encode()).json()
    assert caught.value.reason is GapReason.BAD_PAYLOAD
    assert "key twice" in caught.value.detail
    fault_record(
        row=44,
        fault="a key twice in an answer's JSON",
        injected="with another value, the same, spelt with an escape, deep inside an item",
        outcome="gap `bad_payload` that names the key, not the last value; the same key in two objects is "
        "right; a header that says so says nothing",
        recovery_seconds=None,
    )


def test_the_same_key_in_two_objects_is_right():
    answer = asked(b'{"items": [{"id": 1}, {"id": 2, "of": {"id": 3}}]}')
    assert answer.json() == {"items": [{"id": 1}, {"id": 2, "of": {"id": 3}}]}


def test_many_keys_cost_no_more_than_their_number():
    keys = ",".join(f'"{number}":0' for number in range(300_000))
    with pytest.raises(Unreadable):
        asked(f'{{{keys},"5":1}}'.encode()).json()
