"""The line above every page of an edition: who is silent now, and what spoils its numbers most.

The charts draw it and the method page lists all of it; here it is for the first glance.
"""

from dashboard.charts.growth import data_quality, told_values
from dashboard.components.badge import badge
from dashboard.components.links import Links, inward
from dashboard.i18n.markup import bdi, phrase
from dashboard.session.chart_block import edition_curves
from dashboard.session.context import RequestContext, carried_query
from dashboard.view_model.edition import EditionModel
from dashboard.view_model.platforms import name
from storage.analysis.freshness import Freshness

_SILENT = {Freshness.STALE, Freshness.ERROR, Freshness.LATE}


def quality_line(context: RequestContext, *, dead: bool) -> str:
    """Return the line as HTML, empty when all is well; ``dead``: a banner says who is silent."""
    edition = context.edition
    if edition is None:
        return ""
    parts = ([] if dead else _silent(context, edition)) + _spoilt(context, edition)
    spans = "".join(f"<span>{part}</span>" for part in parts)
    return f'<p class="lt-flaws">{spans}</p>' if spans else ""


def _silent(context: RequestContext, edition: EditionModel) -> list[str]:
    words, now = context.words, context.now
    return [
        f"{bdi(name(tile.platform))} {badge(words, tile.freshness, tile.stalest_at, now)}"
        for tile in edition.tiles
        if tile.freshness in _SILENT
    ]


def _spoilt(context: RequestContext, edition: EditionModel) -> list[str]:
    quality = context.build_once(
        lambda _: data_quality(edition_curves(edition)), "quality", edition.key
    )
    flaws = [bdi(text) for text in told_values(quality, context.theme)] if quality else []
    if flaws:
        method = Links(query=carried_query()).to("method")
        flaws.append(inward(method, phrase(context.words, "flaws.all")))
    return flaws
