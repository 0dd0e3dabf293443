"""Editions: this one beside the earlier ones, by hours since the opening. Layout only."""

from collections.abc import Sequence

import streamlit as st

from dashboard.charts import editions_over_hours
from dashboard.charts.editions_over_hours import EditionCurveSeries
from dashboard.components import banners, editions, milestones
from dashboard.i18n.markup import bdi
from dashboard.session import controls, layout
from dashboard.session.chart_block import Figure, show_figure, source_caption
from dashboard.session.context import RequestContext, chart_seconds, query_value
from dashboard.session.shared_render import MINUTE, shared
from dashboard.view_model.comparison import SideBySide, audiences, side_by_side, sums
from dashboard.view_model.edition import EditionModel
from dashboard.view_model.edition_viewers import tells_viewers_alone, viewers_by_step
from dashboard.view_model.root import DashboardModel


@layout.for_edition(explain=True)
def choices(context: RequestContext, model: DashboardModel, edition: EditionModel) -> None:
    """Show which edition is chosen, and beside which; then what comes of it."""
    say = context.words.say
    names = {other.key: editions.edition_names(other, context.words) for other in model.editions}
    others = [
        other.key for other in model.editions if other.minutes.height and other.key != edition.key
    ]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="choose"):
        controls.choose_from_list(
            "edition", say("editions.choose"), list(names), edition.key, names.__getitem__
        )
        wanted = query_value("with")
        before = wanted if wanted in others else None
        if len(others) > 1:
            before = controls.choose_from_list(
                "with", say("editions.against"), others, before or others[0], names.__getitem__
            )
    compare(before)


@st.fragment(run_every=chart_seconds())
@layout.for_edition()
def compare(
    context: RequestContext, model: DashboardModel, edition: EditionModel, before: str | None
) -> None:
    """Show the curves, the comparison and the tables."""
    words = context.words
    pair = context.build_once(
        lambda _: side_by_side(model, edition.key, before), "editions", edition.key, before
    )
    measured = context.build_once(
        lambda read: pair and audiences(pair, model, read), "audiences", edition.key, before
    )
    if pair is None:
        return
    figure = shared(
        context, model, lambda: draw(context, pair), "editions", edition.key, before, every=MINUTE
    )
    if figure is None:
        layout.html(f"<h2>{bdi(editions.headline(pair, words))}</h2>")
        is_measured = any(figures.measured for figures in pair.figures)
        layout.empty(words, "editions.no_views" if is_measured else "editions.nothing")
    else:
        show_figure(figure, context, key="editions")
    show_viewers(context, model, edition, pair)
    layout.html(
        editions.sides(pair, words)
        + (editions.audience(pair, measured, words, context.now) if measured else "")
        + editions.attribution(pair, words)
        + milestones.milestones(pair, words, context.now)
        + milestones.reported(pair, words)
        + "".join(banners.imported_beside(figures.edition, words) for figures in pair.figures)
    )
    content = milestones.csv(pair, simulated=context.simulated)
    controls.download_csv(words.say("editions.download"), content, "livetally-milestones.csv")
    if measured:
        controls.download_csv(
            words.say("editions.download_audience"),
            editions.audience_csv(pair, measured, simulated=context.simulated),
            "livetally-audiences.csv",
        )


def show_viewers(
    context: RequestContext, model: DashboardModel, edition: EditionModel, pair: SideBySide
) -> None:
    """Show the viewers of all editions, where one of them tells no views."""
    of_all = [figures.edition for figures in pair.figures]
    if not any(tells_viewers_alone(each) for each in of_all):
        return
    figure = shared(
        context,
        model,
        lambda: draw_viewers(context, of_all, edition),
        "editions-viewers",
        edition.key,
        every=MINUTE,
    )
    if figure is not None:
        show_figure(figure, context, key="editions-viewers")
        layout.html(banners.imported_listed(of_all, context.words))


def draw_viewers(
    context: RequestContext, of_all: Sequence[EditionModel], chosen: EditionModel
) -> Figure | None:
    """Return the viewers on top of each other."""
    words = context.words
    series = [
        EditionCurveSeries(
            name=editions.edition_names(edition, words),
            opened_at=edition.starts_at,
            ends_at=edition.ends_at,
            sums=viewers_by_step(edition).rename({"viewers": "views"}),
            unseen=edition.unseen,
            platforms=edition.platforms,
            chosen=edition.key == chosen.key,
        )
        for edition in of_all
    ]
    drawing = editions_over_hours.draw(series, context.theme, of_viewers=True)
    title, unit = words.say("editions.viewers"), words.say("editions.viewers_unit")
    return drawing and Figure(
        drawing=drawing,
        caption=source_caption(title, unit, context, chosen),
        sheet=editions.viewers_sheet(of_all, words, simulated=context.simulated),
    )


def draw(context: RequestContext, pair: SideBySide) -> Figure | None:
    """Return the curves on top of each other; None where nothing was measured."""
    words = context.words
    series = [
        EditionCurveSeries(
            name=editions.edition_names(figures.edition, words),
            opened_at=figures.edition.starts_at,
            ends_at=figures.edition.ends_at,
            sums=sums(figures.edition),
            unseen=figures.edition.unseen,
            platforms=figures.edition.view_platforms,
            chosen=pair.now is not None and figures.edition.key == pair.now.edition.key,
        )
        for figures in pair.figures
        if figures.tells_views
    ]
    drawing = editions_over_hours.draw(series, context.theme)
    if drawing is None:
        return None
    title, unit = editions.headline(pair, words), words.say("editions.unit")
    return Figure(
        drawing=drawing,
        caption=source_caption(title, unit, context),
        sheet=editions.sheet(pair, words, simulated=context.simulated),
    )


layout.page_top("editions.title", status=True)
choices()
