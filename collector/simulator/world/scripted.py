"""A world made of simulated videos and connections that are known beforehand."""

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
        videos: Iterable[SimulatedVideo],
        connections: Sequence[Connection] = (),
    ) -> None:
        self.videos = sorted(videos, key=lambda video: video.published_at)
        self.connections = connections
        self._channels = channels
        self._by_id = {video.native_id: video for video in self.videos}
        self._by_channel: defaultdict[str, list[SimulatedVideo]] = defaultdict(list)
        for video in self.videos:
            self._by_channel[video.channel_id].append(video)

    def channels(self) -> Sequence[Channel]:
        """Return every channel."""
        return self._channels

    def listing(self, channel_id: str, at: datetime) -> Sequence[str]:
        """Return the ids of a channel's public videos at ``at``, newest first."""
        videos = self._by_channel[channel_id]
        published = bisect_right(videos, at, key=lambda video: video.published_at)
        return [
            video.native_id
            for video in reversed(videos[:published])
            if video.deleted_at is None or at < video.deleted_at
        ]

    def video(self, native_id: str, at: datetime) -> Video | None:
        """Return a video at ``at``; ``None`` if it is not public then."""
        video = self._by_id.get(native_id)
        return None if video is None else video.observe(at)

    def mounts(self, at: datetime) -> Sequence[Mount]:
        """Return the mounts on the air at ``at``."""
        mounts = (connection.observe(at) for connection in self.connections)
        return [mount for mount in mounts if mount is not None]
