"""``live.json``: the numbers alone, for pages that are open and for whoever embeds them."""

import json
from collections.abc import Sequence
from datetime import datetime

from dashboard.view_model.edition import EditionModel
from dashboard.view_model.viewers_now import viewers_now, viewers_of
from storage.analysis.freshness import LATE
from storage.analysis.sight import EditionPhase
from storage.chain.links import Head

VERSION = 1


def live(
    edition: EditionModel | None,
    phase: EditionPhase,
    *,
    published_at: datetime,
    simulated: bool,
    page: str,
    heads: Sequence[Head] = (),
) -> bytes:
    """Return the numbers as JSON. ``page`` changes when the pages do; null: not told, never zero.

    ``concurrent_viewers`` are those of platforms that answer in time; those that do not are in
    ``late``, their viewers of ``seen_at`` in ``last_concurrent_viewers``. ``unseen``: the accounts of
    which it is not known whether they are on air, and why. ``heads`` are those of the chain at the end
    of the last UTC days, the newest last.
    """
    audience = viewers_now(edition) if edition else None
    tiles = edition.tiles if edition else ()
    on_air = edition.on_air if edition else ()
    numbers = {
        "version": VERSION,
        "published_at": _time(published_at),
        "counted_at": _time(edition.counted_at) if edition else None,
        "state": phase.value,
        "simulated": simulated,
        "page": page,
        "edition": edition.key if edition else None,
        "imported": edition is not None and edition.is_imported,
        "views": edition.total.views if edition else None,
        "target_views": edition.target_views if edition else None,
        "concurrent_viewers": audience.now if audience else None,
        "late": [tile.platform for tile in tiles if tile.freshness in LATE],
        "unseen": [
            {
                "name": account.name,
                "platform": account.platform,
                "sight": account.sight.value,
                "seen_at": _time(account.seen_at),
                "reason": account.reason,
            }
            for account in (edition.unseen_accounts if edition else ())
        ],
        "platforms": {
            tile.platform: {
                "views": tile.views,
                "views_at": _time(tile.views_at),
                "concurrent_viewers": viewers_of(on_air, tile.platform),
                "last_concurrent_viewers": tile.concurrent_viewers,
                "seen_at": _time(tile.stalest_at),
                "freshness": tile.freshness.value,
            }
            for tile in tiles
        },
        "heads": [head.fields() for head in heads],
    }
    return json.dumps(numbers, separators=(",", ":")).encode()


def _time(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat(timespec="seconds").replace("+00:00", "Z")
