"""How a chart is to look: the colours, the reader's words, and which way time runs.

Every platform colour has at least 4.6:1 against its background and stays apart from the others
for the common colour deficiencies (worst pair: CIE76 18 among all, 20 among the named six).
Status colours are never platform colours.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from dashboard.i18n.words import Words
from storage.definitions.platforms import facts_of

_OTHERS_LIGHT = ("#7700FF", "#880099", "#777744")
_OTHERS_DARK = ("#CC99FF", "#FF2299", "#BB7744")


@dataclass(frozen=True, kw_only=True, slots=True)
class Ink:
    """The colours of everything that is not a platform."""

    page: str
    card: str
    text: str
    muted: str
    rule: str
    band: str
    faint: str
    accent: str
    good: str
    warn: str
    bad: str


LIGHT = Ink(
    page="#FFFFFF",
    card="#F7F8FA",
    text="#14181D",
    muted="#56606C",
    rule="#DFE3E8",
    band="rgba(86, 96, 108, 0.14)",
    faint="rgba(86, 96, 108, 0.06)",
    accent="#0E7490",
    good="#0B6B3A",
    warn="#8A5200",
    bad="#B3261E",
)
DARK = Ink(
    page="#0F1216",
    card="#171B21",
    text="#EEF1F5",
    muted="#A3ADB9",
    rule="#2C333C",
    band="rgba(163, 173, 185, 0.18)",
    faint="rgba(163, 173, 185, 0.08)",
    accent="#22B8CF",
    good="#4CC38A",
    warn="#F0B34B",
    bad="#FF8A80",
)


def ink(*, dark: bool) -> Ink:
    """Return the set for the viewer's theme."""
    return DARK if dark else LIGHT


def color(platform: str, *, dark: bool, among: Iterable[str] = ()) -> str:
    """Return the platform's colour; an unknown one takes a spare by its rank ``among`` those."""
    if colors := facts_of(platform).colors:
        return colors[1] if dark else colors[0]
    spare = _OTHERS_DARK if dark else _OTHERS_LIGHT
    unknown = sorted(name for name in {platform, *among} if facts_of(name).colors is None)
    return spare[unknown.index(platform) % len(spare)]


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
