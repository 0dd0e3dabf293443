"""A card per platform of the public page: its part, how fresh it is, and what it counts."""

from datetime import datetime

from dashboard.components.badge import SHAPES
from dashboard.components.wall import why_no_views
from dashboard.i18n.markup import attribute, bdi, phrase
from dashboard.i18n.words import Words
from dashboard.public.viewers_unit import viewers_unit
from dashboard.view_model.edition import EditionModel, PlatformTile
from dashboard.view_model.platforms import name
from storage.analysis.freshness import LATE


def cards(edition: EditionModel, words: Words, now: datetime) -> str:
    """Return a card per platform, with how it counts."""
    every = "".join(_card(tile, edition, words, now) for tile in edition.tiles)
    heading = phrase(words, "tile.heading")
    return f'<section aria-labelledby="h-p"><h2 id="h-p">{heading}</h2><div class="cards of{len(edition.tiles)}">{every}</div></section>'


def _card(tile: PlatformTile, edition: EditionModel, words: Words, now: datetime) -> str:
    platform, late = attribute(tile.platform), tile.freshness in LATE
    total, notes = edition.total.views, list[str]()
    if tile.views is None:
        value = '<p class="views">—</p>'
        notes.append(phrase(words, why_no_views(tile)))
    else:
        key = f"platforms.{platform}.views"
        count = f'<bdi dir="ltr" data-n="{key}">{words.number(tile.views)}</bdi>'
        value = f'<p class="views">{count} <small>{phrase(words, "tile.views")}</small></p>'
        if total:
            notes.append(phrase(words, "public.share", percent=words.percent(tile.views / total)))
    if tile.live and tile.concurrent_viewers is not None:
        viewers = bdi(words.number(tile.concurrent_viewers), ltr=True)
        notes.append(f"{viewers} {viewers_unit(words, old=late)}")
    word = bdi(words.say(f"state.{tile.freshness.value}"))
    state = f'<b class="{tile.freshness.value}"><span aria-hidden="true">{SHAPES[tile.freshness]}</span> {word}</b>'
    at = tile.views_at or tile.observed_at
    as_of = f" {bdi(words.moment(at, now))}" if at else ""
    counts = f"public.counts.{tile.platform}"
    meaning = phrase(words, counts if counts in words.table else "public.counts.any")
    lines = "".join(f"<p>{note}</p>" for note in notes)
    return (
        f'<article class="card {platform}{" old" if late else ""}"><h3>{bdi(name(tile.platform))}</h3>{value}{lines}'
        f'<p class="state">{state}{as_of}</p>'
        f'<details id="d-{platform}"><summary>{phrase(words, "public.counts_heading")}</summary><p>{meaning}</p></details>'
        "</article>"
    )
