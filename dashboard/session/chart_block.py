"""Puts a drawing on the page in the frame all charts share: a sentence above, the source below.

Every chart has its text for those who cannot see it, a table, a file, and a picture to take along.
"""

from dataclasses import dataclass

import polars as pl
import streamlit as st

from dashboard.charts.growth import ChartRequest, CurveData
from dashboard.charts.headline import headline
from dashboard.components.table import Sheet
from dashboard.i18n.markup import attribute, bdi, phrase
from dashboard.i18n.words import Words
from dashboard.session.context import RequestContext
from dashboard.view_model.build_edition import build_curves
from dashboard.view_model.edition import EditionModel
from storage.analysis.unseen import sample_times, unseen_intervals


def trace_of(edition: EditionModel) -> CurveData:
    """The edition's curves up to the picture's moment, or to a few days after its end."""
    return CurveData(
        cumulative=edition.curves.cumulative,
        rates=edition.curves.rates,
        viewers=edition.curves.viewers,
        unseen=edition.unseen,
        corrections=edition.corrections,
        annotations=edition.annotations,
        until=edition.until,
    ).within(None, edition.until)


def trace_of_broadcast(edition: EditionModel, broadcast: str, minutes: pl.DataFrame) -> CurveData:
    """One broadcast's curves, from its minutes."""
    mine = pl.col("broadcast") == broadcast
    told = minutes.sort("minute")
    first = pl.col("views").forward_fill()
    shaped = told.select(
        "minute",
        pl.lit(edition.key).alias("edition"),
        "platform",
        (first.fill_null(0).diff().fill_null(first.fill_null(0))).alias("views_delta"),
        "concurrent_viewers",
        pl.lit(1, pl.Int64).alias("broadcasts_observed"),
    )
    telling = told.filter(pl.col("views").is_not_null())["platform"].unique().to_list()
    curves = build_curves(shaped, telling)
    return CurveData(
        cumulative=curves.cumulative,
        rates=curves.rates,
        viewers=curves.viewers,
        unseen=unseen_intervals(
            edition.watched.filter(mine),
            edition.gaps.filter(mine),
            sample_times(curves.viewers),
            edition.until,
        ),
        corrections=edition.corrections.filter(mine),
        annotations=edition.annotations,
        until=edition.until,
    ).within(None, edition.until)


@dataclass(frozen=True, kw_only=True, slots=True)
class Caption:
    """What stands around a chart, in the reader's words: a sentence, its unit, and whence it comes."""

    title: str
    unit: str
    source: str


def caption(
    trace: CurveData, view: RequestContext, *, since: bool = False, one: bool = False
) -> Caption:
    """Say of an edition's (or ``one`` broadcast's) curves what they show and where they come from."""
    unit = "chart.subtitle" if trace.cumulative.height else "chart.subtitle_viewers"
    title = headline(trace, view.look, view.now, since=since, single=one)
    return sourced(title, view.words.say(unit), view)


def sourced(title: str, unit: str, view: RequestContext) -> Caption:
    """The caption of what the platforms report, or of a simulation."""
    source = "growth.source_simulated" if is_simulated(view) else "growth.source"
    zone = view.words.zone_name(view.now)
    return Caption(title=title, unit=unit, source=view.words.say(source, zone=zone))


def is_simulated(view: RequestContext) -> bool:
    """Whether the numbers are of a simulation."""
    return view.picture is not None and view.picture.origin.simulated


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """A drawing with what stands around it. ``sheet`` None: its numbers are elsewhere on the page."""

    drawing: ChartRequest
    caption: Caption
    sheet: Sheet | None = None


def show(figure: Figure, view: RequestContext, *, key: str) -> None:
    """Put it on the page in the frame all charts share.

    Above it the sentence and the unit; below it the source, where the line breaks and why, and the
    numbers as a table and a file. ``key`` is the chart's name on its page. A page that nobody can
    click on shows neither the table nor the buttons.
    """
    drawing, caption = figure.drawing, figure.caption
    with st.container(key=f"figure-{key}", gap="small"):
        st.html(
            f'<div class="lt lt-caption"><h2>{bdi(caption.title)}</h2>'
            f'<p class="unit muted">{bdi(caption.unit)}</p></div>'
        )
        st.echarts_chart(
            drawing.spec,
            height=drawing.height,
            alt=drawing.alt,
            key=f"{key}-{view.words.language}",
            renderer="svg",  # sharp at any size, its text stays text, and either kind can be saved
        )
        _below(figure, view)
        if figure.sheet is not None and not view.screen.bare:
            _numbers(figure.sheet, view, key)


def _below(figure: Figure, view: RequestContext) -> None:
    """The source, the ways to save the picture, and the notes."""
    save = "" if view.screen.bare else _save(view.words)
    source = f'<p class="source muted">{bdi(figure.caption.source)}</p>'
    notes = "".join(f"<li>{bdi(note)}</li>" for note in figure.drawing.notes)
    listed = f'<ul class="lt-notes">{notes}</ul>' if notes else ""
    st.html(f'<div class="lt"><div class="lt-source-line">{source}{save}</div>{listed}</div>')


def _save(words: Words) -> str:
    """The buttons that page.js answers."""
    buttons = "".join(
        f'<button type="button" data-lt-save="{kind}" aria-label="'
        f'{attribute(words.say("chart.save_as", kind=kind.upper()))}">{kind.upper()}</button>'
        for kind in ("png", "svg")
    )
    return (
        f'<p class="lt-save"><span class="muted">{phrase(words, "chart.save")}</span> {buttons}</p>'
    )


def _numbers(sheet: Sheet, view: RequestContext, key: str) -> None:
    """The table, opened when asked for, and the file."""
    words = view.words
    with st.expander(words.say("growth.table"), key=f"table-{key}"):
        st.html(f'<div class="lt">{sheet.html}</div>')
    st.download_button(
        words.say("growth.download"),
        sheet.csv,
        file_name=sheet.file_name,
        mime="text/csv",
        on_click="ignore",
        key=f"csv-{key}",
    )
