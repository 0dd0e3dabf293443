"""Batching of due broadcasts into as few polls as possible. Pure."""

from collections.abc import Callable, Sequence
from datetime import datetime

from collector.scheduling.due_queue import QueueEntry
from storage.model import Broadcast


def batch_broadcasts(
    due: Sequence[QueueEntry],
    ripe: Sequence[QueueEntry],
    *,
    size: int,
    group: Callable[[Broadcast, datetime], str],
    now: datetime,
) -> list[list[QueueEntry]]:
    """Return batches of at most ``size``, each of one group; free places go to the ripest.

    Only a call that is made anyway takes passengers, and only of its own group, so that the
    free places never cost a unit.
    """
    groups: dict[str, list[QueueEntry]] = {}
    for entry in due:
        groups.setdefault(group(entry.broadcast, now), []).append(entry)
    batches: list[list[QueueEntry]] = []
    passengers = list(ripe)
    for name, members in groups.items():
        split = [members[start : start + size] for start in range(0, len(members), size)]
        free = size - len(split[-1])
        aboard = [entry for entry in passengers if group(entry.broadcast, now) == name][:free]
        split[-1].extend(aboard)
        boarded = {entry.broadcast.key for entry in aboard}
        passengers = [entry for entry in passengers if entry.broadcast.key not in boarded]
        batches.extend(split)
    return batches
