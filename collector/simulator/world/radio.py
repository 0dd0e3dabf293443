"""The event's radio: two Icecast mounts, on the air by day, reconnecting once during the demo."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from collector.simulator.world import titles
from collector.simulator.world.curves import CUT_OFF, RETURNING, show_shape
from collector.simulator.world.video import Connection

MOUNT = "/radio.mp3"
#: The same programme for slow lines; the server's owner named it after the year.
SMALL_MOUNT = "/radio-64.mp3"

_SIGN_ON = timedelta(hours=8, minutes=30)
_ON_AIR = timedelta(hours=11, minutes=30)


def days(midnights: Sequence[datetime], seed: int, *, year: int) -> Iterable[Connection]:
    """Return the connections of whole days, given each local midnight."""
    for midnight in midnights:
        begun = midnight + _SIGN_ON
        yield from _both_mounts(begun, begun + _ON_AIR, seed, year)


def today(start: datetime, seed: int, *, year: int) -> Iterable[Connection]:
    """Return the connections around the demo: the larger mount drops out for 40 seconds."""
    begun, ends = start - timedelta(hours=3), start + timedelta(hours=10)
    dropped = start + timedelta(minutes=5)
    before = _large(begun, dropped, seed)
    yield replace(before, shape=CUT_OFF)
    after = replace(before, started_at=dropped + timedelta(seconds=40), ended_at=ends)
    yield replace(after, shape=RETURNING)
    yield _small(begun, ends, seed, year)
    yield from _both_mounts(start + timedelta(hours=18), start + timedelta(hours=28), seed, year)


def _both_mounts(begun: datetime, ends: datetime, seed: int, year: int) -> Iterable[Connection]:
    yield _large(begun, ends, seed)
    yield _small(begun, ends, seed, year)


def _large(begun: datetime, ends: datetime, seed: int) -> Connection:
    large = _connection(MOUNT, begun, ends, seed, peak=(900, 1400))
    return replace(large, server_name=titles.RADIO, titles=titles.RADIO_TITLES)


def _small(begun: datetime, ends: datetime, seed: int, year: int) -> Connection:
    small = _connection(SMALL_MOUNT, begun, ends, seed, peak=(120, 260))
    return replace(small, server_name=str(year), bitrate=64)


def _connection(
    path: str, begun: datetime, ends: datetime, seed: int, *, peak: tuple[int, int]
) -> Connection:
    random = Random(f"{seed}:{path}:{begun.isoformat()}")  # noqa: S311 - a seeded scenario
    return Connection(
        path=path,
        server_name="",
        titles=(),
        shape=show_shape(random),
        listeners_at_peak=random.randint(*peak),
        started_at=begun,
        ended_at=ends,
    )
