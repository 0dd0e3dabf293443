"""Broadcasts: every one of an edition, what it had and how it ran. Layout only."""

import streamlit as st

from dashboard.components import broadcasts
from dashboard.components.links import Links
from dashboard.components.wall import status_line
from dashboard.i18n.markup import phrase
from dashboard.session import controls, layout
from dashboard.session.context import (
    RequestContext,
    build_context,
    chart_seconds,
    current_refresher,
    kept_query,
    number_seconds,
    query_value,
)
from dashboard.view_model import broadcasts as listing
from dashboard.view_model.broadcasts import BroadcastPhase, ListedBroadcast, Order
from dashboard.view_model.edition import EditionModel
from dashboard.view_model.platforms import name
from dashboard.view_model.root import DashboardModel

_FIRST = 40


@st.fragment(run_every=number_seconds())
def state() -> None:
    """Where the edition stands, and what is not as it seems."""
    view = build_context()
    layout.show_banners(view)
    layout.title(view.words, "broadcasts.title")
    if view.edition is not None:
        layout.html(status_line(view.edition, view.words, view.now))


@st.fragment(run_every=chart_seconds())
def rows(order: Order, platforms: list[str], phase: BroadcastPhase, wanted: str) -> None:
    """The table, its count and its file."""
    view = build_context()
    picture, edition, words = view.picture, view.edition, view.words
    if picture is None or edition is None:
        return
    every = built(picture, edition)
    kept = listing.select_broadcasts(
        every, order=order, platforms=platforms, phase=phase, wanted=wanted
    )
    if not kept:
        key = "nothing_chosen" if every else "nothing"
        layout.html(f'<p class="lt-empty">{phrase(words, f"broadcasts.{key}")}</p>')
        return
    first = kept if query_value("rows") == "all" else kept[:_FIRST]
    layout.html(
        broadcasts.counted(len(first), len(kept), words)
        + broadcasts.listing(
            first,
            edition,
            words,
            view.now,
            dark=view.dark,
            links=Links(query=kept_query()),
            order=order,
        )
    )
    below(view, edition, kept)


def built(picture: DashboardModel, edition: EditionModel) -> tuple[ListedBroadcast, ...]:
    """The edition's broadcasts, built once a generation for all viewers."""
    keys = [one.broadcast for one in edition.broadcasts]
    return (
        current_refresher().generation_cache.get_or_build(
            ("listing", edition.key),
            picture,
            lambda minutes: listing.list_broadcasts(picture.tables, edition, minutes(keys)),
        )
        or ()
    )


def below(view: RequestContext, edition: EditionModel, kept: list[ListedBroadcast]) -> None:
    """All rows, the file, and where the numbers come from."""
    words = view.words
    simulated = view.picture is not None and view.picture.origin.simulated
    with st.container(horizontal=True, gap="small"):
        if len(kept) > _FIRST:
            all_shown = query_value("rows") == "all"
            label = words.say("broadcasts.fewer" if all_shown else "broadcasts.more")
            if st.button(label, key="rows"):
                st.query_params["rows"] = "first" if all_shown else "all"
                st.rerun(scope="fragment")
        st.download_button(
            words.say("broadcasts.download"),
            broadcasts.csv(kept, edition.key, simulated=simulated),
            file_name=f"livetally-{edition.key}-broadcasts.csv",
            mime="text/csv",
            on_click="ignore",
        )
    zone = words.zone_name(view.now)
    layout.html(f'<p class="muted">{phrase(words, "broadcasts.source_of", zone=zone)}</p>')


def choices(view: RequestContext, picture: DashboardModel, edition: EditionModel) -> None:
    """The selectors, then the table of what they choose."""
    say, language = view.words.say, view.words.language
    names = {one.key: getattr(one.names, language) for one in picture.editions}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="choose"):
        controls.from_list(
            "edition", say("growth.edition"), list(names), edition.key, lambda key: names[key]
        )
        wanted = controls.text_field("q", say("broadcasts.search"))
        platforms = controls.some_of("platform", say("growth.platforms"), edition.platforms, name)
        phase = controls.one_of(
            "phase",
            say("broadcasts.phase"),
            list(BroadcastPhase),
            lambda one: say(f"broadcasts.phase_{one}"),
            usual=BroadcastPhase.ALL,
        )
        order = controls.one_of(
            "sort",
            say("broadcasts.sort"),
            list(Order),
            lambda one: say(f"broadcasts.by_{one}"),
            usual=Order.VIEWS,
        )
    rows(Order(order), platforms, BroadcastPhase(phase), wanted)


state()
page = build_context()
if page.picture is None:
    layout.nothing_published(page)
elif page.edition is None:
    layout.no_editions(page)
else:
    choices(page, page.picture, page.edition)
