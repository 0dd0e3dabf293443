"""Growth: cumulative views, their rate and the viewers, by edition, platform or broadcast."""

import streamlit as st

from dashboard.charts import growth
from dashboard.components import banners
from dashboard.i18n.markup import bdi, phrase, title_of
from dashboard.session import growth_controls, layout
from dashboard.session.chart_block import Figure, curve_caption, show_figure
from dashboard.session.context import RequestContext, chart_seconds
from dashboard.session.growth_controls import GrowthChoice
from dashboard.session.shared_render import MINUTE, shared
from dashboard.view_model.edition import EditionModel
from dashboard.view_model.root import DashboardModel


@layout.for_edition(explain=True)
def explore(context: RequestContext, model: DashboardModel, edition: EditionModel) -> None:
    """Show the selectors, then the curves of what they choose."""
    curves(growth_controls.choose(context, model, edition))


@st.fragment(run_every=chart_seconds())
@layout.for_edition()
def curves(
    context: RequestContext, model: DashboardModel, edition: EditionModel, choice: GrowthChoice
) -> None:
    """Show the chart, its notes, its table and the download."""
    figure = shared(
        context,
        model,
        lambda: draw(context, edition, choice),
        "growth",
        edition.key,
        choice,
        every=MINUTE,
    )
    if figure is None:
        layout.empty(context.words, "growth.nothing_range" if choice.hours else "growth.nothing")
        show_beside(context, model, edition)
        return
    if choice.broadcast:
        titles = {row.broadcast: row.title for row in edition.broadcasts}
        title = title_of(context.words, titles.get(choice.broadcast, ""))
        layout.html(f'<p class="lt-of">{bdi(title)}</p>')
    show_figure(figure, context, key="growth")
    if not context.display.bare:
        layout.html(f'<p class="muted">{phrase(context.words, "growth.zoom")}</p>')
    if not choice.broadcast:
        show_beside(context, model, edition)


def show_beside(context: RequestContext, model: DashboardModel, edition: EditionModel) -> None:
    """Show the curves of imported history that is in no figure, where there is any."""
    beside, everything = edition.beside, GrowthChoice(platforms=(), broadcast=None, hours=None)
    if beside is None or edition.is_imported:
        return
    words = context.words
    layout.html(
        f"<h2>{phrase(words, 'imported.title')}</h2>{banners.imported_beside(edition, words)}"
    )
    figure = shared(
        context,
        model,
        lambda: draw(context, beside, everything),
        "growth-beside",
        edition.key,
        every=MINUTE,
    )
    if figure is not None:
        show_figure(figure, context, key="growth-beside")


def draw(context: RequestContext, edition: EditionModel, choice: GrowthChoice) -> Figure | None:
    """Return the curves of the choice; None where there is nothing to draw."""
    chosen = growth_controls.chosen_curves(context, edition, choice)
    target = growth_controls.target(edition, choice)
    drawing = growth.growth_chart(
        chosen, context.theme, target=target, zoom=not context.display.kiosk
    )
    if drawing is None:
        return None
    since = choice.hours is not None
    words, simulated = context.words, context.simulated
    return Figure(
        drawing=drawing,
        caption=curve_caption(
            chosen, context, edition, since=since, of_broadcast=choice.broadcast is not None
        ),
        sheet=growth_controls.sheet(chosen, edition, words, simulated=simulated),
    )


layout.page_top("growth.title")
explore()
