"""YouTube Analytics reports saved as CSV: the API's answers, and the Reporting API's bulk files.

An answer has the names of its dimensions and metrics as columns (``video``, ``day``, ``views``,
``estimatedMinutesWatched``, ``peakConcurrentViewers``); a bulk file has ``date``, ``video_id``,
``live_or_on_demand``, ``views``, ``watch_time_minutes`` and a row for each country and kind of
viewer, which are added up here. The names are the API's in every language, and documented. Days are
Pacific ones.

https://developers.google.com/youtube/analytics/metrics
https://developers.google.com/youtube/reporting/v1/reports/channel_reports
"""

from collections import defaultdict
from dataclasses import replace

from storage.imports import read_rows
from storage.imports.formats.layout import (
    Counted,
    FilePeriod,
    FoundLayout,
    Layout,
    LayoutColumn,
    Part,
)
from storage.imports.formats.youtube_studio import video
from storage.imports.parse.csv_table import CsvTable
from storage.imports.read_rows import ImportedFigure, ImportOptions, RowsReading
from storage.model import Metric, OwnerMetric

_ZONE = "America/Los_Angeles"
_COUNTS: dict[Counted, LayoutColumn] = {
    Metric.VIEWS: LayoutColumn(en=("views",)),
    OwnerMetric.ENGAGED_VIEWS: LayoutColumn(en=("engagedViews",)),
    Metric.LIKES: LayoutColumn(en=("likes",)),
    Metric.COMMENTS: LayoutColumn(en=("comments",)),
    Metric.SHARES: LayoutColumn(en=("shares",)),
    OwnerMetric.WATCH_HOURS: LayoutColumn(en=("estimatedMinutesWatched",), whole=False, per=60),
    OwnerMetric.PEAK_CONCURRENT_VIEWERS: LayoutColumn(en=("peakConcurrentViewers",)),
    OwnerMetric.AVERAGE_CONCURRENT_VIEWERS: LayoutColumn(
        en=("averageConcurrentViewers",), whole=False
    ),
}
VIDEOS = Layout(
    name="youtube-analytics",
    title="YouTube Analytics API: by video",
    platform="youtube",
    source="analytics",
    parts={Part.BROADCAST: LayoutColumn(en=("video",))},
    counts=_COUNTS,
    needs=(Part.BROADCAST,),
    span=FilePeriod.PERIOD,
    zone=_ZONE,
    broadcast_of=video,
)
DAYS = Layout(
    name="youtube-analytics-days",
    title="YouTube Analytics API: by day",
    platform="youtube",
    source="analytics",
    parts={Part.DAY: LayoutColumn(en=("day",)), Part.BROADCAST: LayoutColumn(en=("video",))},
    counts=_COUNTS,
    needs=(Part.DAY,),
    span=FilePeriod.DAY,
    zone=_ZONE,
    broadcast_of=video,
)
BULK = Layout(
    name="youtube-reporting",
    title="YouTube Reporting API: bulk report",
    platform="youtube",
    source="analytics",
    parts={
        Part.DAY: LayoutColumn(en=("date",)),
        Part.BROADCAST: LayoutColumn(en=("video_id",)),
        Part.OWNER: LayoutColumn(en=("channel_id",)),
        Part.HOW: LayoutColumn(en=("live_or_on_demand",)),
    },
    counts={
        Metric.VIEWS: LayoutColumn(en=("views",)),
        OwnerMetric.ENGAGED_VIEWS: LayoutColumn(en=("engaged_views",)),
        Metric.LIKES: LayoutColumn(en=("likes",)),
        Metric.COMMENTS: LayoutColumn(en=("comments",)),
        Metric.SHARES: LayoutColumn(en=("shares",)),
        OwnerMetric.WATCH_HOURS: LayoutColumn(en=("watch_time_minutes",), whole=False, per=60),
    },
    needs=(Part.DAY, Part.BROADCAST, Part.OWNER),
    span=FilePeriod.DAY,
    zone=_ZONE,
    broadcast_of=video,
)


def read_bulk(table: CsvTable, found: FoundLayout, given: ImportOptions) -> RowsReading:
    """Read a bulk file: rows of one video and day are added up; what was live is told apart."""
    whole = read_rows.read_rows(table, found, given)
    how = found.parts.get(Part.HOW)
    live = None
    if how is not None:
        live = {row.line for row in table.rows if row.cells[how].strip() == "live"}
    sums: dict[tuple[object, ...], list[ImportedFigure]] = defaultdict(list)
    for one in whole.told:
        sums[one.broadcast, one.period].append(one)
    return replace(whole, told=tuple(_summed(rows, live) for rows in sums.values()))


def _summed(rows: list[ImportedFigure], live: set[int] | None) -> ImportedFigure:
    counts: dict[Counted, float] = defaultdict(float)
    for one in rows:
        for metric, value in one.counts.items():
            counts[metric] += value
    if live is not None:
        while_live = [one.counts.get(Metric.VIEWS, 0) for one in rows if one.line in live]
        counts[OwnerMetric.VIEWS_WHILE_LIVE] = sum(while_live)
    return replace(rows[-1], counts=dict(counts))
