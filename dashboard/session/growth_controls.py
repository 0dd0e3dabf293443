"""What the growth page lets a reader choose, kept in the address, and the numbers as a table."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import polars as pl
import streamlit as st

from dashboard.charts.growth import CurveData
from dashboard.components.table import Sheet, SheetColumn, csv_bytes, sheet_of
from dashboard.i18n.markup import for_option, title_of
from dashboard.i18n.words import Words
from dashboard.session.chart_block import trace_of, trace_of_broadcast
from dashboard.session.context import RequestContext, query_value
from dashboard.view_model.edition import EditionModel
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


def choose(view: RequestContext, picture: DashboardModel, edition: EditionModel) -> GrowthChoice:
    """Show the selectors and say what is chosen; every choice goes into the address."""
    say = view.words.say
    names = {one.key: getattr(one.names, view.words.language) for one in picture.editions}
    titles = {
        one.broadcast: _option(one.title, one.account, view.words) for one in edition.broadcasts
    }
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="choose"):
        _select("edition", say("growth.edition"), list(names), edition.key, lambda key: names[key])
        wanted = query_value("broadcast")
        broadcast = _select(
            "broadcast",
            say("growth.broadcast"),
            ["", *titles],
            wanted if wanted in titles else "",
            lambda key: titles.get(key, say("growth.all_broadcasts")),
        )
        platforms: list[str] = []
        if not broadcast and len(edition.platforms) > 1:
            platforms = _platforms(view, edition)
        span = _range(view)
    return GrowthChoice(
        platforms=tuple(platforms), broadcast=broadcast or None, hours=_RANGES[span]
    )


def trace(view: RequestContext, edition: EditionModel, choice: GrowthChoice) -> CurveData:
    """The curves of the choice."""
    whole = None
    if choice.broadcast:
        minutes = view.source.broadcast_minutes(choice.broadcast)
        if minutes is not None:
            whole = trace_of_broadcast(edition, choice.broadcast, minutes)
    whole = whole or trace_of(edition)
    if choice.platforms and not choice.broadcast:
        whole = whole.of_platforms(choice.platforms)
    if choice.hours is None:
        return whole
    newest = whole.viewers["minute"].max() if edition.ends_at < view.now else None
    end = newest if newest is not None else whole.until
    return whole.within(end - timedelta(hours=choice.hours), end)  # pyright: ignore[reportArgumentType, reportOperatorIssue]  # polars types max() as any literal; the column holds times


def target(edition: EditionModel, choice: GrowthChoice) -> int | None:
    """The target, where the drawn sum is what it is set for."""
    return None if choice.broadcast or choice.platforms else edition.target_views


def table(trace: CurveData) -> pl.DataFrame:
    """A row per minute and platform: views, views per minute, viewers; newest first."""
    key = ["minute", "platform"]
    named = trace.cumulative.filter(pl.col("platform").is_not_null())
    return (
        trace.viewers.join(named.select(*key, "views"), on=key, how="left")
        .join(trace.rates.select(*key, "views_per_minute"), on=key, how="left")
        .select(*key, "views", "views_per_minute", "concurrent_viewers")
        .sort("minute", "platform", descending=[True, False])
    )


def sheet(trace: CurveData, edition: str, words: Words, *, simulated: bool) -> Sheet:
    """The curves' numbers, to be shown under them and taken along."""
    rows = table(trace)
    file = csv(rows, edition, words, simulated=simulated)
    return sheet_of(rows, _COLUMNS, words, csv=file, file_name=f"livetally-{edition}.csv")


def csv(rows: pl.DataFrame, edition: str, words: Words, *, simulated: bool) -> bytes:
    """The whole table: UTC and the event's clock, UTF-8 with the mark that spreadsheets want."""
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
            source=pl.lit("simulated" if simulated else "platform-reported, polled by LiveTally"),
        )
    )


def _option(title: str, account: str, words: Words) -> str:
    return f"{for_option(title_of(words, title))} — {for_option(account, 30)}"


def _select(
    param: str, label: str, options: list[str], chosen: str, shown: Callable[[str], str]
) -> str:
    """A select box whose choice is the address's ``param``; the first option leaves it out."""
    key = f"choose-{param}"
    if st.session_state.get(key) not in options:
        st.session_state.pop(key, None)
    return st.selectbox(
        label,
        options,
        index=options.index(chosen),
        format_func=shown,
        key=key,
        on_change=_remember,
        args=(param, key),
        width=220 if param == "edition" else 290,
    )


def _platforms(view: RequestContext, edition: EditionModel) -> list[str]:
    known = edition.platforms
    wanted = [one for one in (query_value("platform") or "").split(",") if one in known]
    key = "choose-platform"
    chosen = st.pills(
        view.words.say("growth.platforms"),
        known,
        selection_mode="multi",
        default=wanted or None,
        format_func=name,
        key=key,
        on_change=_remember,
        args=("platform", key),
    )
    return ordered(chosen)


def _range(view: RequestContext) -> str:
    wanted = query_value("range")
    key = "choose-range"
    return st.segmented_control(
        view.words.say("growth.range"),
        list(_RANGES),
        default=wanted if wanted in _RANGES else "all",
        format_func=lambda one: view.words.say(f"growth.range_{one}"),
        required=True,
        key=key,
        on_change=_remember,
        args=("range", key),
    )


def _remember(param: str, key: str) -> None:
    """Write a choice into the address, or take it out when it is the usual one."""
    value: str | list[str] | None = st.session_state[key]
    text = ",".join(value) if isinstance(value, list) else value or ""
    if text in {"", "all"}:
        st.query_params.pop(param, None)
    else:
        st.query_params[param] = text
    if param == "edition":
        for other in ("broadcast", "platform"):
            st.query_params.pop(other, None)
            st.session_state.pop(f"choose-{other}", None)
