"""A stage made of airings and connections that are known beforehand."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from collector.simulator.world.protocol import Channel, Mount, Video
from collector.simulator.world.video import Connection, SimulatedVideo


class ScriptedWorld:
    """Answers for any instant directly, in whatever order it is asked."""

    def __init__(
        self,
        channels: Sequence[Channel],
        airings: Iterable[SimulatedVideo],
        connections: Sequence[Connection] = (),
    ) -> None:
        self.airings = sorted(airings, key=lambda airing: airing.published_at)
        self.connections = connections
        self._channels = channels
        self._by_id = {airing.native_id: airing for airing in self.airings}
        self._by_channel: defaultdict[str, list[SimulatedVideo]] = defaultdict(list)
        for airing in self.airings:
            self._by_channel[airing.channel_id].append(airing)

    def channels(self) -> Sequence[Channel]:
        """Return every channel."""
        return self._channels

    def listing(self, channel_id: str, at: datetime) -> Sequence[str]:
        """Return the ids of a channel's public videos at ``at``, newest first."""
        airings = self._by_channel[channel_id]
        published = bisect_right(airings, at, key=lambda airing: airing.published_at)
        return [
            airing.native_id
            for airing in reversed(airings[:published])
            if airing.deleted_at is None or at < airing.deleted_at
        ]

    def video(self, native_id: str, at: datetime) -> Video | None:
        """Return a video at ``at``; ``None`` if it is not public then."""
        airing = self._by_id.get(native_id)
        return None if airing is None else airing.at(at)

    def mounts(self, at: datetime) -> Sequence[Mount]:
        """Return the mounts on the air at ``at``."""
        found = (connection.at(at) for connection in self.connections)
        return [mount for mount in found if mount is not None]
