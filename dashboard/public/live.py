"""``live.json``: the numbers alone, for pages that are open and for whoever embeds them."""

import json
from datetime import datetime

from dashboard.public.phase import EditionPhase, counted_at
from dashboard.public.viewers_now import LATE, viewers_now
from dashboard.view_model.edition import EditionModel

VERSION = 1


def live(
    edition: EditionModel | None,
    phase: EditionPhase,
    *,
    published_at: datetime,
    simulated: bool,
    page: str,
) -> bytes:
    """Return the numbers as JSON. ``page`` changes when the pages do; null: not told, never zero.

    ``concurrent_viewers`` are those of platforms that answer in time; those that do not are in
    ``late``, their viewers of ``seen_at`` in ``last_concurrent_viewers``.
    """
    at, audience = counted_at(edition), viewers_now(edition) if edition else None
    tiles = edition.tiles if edition else ()
    numbers = {
        "version": VERSION,
        "published_at": _time(published_at),
        "counted_at": _time(at),
        "state": phase.value,
        "simulated": simulated,
        "page": page,
        "edition": edition.key if edition else None,
        "imported": edition is not None and edition.is_imported,
        "views": edition.total.views if edition else None,
        "target_views": edition.target_views if edition else None,
        "concurrent_viewers": audience.now if audience else None,
        "late": [tile.platform for tile in tiles if tile.freshness in LATE],
        "platforms": {
            tile.platform: {
                "views": tile.views,
                "views_at": _time(tile.views_at),
                "concurrent_viewers": None if tile.freshness in LATE else tile.concurrent_viewers,
                "last_concurrent_viewers": tile.concurrent_viewers,
                "seen_at": _time(tile.stalest_at),
                "freshness": tile.freshness.value,
            }
            for tile in tiles
        },
    }
    return json.dumps(numbers, separators=(",", ":")).encode()


def _time(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat(timespec="seconds").replace("+00:00", "Z")
