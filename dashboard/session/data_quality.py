"""What stands above every page of an edition: who is silent now, and what spoils its numbers most.

The charts draw it and the method page lists all of it; here it is for the first glance.
"""

from dashboard.charts.growth import DataQuality, data_quality, told_values
from dashboard.components.badge import badge
from dashboard.components.links import Links, inward
from dashboard.i18n.markup import bdi, phrase
from dashboard.session.chart_block import trace_of
from dashboard.session.context import RequestContext, kept_query
from dashboard.view_model.edition import EditionModel
from dashboard.view_model.freshness import Freshness
from dashboard.view_model.platforms import name

_SILENT = {Freshness.STALE, Freshness.ERROR, Freshness.LATE}


def line(view: RequestContext, *, dead: bool) -> str:
    """The line as HTML, empty when there is nothing to say; ``dead``: a banner says who is silent."""
    edition, picture = view.edition, view.picture
    if edition is None or picture is None:
        return ""
    found = view.source.generation_cache.get_or_build(
        ("flaws", edition.key), picture, lambda _: data_quality(trace_of(edition))
    )
    parts = ([] if dead else _silent(view, edition)) + _spoilt(view, found)
    spans = "".join(f"<span>{one}</span>" for one in parts)
    return f'<p class="lt-flaws">{spans}</p>' if spans else ""


def _silent(view: RequestContext, edition: EditionModel) -> list[str]:
    return [
        f"{bdi(name(tile.platform))} {badge(view.words, tile.freshness, tile.stalest_at, view.now)}"
        for tile in edition.tiles
        if tile.freshness in _SILENT
    ]


def _spoilt(view: RequestContext, found: DataQuality | None) -> list[str]:
    said = [bdi(one) for one in told_values(found, view.look)] if found else []
    if said:
        method = Links(query=kept_query()).to("method")
        said.append(inward(method, phrase(view.words, "flaws.all")))
    return said
