"""How a chart is to look: the reader's words, the theme, and which way time runs."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from dashboard.charts.colors import Ink, ink
from dashboard.i18n.words import Words

Spec: TypeAlias = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Theme:
    """What every builder needs besides the numbers. ``mirrored`` lets time run right to left.

    ``scale`` is how much larger than usual everything is written: a wall is read from afar.
    """

    words: Words
    dark: bool = False
    mirrored: bool = False
    scale: float = 1.0

    def size(self, usual: float) -> int:
        """Return a text's height, or a distance that texts need, in pixels."""
        return round(usual * self.scale)

    @property
    def ink(self) -> Ink:
        """The colours of everything that is not a platform."""
        return ink(dark=self.dark)

    def shift(self, last: datetime) -> int:
        """Milliseconds to add to UTC so that the axis shows the event's clock.

        One offset for the whole chart, that of its last moment, so that time never runs backwards
        where the zone changes.
        """
        offset = last.astimezone(self.words.zone).utcoffset()
        return int(offset.total_seconds() * 1000) if offset else 0
