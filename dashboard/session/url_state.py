"""The address's choices besides the page: how it is to look, and whether pages rotate. Pure.

Every choice stands in the address, so that a copied link shows the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass

#: The parameters that go along from page to page.
CARRIED = ("lang", "edition", "theme", "tz", "digits", "time", "pause", "kiosk", "rotate", "over")

_YES = {"1", "true", "yes"}
_SHORTEST_TURN, _LONGEST_TURN = 5, 3600
_TURNED_OVER = ("wall", "growth")


@dataclass(frozen=True, kw_only=True, slots=True)
class DisplayOptions:
    """How the page is to be shown. ``theme`` None: as the reader's system has it."""

    kiosk: bool = False  # on a wall: no controls, large, dark unless the address says otherwise
    embedded: bool = False  # within another site's page: no controls
    theme: str | None = None
    viewers_zone: bool = False  # times by the viewer's clock, not the event's
    eastern: bool = False  # digits
    mirrored: bool = False  # time runs from right to left in charts
    paused: bool = False  # it is not brought up to date; never where nothing is there to resume it
    turn_seconds: int | None = None  # how long each page stays; None: it does not turn
    turn_over: tuple[str, ...] = _TURNED_OVER  # the pages it turns over, in order

    @property
    def bare(self) -> bool:
        """Whether the page goes without what is there to be clicked."""
        return self.kiosk or self.embedded


def display_options(
    query: Mapping[str, str], *, embedded: bool, eastern: bool = False, mirrored: bool = False
) -> DisplayOptions:
    """Read the address. ``eastern`` and ``mirrored`` hold where it has nothing, or nonsense."""
    kiosk = query.get("kiosk", "").lower() in _YES
    theme = query.get("theme")
    over = tuple(page for page in query.get("over", "").split(",") if page)
    return DisplayOptions(
        kiosk=kiosk,
        embedded=embedded,
        theme=theme if theme in {"dark", "light"} else "dark" if kiosk else None,
        viewers_zone=query.get("tz") == "viewer",
        eastern={"eastern": True, "latin": False}.get(query.get("digits", ""), eastern),
        mirrored={"rtl": True, "ltr": False}.get(query.get("time", ""), mirrored),
        paused=query.get("pause", "").lower() in _YES and not (kiosk or embedded),
        turn_seconds=_seconds(query.get("rotate", "")),
        turn_over=over or _TURNED_OVER,
    )


def _seconds(text: str) -> int | None:
    """Return a number of seconds within reason; None for anything else."""
    if not (text.isascii() and text.isdecimal()):
        return None
    return min(max(int(text[:6]), _SHORTEST_TURN), _LONGEST_TURN)
