"""X analytics, *Content* and *Overview* exports as CSV: by post, and by day of the account.

``account_analytics_content_2026-05-17_2026-05-21.csv`` and ``account_overview_analytics.csv``.
English names are documented by real exports (Post id, Date, Post text, Post Link, Impressions, Likes,
Engagements, Bookmarks, Shares, Replies, Reposts; in the overview Video views, Media views). French
and Arabic are inferred: X was only seen to export in English. ``Shares`` are copied links; what
LiveTally calls shares are reposts, so that column is taken. Views of the video are told by day only.

https://docs.x.com/x-api/fundamentals/metrics
"""

import re
from collections.abc import Mapping

from storage.imports.formats.layout import Counted, FilePeriod, Layout, LayoutColumn, Part
from storage.model import Metric

_ID = re.compile(r"\d{5,}")
_HANDLE = re.compile(r"(?:x|twitter)\.com/([A-Za-z0-9_]+)/status/(\d+)")
_COUNTS: dict[Counted, LayoutColumn] = {
    Metric.IMPRESSIONS: LayoutColumn(en=("Impressions",), fr=("Impressions",), ar=("مرات الظهور",)),
    Metric.LIKES: LayoutColumn(en=("Likes",), fr=("J'aime",), ar=("الإعجابات",)),
    Metric.COMMENTS: LayoutColumn(en=("Replies",), fr=("Réponses",), ar=("الردود",)),
    Metric.SHARES: LayoutColumn(en=("Reposts",), fr=("Reposts",), ar=("إعادات النشر",)),
    Metric.VIEWS: LayoutColumn(
        en=("Video views",), fr=("Vues de la vidéo", "Vues de vidéos"), ar=("مشاهدات الفيديو",)
    ),
}


def post(parts: Mapping[Part, str]) -> str | None:
    """Give the post's id."""
    text = parts.get(Part.BROADCAST, "").removeprefix("'")
    if _ID.fullmatch(text):
        return text
    match = _HANDLE.search(parts.get(Part.LINK, ""))
    return match[2] if match else None


def handle(parts: Mapping[Part, str]) -> str | None:
    """Give the account's name, which a post's address tells."""
    match = _HANDLE.search(parts.get(Part.LINK, ""))
    return match[1] if match else None


POSTS = Layout(
    name="x-posts",
    title="X analytics: content",
    platform="x",
    source="x_analytics",
    parts={
        Part.BROADCAST: LayoutColumn(
            en=("Post id",), fr=("ID du post", "Identifiant du post"), ar=("معرف المنشور",)
        ),
        Part.PUBLISHED: LayoutColumn(en=("Date",), fr=("Date",), ar=("التاريخ",)),
        Part.TITLE: LayoutColumn(en=("Post text",), fr=("Texte du post",), ar=("نص المنشور",)),
        Part.LINK: LayoutColumn(en=("Post Link",), fr=("Lien du post",), ar=("رابط المنشور",)),
    },
    counts=_COUNTS,
    needs=(Part.BROADCAST, Part.LINK),
    span=FilePeriod.PERIOD,
    broadcast_of=post,
    handle_of=handle,
)
DAYS = Layout(
    name="x-days",
    title="X analytics: account by day",
    platform="x",
    source="x_analytics",
    parts={
        Part.DAY: LayoutColumn(en=("Date",), fr=("Date",), ar=("التاريخ",)),
        Part.MARK: LayoutColumn(en=("Bookmarks",), fr=("Signets",), ar=("الإشارات المرجعية",)),
    },
    counts=_COUNTS,
    needs=(Part.DAY, Part.MARK),
    span=FilePeriod.DAY,
)
