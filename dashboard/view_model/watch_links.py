"""Where a moment of a broadcast is in its recording: what each platform's watch address offers. Pure.

An address qualifies where the recording stands under the broadcast's own address, begins when the
broadcast did, and takes a time to start at. What the others lack:

* Dailymotion: a live video keeps its address from session to session, and a recording is a video of
  its own; a start time is documented for the embedded player, not for the page.
* Facebook, Instagram, TikTok, X, LinkedIn, Threads and Telegram document no start time for theirs.
* Kick: the address is the channel's. Owncast and Icecast keep no recording.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from urllib.parse import urlsplit

_TWITCH_VIDEOS = "/videos/"  # until its archive is known, a broadcast has the channel's address


def _youtube(url: str, seconds: int) -> str:
    """As its share dialog writes it."""
    return _with_parameter(url, f"t={seconds}s")


def _twitch(url: str, seconds: int) -> str | None:
    """In the form of dev.twitch.tv/docs/embed/video-and-clips, which its pages take as ``t``."""
    if not urlsplit(url).path.startswith(_TWITCH_VIDEOS):
        return None
    return _with_parameter(url, f"t={_clock_text(seconds)}")


def _vimeo(url: str, seconds: int) -> str:
    """In the fragment, which no server sees."""
    return f"{url.partition('#')[0]}#t={seconds}s"


def _peertube(url: str, seconds: int) -> str:
    """As its share dialog writes it; a permanent live, whose replays stand apart, does not heed it."""
    return _with_parameter(url, f"start={_clock_text(seconds)}")


_ADDRESSES: Mapping[str, Callable[[str, int], str | None]] = {
    "youtube": _youtube,
    "twitch": _twitch,
    "vimeo": _vimeo,
    "peertube": _peertube,
}


def moment_address(
    platform: str, url: str, begun: datetime | None, at: datetime | None
) -> str | None:
    """The address of the moment ``at`` in the recording; None where it has none, or none is known."""
    address = _ADDRESSES.get(platform)
    if address is None or begun is None or at is None or at < begun:
        return None
    return address(url, int((at - begun).total_seconds()))


def _clock_text(seconds: int) -> str:
    """4663 is 1h17m43s."""
    minutes, rest = divmod(seconds, 60)
    return f"{minutes // 60}h{minutes % 60}m{rest}s"


def _with_parameter(url: str, query: str) -> str:
    """The address with one more parameter, before its fragment."""
    page, sign, fragment = url.partition("#")
    return f"{page}{'&' if '?' in page else '?'}{query}{sign}{fragment}"
