"""Platforms as people know them: their names and their order."""

import math
from collections.abc import Iterable
from functools import cache

from storage.definitions import load
from storage.definitions.platforms import facts_of
from storage.model import Metric


def ordered(platforms: Iterable[str]) -> list[str]:
    """Return the platforms once each, the known ones in their fixed order, then the others by name."""
    return sorted(set(platforms), key=lambda each: (facts_of(each).order or math.inf, each))


def name(platform: str) -> str:
    """Return what people call the platform."""
    return facts_of(platform).display_name


@cache
def counts_views(platform: str) -> bool:
    """Tell whether any count of the platform is one of views."""
    meanings = (
        meaning for each in load() if each.platform == platform for meaning in each.meanings
    )
    return any(meaning.metric == Metric.VIEWS for meaning in meanings)
