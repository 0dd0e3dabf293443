"""Puts a drawing on the page: the chart at its height, its text for those who cannot see it."""

import polars as pl
import streamlit as st

from dashboard.charts.growth import Drawing, Trace
from dashboard.charts.sight import sample_times, stretches
from dashboard.edition import EditionPicture, curves_of
from dashboard.ui.markup import bdi
from dashboard.ui.view import View


def trace_of(edition: EditionPicture) -> Trace:
    """The edition's curves up to the picture's moment, or to a few days after its end."""
    return Trace(
        cumulative=edition.curves.cumulative,
        rates=edition.curves.rates,
        viewers=edition.curves.viewers,
        unseen=edition.unseen,
        corrections=edition.corrections,
        until=edition.until,
    ).within(None, edition.until)


def trace_of_broadcast(edition: EditionPicture, broadcast: str, minutes: pl.DataFrame) -> Trace:
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
    curves = curves_of(shaped, telling)
    return Trace(
        cumulative=curves.cumulative,
        rates=curves.rates,
        viewers=curves.viewers,
        unseen=stretches(
            edition.watched.filter(mine),
            edition.gaps.filter(mine),
            sample_times(curves.viewers),
            edition.until,
        ),
        corrections=edition.corrections.filter(mine),
        until=edition.until,
    ).within(None, edition.until)


def show(drawing: Drawing, view: View, *, key: str) -> None:
    """Draw it and, below, say in words where the line breaks and why."""
    st.echarts_chart(
        drawing.spec, height=drawing.height, alt=drawing.alt, key=f"{key}-{view.words.language}"
    )
    if drawing.notes:
        notes = "".join(f"<li>{bdi(note)}</li>" for note in drawing.notes)
        st.html(f'<div class="lt"><ul class="lt-notes">{notes}</ul></div>')
