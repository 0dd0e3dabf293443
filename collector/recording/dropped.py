"""What had to be given up because the disk refused for too long: counted, and said as gaps."""

from dataclasses import dataclass, field
from datetime import datetime

from storage.model import Broadcast, Due, GapReason, Miss, Poll, Tick


@dataclass(kw_only=True)
class Dropped:
    """Ticks that were dropped, added up, with the facts that later ticks build on."""

    poll_id: int
    snapshots: int = 0
    misses: int = 0
    polls: list[Poll] = field(default_factory=list[Poll])
    unseen: dict[str, datetime] = field(default_factory=dict[str, datetime])
    facts: dict[str, Broadcast] = field(default_factory=dict[str, Broadcast])
    dues: dict[str, Due] = field(default_factory=dict[str, Due])

    def add(self, tick: Tick) -> None:
        """Count ``tick`` in."""
        self.snapshots += len(tick.snapshots)
        self.misses += len(tick.misses)
        self.polls += tick.polls
        for _, one in tick.snapshots:
            self.unseen.setdefault(one.broadcast, one.observed_at)
        for one in tick.misses:
            self.unseen.setdefault(one.broadcast, one.at)
        self.facts |= {one.key: one for one in tick.broadcasts}
        self.dues |= {one.broadcast: one for one in tick.dues}

    def tick(self, at: datetime) -> Tick:
        """Say what was lost: a gap of each broadcast, and a poll record of each platform."""
        misses = (
            Miss(broadcast=key, at=seen_at, reason=GapReason.NOT_KEPT, poll_id=self.poll_id)
            for key, seen_at in self.unseen.items()
        )
        platforms = dict.fromkeys(poll.platform for poll in self.polls)
        return Tick(
            at=at,
            broadcasts=tuple(self.facts.values()),
            misses=tuple(misses),
            dues=tuple(self.dues.values()),
            polls=tuple(self._poll(platform) for platform in platforms),
        )

    def said(self) -> str:
        """Say it in words."""
        return (
            f"{self.snapshots} snapshots and {self.misses} misses of {len(self.polls)} polls"
            " were dropped: the disk refused for too long"
        )

    def _poll(self, platform: str) -> Poll:
        polls = [poll for poll in self.polls if poll.platform == platform]
        return Poll(
            poll_id=self.poll_id,
            platform=platform,
            purpose="poll",
            source="spool",
            started_at=min(poll.started_at for poll in polls),
            finished_at=max(poll.finished_at for poll in polls),
            asked=sum(poll.asked for poll in polls),
            answered=0,
            requests=sum(poll.requests for poll in polls),
            outcome=GapReason.NOT_KEPT,
            error=self.said(),
        )
