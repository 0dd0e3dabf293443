"""The shapes that audiences have, as functions of time that need no stepping.

Measured of real broadcasts: counters stand still for 30 to 830 seconds and then jump
(YouTube, five-second series of 2021), and views after the end come at a rate of about age^-1.3.
"""

import math
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from random import Random
from zlib import crc32

#: Views after the end come at a rate of age^-1.3, so what is still to come shrinks as age^-0.3.
REPLAY_EXPONENT = 0.3
REPLAY_SCALE_SECONDS = 3600.0

_BLOCK_SECONDS = 900
_SHORTEST_FREEZE_SECONDS = 30
_LONGEST_FREEZE_SECONDS = 780
_LONG_FREEZE_SHARE = 0.06
_JITTER_SECONDS = 10
#: No wobble is larger than this factor.
LARGEST_WOBBLE = 1.05


@dataclass(frozen=True, slots=True)
class Shape:
    """An audience over its airtime: ``(share of the airtime, share of the peak)``, linear between.

    The first knot is at 0 and the last at 1.
    """

    knots: tuple[tuple[float, float], ...]

    def level(self, share: float) -> float:
        """Return the share of the peak at ``share`` of the airtime."""
        for (x0, y0), (x1, y1) in pairwise(self.knots):
            if share <= x1:
                return y0 + (y1 - y0) * (share - x0) / (x1 - x0)
        return self.knots[-1][1]

    def highest(self, share: float) -> float:
        """Return the largest level up to ``share`` of the airtime."""
        passed = [y for x, y in self.knots if x <= share]
        return max(*passed, self.level(share))

    def area(self, share: float) -> float:
        """Return the area below the shape up to ``share`` of the airtime."""
        area = 0.0
        for (x0, y0), (x1, y1) in pairwise(self.knots):
            if share <= x0:
                break
            end = min(share, x1)
            level = y0 + (y1 - y0) * (end - x0) / (x1 - x0)
            area += (y0 + level) / 2 * (end - x0)
        return area


def show_shape(random: Random) -> Shape:
    """Return a ramp, a plateau with a high point, and a decay, a little different each time."""
    return Shape(
        (
            (0.0, 0.04),
            (random.uniform(0.06, 0.12), random.uniform(0.55, 0.7)),
            (random.uniform(0.25, 0.4), random.uniform(0.8, 0.92)),
            (random.uniform(0.55, 0.75), 1.0),
            (0.92, random.uniform(0.7, 0.85)),
            (1.0, random.uniform(0.35, 0.5)),
        )
    )


#: An audience cut off in the middle: the encoder failed while people were watching.
CUT_OFF = Shape(((0.0, 0.05), (0.12, 0.6), (0.4, 0.9), (1.0, 1.0)))
#: An audience that comes back: most of it is there within minutes.
RETURNING = Shape(((0.0, 0.3), (0.05, 0.85), (0.6, 1.0), (0.9, 0.8), (1.0, 0.4)))


def replayed(age_seconds: float) -> float:
    """Return which share of all replays to come has happened this long after the end."""
    return 1 - (1 + max(age_seconds, 0.0) / REPLAY_SCALE_SECONDS) ** -REPLAY_EXPONENT


def wobble(seed: str, age_seconds: float) -> float:
    """Return a factor near 1 for people coming and going; never above ``LARGEST_WOBBLE``."""
    phase = crc32(seed.encode()) % 628 / 100
    slow = 0.02 * math.sin(age_seconds / 70 + phase) + 0.015 * math.sin(age_seconds / 15 + phase)
    bucket = int(age_seconds // _JITTER_SECONDS)
    return 1 + slow + (crc32(f"{seed}:{bucket}".encode()) % 2001 - 1000) / 100_000


def refreshed_seconds(seed: str, age_seconds: float) -> float:
    """Return the age at which the counter shown at ``age_seconds`` was last brought up to date."""
    block = math.floor(age_seconds / _BLOCK_SECONDS)
    begun = block * _BLOCK_SECONDS
    refreshes = _refreshes(seed, block)
    return begun + refreshes[bisect_right(refreshes, age_seconds - begun) - 1]


@lru_cache(maxsize=256)
def _refreshes(seed: str, block: int) -> tuple[float, ...]:
    """Return when a counter is brought up to date, in seconds from the start of a block."""
    seeded = crc32(f"{seed}:{block}".encode())  # seeding by a text takes three times as long
    chance = Random(seeded).random  # noqa: S311 - a seeded scenario, not a secret
    refreshes = [0.0]
    while True:
        pause = _SHORTEST_FREEZE_SECONDS * (1 + chance())
        if chance() < _LONG_FREEZE_SHARE:
            shortest = 4 * _SHORTEST_FREEZE_SECONDS
            pause = shortest + (_LONGEST_FREEZE_SECONDS - shortest) * chance()
        following = refreshes[-1] + pause
        # The next block begins with a refresh, which must not cut a freeze below the shortest.
        if following > _BLOCK_SECONDS - _SHORTEST_FREEZE_SECONDS:
            return tuple(refreshes)
        refreshes.append(following)
