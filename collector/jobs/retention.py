"""How long a platform's raw snapshots are kept, and what its terms say of that."""

from collections.abc import Mapping
from datetime import datetime, timedelta

#: How often what is too old is deleted.
PURGE_SECONDS = 86_400

#: What a platform's terms say of keeping statistics; of the others nothing is known.
TERMS: Mapping[str, str] = {
    "youtube": "statistics fetched with an API key may be kept for 30 days; with the owner's login, "
    "or the derived-metrics amendment, longer (YouTube API Services, Developer Policies III.E.4)",
}


def purged_before(days: int, now: datetime) -> datetime:
    """Return from before when snapshots go, so that none is ``days`` old before the next purge."""
    return now - timedelta(days=days) + timedelta(seconds=PURGE_SECONDS)


def explain_retention(platform: str, days: int | None) -> str | None:
    """Say how long snapshots of ``platform`` are kept and what its terms say; ``None``: nothing to say."""
    terms = TERMS.get(platform)
    if days is None and terms is None:
        return None
    kept = "raw snapshots are kept without end" if days is None else f"kept for {days} days"
    advice = (
        f"; storage.retention_days: {{{platform}: 30}} deletes older ones" if days is None else ""
    )
    return f"{kept}{advice}" + (f". Its terms: {terms}" if terms else "")
