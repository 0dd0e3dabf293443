"""Method: what is counted, how each figure is made of it, and what was not seen. Layout only."""

from collections.abc import Callable
from functools import cache

import streamlit as st

from dashboard.components import method
from dashboard.components.links import Links
from dashboard.components.provenance import heads_section
from dashboard.i18n.markup import phrase
from dashboard.session import growth_controls, layout
from dashboard.session.chart_block import edition_curves
from dashboard.session.context import RequestContext, build_context, carried_query, chart_seconds
from dashboard.session.controls import download_csv
from dashboard.view_model.edition import EditionModel
from dashboard.view_model.root import DashboardModel
from storage.definitions import Definition, load


@cache
def definitions() -> tuple[Definition, ...]:
    """Return all definitions."""
    return load()


def explain_method(context: RequestContext) -> None:
    """Show what does not change while somebody reads."""
    words = context.words
    layout.html(
        f'<h1 class="lt-title">{phrase(words, "method.title")}</h1>'
        f'<p class="muted">{phrase(words, "method.lead")}</p>'
        + method.meanings(definitions(), context.edition, words)
        + method.figures(words)
    )


@st.fragment(run_every=chart_seconds())
@layout.for_edition()
def flaws(context: RequestContext, _model: DashboardModel, edition: EditionModel) -> None:
    """Show what was not seen, and what was corrected."""
    words, now, links = context.words, context.now, Links(query=carried_query())
    layout.html(
        method.gaps(edition, words, now, links) + method.corrections(edition, words, now, links)
    )


@st.fragment(run_every=chart_seconds())
@layout.for_edition()
def show_heads(context: RequestContext, model: DashboardModel, _edition: EditionModel) -> None:
    """Show the heads of the chain."""
    layout.html(heads_section(model.origin.heads, context.words))


@layout.for_edition()
def downloads(context: RequestContext, model: DashboardModel, edition: EditionModel) -> None:
    """Show the files, each made when it is asked for."""
    words, simulated, imported = context.words, context.simulated, edition.is_imported
    layout.html(
        f'<section class="lt-part"><h2>{phrase(words, "method.downloads")}</h2>'
        f'<p class="muted">{phrase(words, "method.downloads_what")}</p></section>'
    )
    state = model.tables.state
    files: dict[str, Callable[[], bytes]] = {
        "minutes": lambda: growth_controls.csv(
            growth_controls.curve_table(edition_curves(edition)),
            edition.key,
            words,
            simulated=simulated,
            imported=imported,
        ),
        "broadcasts": lambda: method.frame_csv(
            state.filter(state["edition"] == edition.key), simulated=simulated, imported=imported
        ),
        "gaps": lambda: method.frame_csv(edition.gaps, simulated=simulated, imported=imported),
        "corrections": lambda: method.frame_csv(
            edition.corrections, simulated=simulated, imported=imported
        ),
        "definitions": lambda: method.definitions_csv(definitions()),
    }
    with st.container(horizontal=True, gap="small"):
        for key, content in files.items():
            prefix = "" if key == "definitions" else f"{edition.key}-"
            label = words.say(f"method.get_{key}")
            download_csv(label, content, f"livetally-{prefix}{key}.csv", key=f"get-{key}")


layout.page_top()
page = build_context()
if page.edition is None:  # first, for what is explained is long
    layout.explain_absence(page)
explain_method(page)
flaws()
show_heads()
downloads()
