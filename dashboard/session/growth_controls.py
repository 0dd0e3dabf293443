"""What the growth page lets a reader choose, kept in the address, and the numbers as a table."""

from dataclasses import dataclass
from datetime import timedelta

import polars as pl
import streamlit as st

from dashboard.charts.growth import CurveData
from dashboard.components.table import Sheet, SheetColumn, csv_bytes, sheet_of, source_text
from dashboard.i18n.markup import for_option, title_of
from dashboard.i18n.words import Words
from dashboard.session import controls
from dashboard.session.chart_block import broadcast_curves, edition_curves
from dashboard.session.context import RequestContext, query_value
from dashboard.view_model.edition import BroadcastRow, EditionModel
from dashboard.view_model.platforms import name, ordered
from dashboard.view_model.root import DashboardModel

_RANGES = {"all": None, "day": 24, "six": 6, "hour": 1}
_COLUMNS = (
    SheetColumn(name="minute", heading="growth.time", kind="moment"),
    SheetColumn(name="platform", heading="growth.platform", kind="platform"),
    SheetColumn(name="views", heading="growth.views", kind="number"),
    SheetColumn(name="views_per_minute", heading="growth.rate", kind="number"),
    SheetColumn(name="concurrent_viewers", heading="growth.viewers", kind="number"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class GrowthChoice:
    """What is drawn. ``platforms`` empty: all of them; ``hours`` None: everything."""

    platforms: tuple[str, ...]
    broadcast: str | None
    hours: int | None


def choose(context: RequestContext, model: DashboardModel, edition: EditionModel) -> GrowthChoice:
    """Show the selectors and return what is chosen; every choice goes into the address."""
    words, say = context.words, context.words.say
    names = {other.key: getattr(other.names, words.language) for other in model.editions}
    titles = {row.broadcast: _option(row, words) for row in edition.broadcasts}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="choose"):
        controls.choose_from_list(
            "edition",
            say("growth.edition"),
            list(names),
            edition.key,
            names.__getitem__,
            width=220,
            resets=("broadcast", "platform"),
        )
        wanted = query_value("broadcast")
        broadcast = controls.choose_from_list(
            "broadcast",
            say("growth.broadcast"),
            ["", *titles],
            wanted if wanted in titles else "",
            lambda key: titles.get(key, say("growth.all_broadcasts")),
            width=290,
        )
        platforms: list[str] = []
        if not broadcast and len(edition.platforms) > 1:
            label = say("growth.platforms")
            platforms = controls.choose_some("platform", label, edition.platforms, name)
        span = controls.choose_one(
            "range",
            say("growth.range"),
            list(_RANGES),
            lambda key: say(f"growth.range_{key}"),
            usual="all",
        )
    return GrowthChoice(
        platforms=tuple(ordered(platforms)), broadcast=broadcast or None, hours=_RANGES[span]
    )


def _option(broadcast: BroadcastRow, words: Words) -> str:
    return f"{for_option(title_of(words, broadcast.title))} — {for_option(broadcast.account, 30)}"


def chosen_curves(
    context: RequestContext, edition: EditionModel, choice: GrowthChoice
) -> CurveData:
    """Return the curves of the choice."""
    curves = None
    if choice.broadcast:
        minutes = context.refresher.broadcast_minutes(choice.broadcast)
        if minutes is not None:
            curves = broadcast_curves(edition, choice.broadcast, minutes)
    curves = curves or edition_curves(edition)
    if choice.platforms and not choice.broadcast:
        curves = curves.of_platforms(choice.platforms)
    if choice.hours is None:
        return curves
    newest = curves.viewers["minute"].max() if edition.ends_at < context.now else None
    end = newest if newest is not None else curves.until
    return curves.within(end - timedelta(hours=choice.hours), end)  # pyright: ignore[reportArgumentType, reportOperatorIssue]  # polars types max() as any literal; the column holds times


def target(edition: EditionModel, choice: GrowthChoice) -> int | None:
    """Return the target, where the drawn sum is what it is set for."""
    return None if choice.broadcast or choice.platforms else edition.target_views


def curve_table(curves: CurveData) -> pl.DataFrame:
    """Return a row per minute and platform: views, views per minute, viewers; newest first."""
    key = ["minute", "platform"]
    views = curves.cumulative.filter(pl.col("platform").is_not_null())
    return (
        curves.viewers.join(views.select(*key, "views"), on=key, how="left")
        .join(curves.rates.select(*key, "views_per_minute"), on=key, how="left")
        .select(*key, "views", "views_per_minute", "concurrent_viewers")
        .sort("minute", "platform", descending=[True, False])
    )


def sheet(curves: CurveData, edition: EditionModel, words: Words, *, simulated: bool) -> Sheet:
    """Return the curves' numbers, to be shown under them and taken along."""
    rows = curve_table(curves)
    imported = edition.is_imported
    file = csv(rows, edition.key, words, simulated=simulated, imported=imported)
    return sheet_of(rows, _COLUMNS, words, csv=file, file_name=f"livetally-{edition.key}.csv")


def csv(
    rows: pl.DataFrame, edition: str, words: Words, *, simulated: bool, imported: bool = False
) -> bytes:
    """Write the whole table: UTC and the event's clock, UTF-8 with the mark that spreadsheets want."""
    zone = words.zone.key
    local = pl.col("minute").dt.convert_time_zone(zone).dt.strftime("%Y-%m-%d %H:%M")
    return csv_bytes(
        rows.select(
            minute_utc=pl.col("minute").dt.strftime("%Y-%m-%dT%H:%MZ"),
            minute_local=local,
            time_zone=pl.lit(zone),
            edition=pl.lit(edition),
            platform="platform",
            views="views",
            views_per_minute=pl.col("views_per_minute").round(2),
            concurrent_viewers="concurrent_viewers",
            source=pl.lit(source_text(simulated=simulated, imported=imported)),
        )
    )
