"""Platforms as people know them: their names and their order."""

import math
from collections.abc import Iterable

from storage.definitions.platforms import facts_of


def ordered(platforms: Iterable[str]) -> list[str]:
    """Return the platforms once each, the known ones in their fixed order, then the others by name."""
    return sorted(set(platforms), key=lambda each: (facts_of(each).order or math.inf, each))


def name(platform: str) -> str:
    """Return what people call the platform."""
    return facts_of(platform).display_name


def is_keyless(platform: str, source: str | None) -> bool:
    """Tell whether a source is the platform's keyless one, which gives views only, and late."""
    return source is not None and source == facts_of(platform).keyless_source
