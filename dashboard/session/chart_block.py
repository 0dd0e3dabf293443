"""A chart on the page, in the frame all charts share: a sentence above, the source below.

Every chart has its text for those who cannot see it, a table, a file, and a picture to take along.
"""

from dataclasses import dataclass

import polars as pl
import streamlit as st

from dashboard.charts.growth import ChartRequest, CurveData
from dashboard.charts.headline import headline
from dashboard.components import banners
from dashboard.components.table import Sheet
from dashboard.i18n.markup import attribute, bdi, phrase
from dashboard.i18n.words import Words
from dashboard.session.context import RequestContext
from dashboard.session.controls import download_csv
from dashboard.view_model.build_edition import build_curves
from dashboard.view_model.edition import Curves, EditionModel
from storage.analysis.unseen import UnseenInterval, sample_times, unseen_intervals


def edition_curves(edition: EditionModel) -> CurveData:
    """Return the edition's curves up to the model's moment, or to a few days after its end."""
    return _curve_data(edition.curves, edition, edition.unseen, edition.corrections)


def broadcast_curves(edition: EditionModel, broadcast: str, minutes: pl.DataFrame) -> CurveData:
    """Return one broadcast's curves, from its minutes."""
    mine = pl.col("broadcast") == broadcast
    views = pl.col("views").forward_fill()
    gained = minutes.sort("minute").select(
        "minute",
        pl.lit(edition.key).alias("edition"),
        "platform",
        pl.coalesce(views.diff(), views).alias("views_delta"),
        "concurrent_viewers",
        pl.lit(1, pl.Int64).alias("broadcasts_observed"),
    )
    curves = build_curves(gained)
    watched, gaps = edition.watched.filter(mine), edition.gaps.filter(mine)
    unseen = unseen_intervals(watched, gaps, sample_times(curves.viewers), edition.until)
    return _curve_data(curves, edition, unseen, edition.corrections.filter(mine))


def _curve_data(
    curves: Curves,
    edition: EditionModel,
    unseen: tuple[UnseenInterval, ...],
    corrections: pl.DataFrame,
) -> CurveData:
    return CurveData(
        cumulative=curves.cumulative,
        rates=curves.rates,
        viewers=curves.viewers,
        unseen=unseen,
        corrections=corrections,
        annotations=edition.annotations,
        until=edition.until,
    ).within(None, edition.until)


@dataclass(frozen=True, kw_only=True, slots=True)
class Caption:
    """What stands around a chart, in the reader's words: a sentence, its unit, and its source."""

    title: str
    unit: str
    source: str


def curve_caption(
    curves: CurveData,
    context: RequestContext,
    edition: EditionModel,
    *,
    since: bool = False,
    of_broadcast: bool = False,
) -> Caption:
    """Say of an edition's (or one of its broadcasts') curves what they show and where they come from."""
    unit = "chart.subtitle" if curves.cumulative.height else "chart.subtitle_viewers"
    title = headline(curves, context.theme, context.now, since=since, single=of_broadcast)
    return source_caption(title, context.words.say(unit), context, edition)


def source_caption(
    title: str, unit: str, context: RequestContext, edition: EditionModel | None = None
) -> Caption:
    """Return the caption of what the platforms report, of a simulation, or of imported history."""
    words = context.words
    source = "growth.source_simulated" if context.simulated else "growth.source"
    text = words.say(source, zone=words.zone_name(context.now))
    if edition is not None and edition.is_imported:
        named = banners.imported_source(edition, words)
        text = words.say("imported.source", named=named, zone=words.zone_name(context.now))
    return Caption(title=title, unit=unit, source=text)


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """A drawing with what stands around it. ``sheet`` None: its numbers are elsewhere on the page."""

    drawing: ChartRequest
    caption: Caption
    sheet: Sheet | None = None


def show_figure(figure: Figure, context: RequestContext, *, key: str) -> None:
    """Put it on the page in the frame all charts share.

    Above it the sentence and the unit; below it the source, where the line breaks and why, and the
    numbers as a table and a file. ``key`` is the chart's name on its page. A page that nobody can
    click on shows neither the table nor the buttons.
    """
    drawing, caption, words = figure.drawing, figure.caption, context.words
    with st.container(key=f"figure-{key}", gap="small"):
        st.html(
            f'<div class="lt lt-caption"><h2>{bdi(caption.title)}</h2>'
            f'<p class="unit muted">{bdi(caption.unit)}</p></div>'
        )
        st.echarts_chart(
            drawing.spec,
            height=drawing.height,
            alt=drawing.alt,
            key=f"{key}-{words.language}",
            renderer="svg",  # sharp at any size, its text stays text, and either kind can be saved
        )
        save = "" if context.display.bare else _save_buttons(words)
        source = f'<p class="source muted">{bdi(caption.source)}</p>'
        notes = "".join(f"<li>{bdi(note)}</li>" for note in drawing.notes)
        listed = f'<ul class="lt-notes">{notes}</ul>' if notes else ""
        st.html(f'<div class="lt"><div class="lt-source-line">{source}{save}</div>{listed}</div>')
        if figure.sheet is not None and not context.display.bare:
            with st.expander(words.say("growth.table"), key=f"table-{key}"):
                st.html(f'<div class="lt">{figure.sheet.html}</div>')
            label, sheet = words.say("growth.download"), figure.sheet
            download_csv(label, sheet.csv, sheet.file_name, key=f"csv-{key}")


def _save_buttons(words: Words) -> str:
    """Return the buttons that page.js answers."""
    buttons = "".join(
        f'<button type="button" data-lt-save="{kind}" aria-label="'
        f'{attribute(words.say("chart.save_as", kind=kind.upper()))}">{kind.upper()}</button>'
        for kind in ("png", "svg")
    )
    return (
        f'<p class="lt-save"><span class="muted">{phrase(words, "chart.save")}</span> {buttons}</p>'
    )
