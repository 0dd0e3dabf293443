"""The collector's sign of life, and what its disk refuses: written every few seconds for readers."""

from dataclasses import dataclass
from datetime import datetime

from storage.system.summed_json import with_sum, without_sum

_UNSUMMED_KEYS = ("at", "pid", "refusal")


@dataclass(frozen=True, kw_only=True, slots=True)
class WriteFailure:
    """A disk that refuses what is recorded: ``rows`` wait in memory, ``dropped`` are lost since."""

    since: datetime
    rows: int
    dropped: int

    def fields(self) -> dict[str, str | int]:
        """Return it ready for JSON."""
        return {"since": self.since.isoformat(), "rows": self.rows, "dropped": self.dropped}


@dataclass(frozen=True, kw_only=True, slots=True)
class Heartbeat:
    """When the collector last said that it runs; ``refusal`` is ``None`` while the disk takes all.

    ``since`` is when it began to; ``None``: it did not say.
    """

    at: datetime
    since: datetime | None = None
    refusal: WriteFailure | None = None

    def to_json(self, pid: int) -> str:
        """Write it as readers expect it, with the process that lives."""
        refusal = self.refusal.fields() if self.refusal else None
        since = self.since.isoformat() if self.since else None
        return with_sum({"at": self.at.isoformat(), "since": since, "pid": pid, "refusal": refusal})

    @classmethod
    def from_json(cls, text: bytes) -> "Heartbeat":
        """Read :meth:`to_json`; raises KeyError, TypeError or ValueError."""
        fields = without_sum(text, of_before=_UNSUMMED_KEYS)
        failure = fields.get("refusal")
        refusal = failure and WriteFailure(
            since=datetime.fromisoformat(failure["since"]),
            rows=int(failure["rows"]),
            dropped=int(failure["dropped"]),
        )
        since = fields.get("since")
        return cls(
            at=datetime.fromisoformat(fields["at"]),
            since=datetime.fromisoformat(since) if since else None,
            refusal=refusal or None,
        )
