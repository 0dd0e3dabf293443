"""Instagram's professional accounts and their media as nodes of the graph (Facebook Login).

``live_media`` lists only what is on the air at that moment; an ended live vanishes at once. Its
replay is another medium with an id of its own, which goes on counting. Insights exist for posted
media alone.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from collector.simulator.meta import nodes
from collector.simulator.meta.nodes import ERRORS, Node, NodeEdge, Params
from collector.simulator.meta.server import Business
from collector.simulator.world.protocol import Channel, PlatformWorld, Video, World
from storage.model import Status

#: The owner shares the replay this long after the end.
SHARED_AFTER = timedelta(minutes=2)


class InstagramNodes:
    """The nodes: a Page that leads to its account, the account, and its media."""

    name = "instagram"
    business = Business(kind="instagram", code=80002, account="Instagram")

    def __init__(self, world: World) -> None:
        self.world = PlatformWorld(world, self.name)

    def pages(self) -> Sequence[str]:
        """Return the id of the Page of each account."""
        return [page_id_of(account.channel_id) for account in self.world.channels()]

    def node(self, name: str, at: datetime) -> Node | None:
        """Return a Page by id or username, an account by id, or a medium."""
        account = self.world.channel(name)
        if account is not None:
            return self._account(account, at)
        for account in self.world.channels():
            if name in (page_id_of(account.channel_id), account.handle):
                return self._page(account, at)
        medium = self.world.video(live_id_of(name), at)
        if medium is None:
            return None
        is_there = _is_shared(medium, at) if name != medium.native_id else _is_live(medium)
        return self._medium(medium) if is_there else None

    def _page(self, account: Channel, at: datetime) -> Node:
        return nodes.build_node(
            "instagram_page",
            account.channel_id,
            page_id=page_id_of(account.channel_id),
            account=account,
            account_node=self._account(account, at),
        )

    def _account(self, account: Channel, at: datetime) -> Node:
        def media(params: Params) -> NodeEdge:
            listed = self.world.videos(account.channel_id, at)
            shared = (medium for medium in listed if _is_shared(medium, at))
            return NodeEdge(
                entries=[self._medium(medium) for medium in shared if _is_within(medium, params)]
            )

        def live_media(params: Params) -> NodeEdge:
            del params
            listed = self.world.videos(account.channel_id, at)
            return NodeEdge(entries=[self._medium(medium) for medium in listed if _is_live(medium)])

        return nodes.build_node(
            "instagram_account",
            account.channel_id,
            {"media": media, "live_media": live_media},
            account=account,
            media_count=len(self.world.listing(account.channel_id, at)),
        )

    def _medium(self, medium: Video) -> Node:
        account = self.world.channel(medium.channel_id)
        is_live = _is_live(medium)
        edges = dict(nodes.total_edges(comments=medium.comments))
        if not is_live:
            edges["insights"] = lambda params: _insights(medium, params)
        return nodes.build_node(
            "live_medium" if is_live else "replay",
            medium.channel_id,
            edges,
            medium=medium,
            native_id=medium.native_id if is_live else replay_id_of(medium.native_id),
            published_at=medium.started_at if is_live else _shared_at(medium),
            handle=account.handle if account else None,
        )


def page_id_of(account_id: str) -> str:
    """Return the id of the Page that an account is linked to."""
    return f"9{account_id[-14:]}"


def replay_id_of(live_id: str) -> str:
    """Return the id of the replay of a live: another medium."""
    return f"179{live_id[3:]}"


def live_id_of(native_id: str) -> str:
    """Return the live's id of that of its replay or itself."""
    return f"180{native_id[3:]}"


def _is_live(medium: Video) -> bool:
    return medium.status is Status.LIVE


def _shared_at(medium: Video) -> datetime | None:
    return None if medium.ended_at is None else medium.ended_at + SHARED_AFTER


def _is_shared(medium: Video, at: datetime) -> bool:
    shared_at = _shared_at(medium)
    return shared_at is not None and shared_at <= at


def _is_within(medium: Video, params: Params) -> bool:
    """Tell whether a replay was shared between ``since`` and ``until``, in seconds of Unix time."""
    shared_at = (_shared_at(medium) or medium.published_at).timestamp()
    since, until = (params.get(name, "") for name in ("since", "until"))
    if any(text and not text.isdecimal() for text in (since, until)):
        raise ERRORS.error("bad_parameter", name="since", expected="Unix time")
    return int(since or 0) <= shared_at and (not until or shared_at <= int(until))


def _insights(medium: Video, params: Params) -> NodeEdge:
    metrics = nodes.split_metrics(params)
    if not metrics:
        raise ERRORS.error("bad_parameter", name="metric", expected="given")
    views, shares = medium.views or 0, medium.shares or 0
    likes, comments = medium.likes or 0, medium.comments or 0
    counts = {
        "views": views,
        "reach": views * 7 // 10,
        "likes": likes,
        "comments": comments,
        "shares": shares,
        "saved": shares // 2,
        "total_interactions": likes + comments + shares,
    }
    unsupported = [metric for metric in metrics if metric not in counts]
    if unsupported:
        raise ERRORS.error("metric_not_supported", metrics=", ".join(unsupported))
    return nodes.insights("instagram_insight", counts, metrics, replay_id_of(medium.native_id))
