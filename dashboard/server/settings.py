"""What the serving process is told by the one that starts it, over a pipe.

Neither its environment nor a file holds a secret: what is read here was written once, and is gone
from the pipe.
"""

import json
import os
from dataclasses import asdict, dataclass
from functools import cache

from pydantic import TypeAdapter

from dashboard.server.access import Access

#: Which descriptor to read, by environment; a number, no secret.
DESCRIPTOR = "LIVETALLY_DASHBOARD_TERMS"


@dataclass(frozen=True, kw_only=True)
class Terms:
    """On which terms pages are served. ``access`` None: nobody has to log in."""

    hosts: tuple[str, ...] = ()  # Host headers that are answered; empty: any
    embed: tuple[str, ...] = ()  # origins that may show the pages in a frame
    access: Access | None = None


def written(terms: Terms) -> int:
    """Write the terms into a pipe; the descriptor to hand on, which the caller closes."""
    reading, writing = os.pipe()
    with os.fdopen(writing, "w") as pipe:  # a few hundred bytes: less than what a pipe holds
        json.dump(asdict(terms), pipe)
    return reading


@cache
def received() -> Terms:
    """The terms this process was started with; those of a page for this machine alone, without.

    Raises:
        OSError, ValueError: they were announced and cannot be read, so nothing may be served.
    """
    named = os.environ.pop(DESCRIPTOR, None)
    if named is None:
        return Terms()
    with os.fdopen(int(named)) as pipe:
        return TypeAdapter(Terms).validate_json(pipe.read())
