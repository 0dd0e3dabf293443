"""Broadcasts: every one of an edition, what it had and how it ran. Layout only."""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from dashboard.components import banners, broadcasts
from dashboard.components.links import Links
from dashboard.i18n.markup import phrase
from dashboard.session import controls, layout
from dashboard.session.context import RequestContext, carried_query, chart_seconds, query_value
from dashboard.view_model.broadcasts import (
    BroadcastPhase,
    ListedBroadcast,
    Order,
    list_broadcasts,
    read_sparks,
    select_broadcasts,
)
from dashboard.view_model.edition import EditionModel
from dashboard.view_model.platforms import name
from dashboard.view_model.root import DashboardModel

_FIRST = 40


@layout.for_edition(explain=True)
def choices(context: RequestContext, model: DashboardModel, edition: EditionModel) -> None:
    """Show the selectors, then the table of what they choose."""
    say, language = context.words.say, context.words.language
    names = {other.key: getattr(other.names, language) for other in model.editions}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="choose"):
        controls.choose_from_list(
            "edition", say("growth.edition"), list(names), edition.key, names.__getitem__
        )
        wanted = controls.text_field("q", say("broadcasts.search"))
        label = say("growth.platforms")
        platforms = controls.choose_some("platform", label, edition.platforms, name)
        phase = controls.choose_one(
            "phase",
            say("broadcasts.phase"),
            list(BroadcastPhase),
            lambda phase: say(f"broadcasts.phase_{phase}"),
            usual=BroadcastPhase.ALL,
        )
        order = controls.choose_one(
            "sort",
            say("broadcasts.sort"),
            list(Order),
            lambda order: say(f"broadcasts.by_{order}"),
            usual=Order.VIEWS,
        )
    rows(order=Order(order), platforms=platforms, phase=BroadcastPhase(phase), wanted=wanted)


@st.fragment(run_every=chart_seconds())
@layout.for_edition()
def rows(
    context: RequestContext,
    model: DashboardModel,
    edition: EditionModel,
    *,
    order: Order,
    platforms: list[str],
    phase: BroadcastPhase,
    wanted: str,
) -> None:
    """Show the table, its count and its file."""
    words, now = context.words, context.now
    listed = context.build_once(
        lambda _: list_broadcasts(model.tables, edition), "broadcasts", edition.key
    )
    chosen = select_broadcasts(
        listed or (), order=order, platforms=platforms, phase=phase, wanted=wanted
    )
    if not chosen:
        layout.empty(words, "broadcasts.nothing_chosen" if listed else "broadcasts.nothing")
        return
    first = chosen if query_value("rows") == "all" else chosen[:_FIRST]
    shown = [row.shown for row in first]
    keys = [row.broadcast for row in shown]
    sparks = context.build_once(lambda minutes: read_sparks(shown, minutes), "sparks", *keys) or {}
    first = [replace(row, spark=sparks.get(row.shown.broadcast)) for row in first]
    links = Links(query=carried_query())
    layout.html(
        broadcasts.counted(len(first), len(chosen), words)
        + broadcasts.listing(
            first, edition, words, now, dark=context.dark, links=links, order=order
        )
        + banners.imported_beside(edition, words)
    )
    buttons(context, edition, chosen)
    zone = words.zone_name(now)
    layout.html(f'<p class="muted">{phrase(words, "broadcasts.source_of", zone=zone)}</p>')


def buttons(
    context: RequestContext, edition: EditionModel, chosen: Sequence[ListedBroadcast]
) -> None:
    """Show the buttons for all rows and for the file."""
    say = context.words.say
    with st.container(horizontal=True, gap="small"):
        if len(chosen) > _FIRST:
            all_shown = query_value("rows") == "all"
            if st.button(say("broadcasts.fewer" if all_shown else "broadcasts.more"), key="rows"):
                st.query_params["rows"] = "first" if all_shown else "all"
                st.rerun(scope="fragment")
        content = broadcasts.csv(chosen, edition.key, simulated=context.simulated)
        file_name = f"livetally-{edition.key}-broadcasts.csv"
        controls.download_csv(say("broadcasts.download"), content, file_name)


layout.page_top("broadcasts.title", status=True)
choices()
