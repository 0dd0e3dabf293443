"""Editions: this one beside the earlier ones, by hours since the opening. Layout only."""

import streamlit as st

from dashboard.charts import editions_over_hours
from dashboard.charts.editions_over_hours import EditionCurveSeries
from dashboard.components import editions, milestones
from dashboard.components.wall import status_line
from dashboard.i18n.markup import bdi, phrase
from dashboard.session import controls, layout
from dashboard.session.chart_block import Figure, is_simulated, show, sourced
from dashboard.session.context import (
    RequestContext,
    build_context,
    chart_seconds,
    current_refresher,
    number_seconds,
    query_value,
)
from dashboard.session.shared_render import MINUTE, shared
from dashboard.view_model import comparison
from dashboard.view_model.comparison import SideBySide
from dashboard.view_model.edition import EditionModel
from dashboard.view_model.root import DashboardModel


@st.fragment(run_every=number_seconds())
def state() -> None:
    """Where the edition stands, and what is not as it seems."""
    view = build_context()
    layout.show_banners(view)
    layout.title(view.words, "editions.title")
    if view.edition is not None:
        layout.html(status_line(view.edition, view.words, view.now))


@st.fragment(run_every=chart_seconds())
def compared(before: str | None) -> None:
    """The curves, the comparison and the tables."""
    view = build_context()
    if view.picture is None or view.edition is None:
        return
    found = built(view.picture, view.edition, before)
    if found is None:
        return
    words = view.words
    figure = shared(
        view,
        view.picture,
        lambda: drawn(view, found),
        "editions",
        view.edition.key,
        before,
        every=MINUTE,
    )
    if figure is None:
        layout.html(f"<h2>{bdi(editions.headline(found, words))}</h2>")
        layout.html(f'<p class="lt-empty">{phrase(words, "editions.nothing")}</p>')
    else:
        show(figure, view, key="editions")
    layout.html(
        editions.sides(found, words)
        + editions.attribution(found, words)
        + milestones.milestones(found, words, view.now)
        + milestones.reported(found, words)
    )
    st.download_button(
        words.say("editions.download"),
        milestones.csv(found, simulated=view.picture.origin.simulated),
        file_name="livetally-milestones.csv",
        mime="text/csv",
        on_click="ignore",
    )


def drawn(view: RequestContext, found: SideBySide) -> Figure | None:
    """The curves on top of each other; None where nothing was measured."""
    drawing = editions_over_hours.draw(courses(found, view), view.look)
    if drawing is None:
        return None
    words = view.words
    return Figure(
        drawing=drawing,
        caption=sourced(editions.headline(found, words), words.say("editions.unit"), view),
        sheet=editions.sheet(found, words, simulated=is_simulated(view)),
    )


def built(picture: DashboardModel, edition: EditionModel, before: str | None) -> SideBySide | None:
    """The comparison, built once a generation for all viewers."""
    return current_refresher().generation_cache.get_or_build(
        ("editions", edition.key, before),
        picture,
        lambda _: comparison.side_by_side(picture, edition.key, before),
    )


def courses(found: SideBySide, view: RequestContext) -> list[EditionCurveSeries]:
    """What is drawn of each edition that was measured."""
    return [
        EditionCurveSeries(
            name=editions.edition_names(one.edition, view.words),
            opened_at=one.edition.starts_at,
            ends_at=one.edition.ends_at,
            sums=comparison.sums(one.edition),
            unseen=one.edition.unseen,
            platforms=one.edition.view_platforms,
            chosen=found.now is not None and one.edition.key == found.now.edition.key,
        )
        for one in found.figures
        if one.measured
    ]


def choices(view: RequestContext, picture: DashboardModel, edition: EditionModel) -> None:
    """Which edition, and beside which; then what comes of it."""
    names = {one.key: editions.edition_names(one, view.words) for one in picture.editions}
    others = [one.key for one in picture.editions if one.view_platforms and one.key != edition.key]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="choose"):
        controls.from_list(
            "edition",
            view.words.say("editions.choose"),
            list(names),
            edition.key,
            lambda key: names[key],
        )
        before = query_value("with") if query_value("with") in others else None
        if len(others) > 1:
            start = before or next(iter(others))
            before = controls.from_list(
                "with", view.words.say("editions.against"), others, start, lambda key: names[key]
            )
    compared(before)


state()
page = build_context()
if page.picture is None:
    layout.nothing_published(page)
elif page.edition is None:
    layout.no_editions(page)
else:
    choices(page, page.picture, page.edition)
