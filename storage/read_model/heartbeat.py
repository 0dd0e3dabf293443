"""The collector's sign of life, and what its disk refuses: written every few seconds for readers."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any


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
    """When the collector last said that it runs; ``refusal`` is ``None`` while the disk takes all."""

    at: datetime
    refusal: WriteFailure | None = None

    def to_json(self, pid: int) -> str:
        """Write it as readers expect it, with the process that lives."""
        refusal = self.refusal.fields() if self.refusal else None
        return json.dumps({"at": self.at.isoformat(), "pid": pid, "refusal": refusal})

    @classmethod
    def from_json(cls, text: str) -> "Heartbeat":
        """Read :meth:`to_json`; raises KeyError, TypeError or ValueError."""
        fields: dict[str, Any] = json.loads(text)
        failure = fields.get("refusal")
        refusal = failure and WriteFailure(
            since=datetime.fromisoformat(failure["since"]),
            rows=int(failure["rows"]),
            dropped=int(failure["dropped"]),
        )
        return cls(at=datetime.fromisoformat(fields["at"]), refusal=refusal or None)
