"""What a poll and a discovery return, and the broadcasts and snapshots in them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self, TypeVar

from collector.contract.errors import PlatformError, Unreadable
from collector.contract.exchange import Response
from collector.contract.json_fields import sift
from storage.model import AIRING_RESUMES_WITHIN, Account, Broadcast, GapReason, Snapshot, Status

Item = TypeVar("Item")


@dataclass(frozen=True, kw_only=True, slots=True)
class Readings:
    """What one poll said: counts, changed facts, absences and what could not be read.

    ``ended_at`` of a broadcast is only what the platform tells: without it, one that was live ends
    at the second answer that says so.
    ``missing`` holds the keys of broadcasts that were asked for and silently absent, which means
    deleted or private. ``unlisted`` ones fell off a list that shows only the newest: not seen, and
    not known to be gone. ``failures`` are the errors that stand in the place of single broadcasts'
    answers, by key: each a gap with its own reason.
    """

    snapshots: tuple[Snapshot, ...] = ()
    broadcasts: tuple[Broadcast, ...] = ()
    missing: tuple[str, ...] = ()
    unlisted: tuple[str, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
    failures: Mapping[str, PlatformError] = field(default_factory=dict[str, PlatformError])

    @property
    def failed(self) -> bool:
        """Tell whether nothing was read, and not for want of a permission for single broadcasts."""
        of_all = any(
            each.pauses or each.reason != GapReason.AUTH for each in self.failures.values()
        )
        return of_all and not self.snapshots and not self.missing


@dataclass(frozen=True, kw_only=True, slots=True)
class Discovery:
    """The broadcasts an account shows, and what could not be read.

    ``paid_failed``: what units were spent on failed, and other ways were gone.
    """

    broadcasts: tuple[Broadcast, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
    paid_failed: bool = False

    @classmethod
    def of_new(
        cls,
        broadcasts: Iterable[Broadcast | None],
        known: Sequence[Broadcast],
        unreadable: Iterable[Unreadable] = (),
    ) -> Self:
        """Return those whose id is not ``known``; ``None`` stands for an item that is no broadcast."""
        ids = {broadcast.native_id for broadcast in known}
        new = (each for each in broadcasts if each and each.native_id not in ids)
        return cls(broadcasts=tuple(new), unreadable=tuple(unreadable))

    @classmethod
    def of_list(
        cls,
        response: Response,
        items: Iterable[Item],
        read: Callable[[Item, Account, Response], Broadcast | None],
        id_of: Callable[[Item], str | None],
        *,
        account: Account,
        known: Sequence[Broadcast],
    ) -> Self:
        """Read each item of a list as a broadcast of ``account``; return the new ones."""
        broadcasts, unreadable = sift(
            response, items, lambda item: read(item, account, response), id_of
        )
        return cls.of_new(broadcasts, known, unreadable)


def handle_of(account: Account) -> str:
    """Return the name that a handle or an address ends in, without ``@``."""
    return account.handle.rstrip("/").rsplit("/", 1)[-1].removeprefix("@")


def blank_broadcast(
    account: Account, native_id: str, response: Response, *, url: str, status: Status
) -> Broadcast:
    """Return a broadcast of which no more is known; its id stands in for a title."""
    return Broadcast(
        key=f"{account.platform}:{native_id}",
        platform=account.platform,
        account=account.key,
        native_id=native_id,
        title=native_id,
        url=url,
        status=status,
        discovered_at=response.received_at,
    )


def snapshot_of(
    broadcast: Broadcast,
    response: Response,
    *,
    source: str | None = None,
    views: int | None = None,
    concurrent_viewers: int | None = None,
    likes: int | None = None,
    comments: int | None = None,
    shares: int | None = None,
    impressions: int | None = None,
) -> Snapshot:
    """Return what ``response`` says of a broadcast in its present state; ``None`` is not said.

    Who is told off the air, in a waiting room or after the end, is counted under another name.
    """
    is_live = broadcast.status is Status.LIVE
    return Snapshot(
        broadcast=broadcast.key,
        observed_at=response.received_at,
        status=broadcast.status,
        source=source or response.source,
        views=views,
        concurrent_viewers=concurrent_viewers if is_live else None,
        likes=likes,
        comments=comments,
        shares=shares,
        impressions=impressions,
        off_air_viewers=None if is_live else concurrent_viewers,
    )


def resumes(broadcast: Broadcast, connected_at: datetime | None) -> bool:
    """Tell whether a connection goes on with the broadcast: its own one, or one soon after it.

    ``connected_at`` is ``None`` where the server does not tell it: then it is taken to be its own.
    """
    if connected_at is None or connected_at == broadcast.started_at:
        return True
    last_on_air_at = broadcast.ended_at or broadcast.observed_at or broadcast.discovered_at
    return connected_at - last_on_air_at <= AIRING_RESUMES_WITHIN
