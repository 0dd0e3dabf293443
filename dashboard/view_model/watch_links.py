"""Where a moment of a broadcast is in its recording: what each platform's watch address offers. Pure.

An address qualifies where the recording stands under the broadcast's own address, begins when the
broadcast did, and takes a time to start at: the platform's class then has a ``moment_address``. What the others lack:

* Dailymotion: a live video keeps its address from session to session, and a recording is a video of
  its own; a start time is documented for the embedded player, not for the page.
* Facebook, Instagram, TikTok, X, LinkedIn, Threads and Telegram document no start time for theirs.
* Kick: the address is the channel's. Owncast and Icecast keep no recording.
"""

from datetime import datetime
from urllib.parse import urlsplit

from storage.definitions.platforms import facts_of


def moment_address(
    platform: str, url: str, begun: datetime | None, at: datetime | None
) -> str | None:
    """Return the address of the moment ``at`` in the recording; None where none is known."""
    facts = facts_of(platform)
    if not facts.moment_address or begun is None or at is None or at < begun:
        return None
    if not urlsplit(url).path.startswith(facts.recording_path):
        return None
    seconds = int((at - begun).total_seconds())
    moment = facts.moment_address.format(seconds=seconds, hms=_clock_text(seconds))
    page, sign, fragment = url.partition("#")
    if moment.startswith("#"):
        return page + moment
    return page + (moment.replace("?", "&") if "?" in page else moment) + sign + fragment


def _clock_text(seconds: int) -> str:
    """Return 1h17m43s of 4663."""
    minutes, rest = divmod(seconds, 60)
    return f"{minutes // 60}h{minutes % 60}m{rest}s"
