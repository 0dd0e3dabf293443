"""What a poll and a discovery give."""

from dataclasses import dataclass

from collector.contract.errors import Unreadable
from storage.model import Broadcast, Snapshot


@dataclass(frozen=True, kw_only=True, slots=True)
class Readings:
    """What one poll said: counts, changed facts, absences and what could not be read.

    ``ended_at`` of a broadcast is only what the platform tells: without it, one that was live ends
    at the second answer that says so.
    ``missing`` holds the keys of broadcasts that were asked for and silently absent, which means
    deleted or private. ``unlisted`` ones fell off a list that shows only the newest: not seen, and
    not known to be gone.
    """

    snapshots: tuple[Snapshot, ...] = ()
    broadcasts: tuple[Broadcast, ...] = ()
    missing: tuple[str, ...] = ()
    unlisted: tuple[str, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Discovery:
    """The broadcasts an account shows, and what could not be read."""

    broadcasts: tuple[Broadcast, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
