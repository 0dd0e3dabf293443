"""The days that a file's name says it counts, as in ``Content 2026-05-17_2026-05-21 Channel``. Pure."""

import re
from datetime import date
from itertools import pairwise

Period = tuple[date, date]
_DAY = re.compile(r"(?<!\d)(20\d{2})([-_.]?)(\d{2})\2(\d{2})(?!\d)")
#: So many characters may stand between the first and the last day: ``_``, `` to ``, a dash in spaces.
_MOST_BETWEEN = 4


def periods_in(name: str) -> list[Period]:
    """Return each first and last day that stand side by side in ``name``, in their order."""
    days = [(match, day) for match in _DAY.finditer(name) if (day := _day(match))]
    return [
        (first, last)
        for (before, first), (after, last) in pairwise(days)
        if first <= last and after.start() - before.end() <= _MOST_BETWEEN
    ]


def written(period: Period) -> str:
    """Return a period as ``--period`` takes it."""
    return f"{period[0]}_{period[1]}"


def _day(match: re.Match[str]) -> date | None:
    try:
        return date(int(match[1]), int(match[3]), int(match[4]))
    except ValueError:  # 2026-13-01
        return None
