"""How the collector last ended, as `livetally up` saw it: told to readers beside what is published."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from storage.model import CollectorEnd
from storage.system.summed_json import with_sum, without_sum

_NAME = "collector_end.json"


def end_writer(folder: Path, now: Callable[[], datetime]) -> Callable[[int], None]:
    """Return what writes an end down; a disk that refuses it is no news of its own."""

    def write(code: int) -> None:
        partial = folder / f"{_NAME}.partial"
        with suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            partial.write_text(with_sum({"at": now().isoformat(), "code": code}), "utf-8")
            partial.replace(folder / _NAME)

    return write


def read_end(folder: Path, alive_at: datetime | None) -> CollectorEnd | None:
    """Return the last end; ``None`` where none is known, or it gave a sign of life since."""
    try:
        fields = without_sum((folder / _NAME).read_bytes())
        end = CollectorEnd(at=datetime.fromisoformat(fields["at"]), code=int(fields["code"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return end if alive_at is None or end.at > alive_at else None
