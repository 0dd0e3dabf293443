"""What the figures of an allowance count: not every limit is one of units."""

from enum import StrEnum


class Unit(StrEnum):
    """What one of an allowance is."""

    UNIT = "units"  # the platform's own weighing of calls
    CALL = "calls"
    POINT = "points"
    POST = "posts"  # read, of X
    PER_CENT = "per_cent"  # of what an app may do at this hour; how much that is, nobody tells
    TENTH_OF_A_CENT = "dollars"  # of spend, in US dollars when written out


TENTHS_OF_A_CENT = 1000  # in a dollar

_EXACT = {"x.posts": Unit.POST, "x.spend": Unit.TENTH_OF_A_CENT}
_BY_PLATFORM = {
    "youtube": Unit.UNIT,
    "twitch": Unit.POINT,
    "facebook": Unit.PER_CENT,
    "instagram": Unit.PER_CENT,
    "threads": Unit.PER_CENT,
}


def unit_of(platform: str, bucket: str | None) -> Unit:
    """The unit of the bucket as the collector's platforms name it; calls where nothing else is said."""
    return _EXACT.get(bucket or "") or _BY_PLATFORM.get(platform, Unit.CALL)


def written(value: int, unit: Unit) -> str:
    """The amount in English, as a terminal has it: 12 calls, 4 %, $1.25."""
    if unit is Unit.TENTH_OF_A_CENT:
        return f"${value / TENTHS_OF_A_CENT:,.2f}"
    if unit is Unit.PER_CENT:
        return f"{value} %"
    return f"{value:,} {unit.value}"
