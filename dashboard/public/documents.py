"""Everything that is published for the wide public, by file name: pure, from one ready picture."""

import gzip
import hashlib
from datetime import datetime

from dashboard.i18n.words import LANGUAGES, Words, words
from dashboard.public.live import live
from dashboard.public.page import PageState, page
from dashboard.public.svg_chart import curve
from dashboard.view_model.refresher import CurrentModel
from dashboard.view_model.viewers_now import unrenewed
from storage.analysis.sight import EditionPhase

LIVE = "live.json"
#: Bytes of a page as it travels.
HEAVIEST = 10_000
_POINTS = (150, 100, 60, 30)


def pages(
    ready: CurrentModel,
    now: datetime,
    *,
    language: str,
    url: str = "",
    card: bool = False,
    eastern: bool = False,
) -> dict[str, bytes]:
    """Return the pages and ``live.json``, by file name.

    ``language`` is that of ``index.html``; ``url`` that of the folder, for link previews; ``card``:
    there are pictures for those; ``eastern``: digits of Arabic.
    """
    picture = ready.model
    edition = picture.edition(None) if picture else None
    silent_since = ready.unrenewed_since(now)
    if edition is not None and silent_since is not None:
        edition = unrenewed(edition)
    state = PageState(
        picture=picture,
        edition=edition,
        phase=edition.phase(now) if edition else EditionPhase.EMPTY,
        now=now,
        silent_since=silent_since,
        url=url.rstrip("/"),
        card=card and edition is not None,
    )
    zone = picture.origin.programme.time_zone if picture else "UTC"
    files = {
        f"{code}.html": _light_page(state, words(code, zone, eastern=eastern)) for code in LANGUAGES
    }
    files["index.html"] = files[f"{language}.html"]
    files[LIVE] = live(
        edition,
        state.phase,
        published_at=now,
        simulated=bool(picture and picture.origin.simulated),
        page=_mark(files),
        heads=picture.origin.heads if picture else (),
    )
    return files


def _light_page(state: PageState, words: Words) -> bytes:
    """Return the page with its curve as fine as its weight allows."""
    if state.edition is None:
        return page(state, words, None)
    for points in _POINTS:
        content = page(state, words, curve(state.edition, words, points=points))
        if len(gzip.compress(content, mtime=0)) <= HEAVIEST:
            return content
    return page(state, words, None)


def _mark(files: dict[str, bytes]) -> str:
    """Return what changes when a page does."""
    every = b"".join(files[name] for name in sorted(files))
    return hashlib.sha256(every).hexdigest()[:12]
