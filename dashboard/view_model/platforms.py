"""Platforms as people know them: their names and their order."""

from collections.abc import Iterable

#: The order in which platforms are listed everywhere; others follow by name.
ORDER = ("youtube", "facebook", "instagram", "x", "tiktok", "icecast")

NAMES = {
    "youtube": "YouTube",
    "facebook": "Facebook",
    "instagram": "Instagram",
    "x": "X",
    "tiktok": "TikTok",
    "icecast": "Icecast",
    "linkedin": "LinkedIn",
    "peertube": "PeerTube",
}


def ordered(platforms: Iterable[str]) -> list[str]:
    """Return the platforms once each, the known ones in their fixed order, then the others by name."""
    present = set(platforms)
    return [name for name in ORDER if name in present] + sorted(present - set(ORDER))


def name(platform: str) -> str:
    """Return what people call the platform."""
    return NAMES.get(platform, platform.replace("_", " ").capitalize())
