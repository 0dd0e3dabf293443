"""The SQL of ``queries/``, with a part of it repeated for each count.

``{counters: max(@) AS @}`` stands for ``max(views) AS views, max(likes) AS likes`` and so on, so a
query follows what :class:`storage.model.Metric` declares.
"""

import re
from functools import cache
from pathlib import Path

from storage.model import COUNTERS, COUNTS

FOLDER = Path(__file__).with_name("queries")
_EACH = re.compile(r"\{(\w+): (.*?)\}")
#: ``other_``: all but views, of which the state keeps the last told value and its time.
_NAMES = {
    "counts": COUNTS,
    "counters": COUNTERS,
    "other_counts": COUNTS[1:],
    "other_counters": COUNTERS[1:],
}


@cache
def read_query(name: str) -> str:
    """Return the SQL of ``queries/name.sql``; what may be repeated is called as in ``_NAMES``."""

    def repeat(match: re.Match[str]) -> str:
        return ", ".join(match[2].replace("@", count) for count in _NAMES[match[1]])

    return _EACH.sub(repeat, (FOLDER / f"{name}.sql").read_text("utf-8"))
