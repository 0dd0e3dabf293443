"""TikTok Studio, *Download data*: an archive of CSV files, or a workbook (XLSX).

``Content`` has a row a video with its totals so far, ``Overview`` a row a day of the account, whose
dates have no year. English names are documented by real exports (Video title, Video link, Post time,
Total views, Total likes, Total comments, Total shares; Date, Video Views, Profile Views, Likes,
Comments, Shares). French and Arabic are inferred. No export of LIVE sessions could be read, so
there is none here.

https://www.tiktok.com/creator-academy/en/article/tool-analytics-intro
"""

import re
from collections.abc import Mapping

from storage.imports.formats.layout import FilePeriod, Layout, LayoutColumn, Part
from storage.model import Metric

_VIDEO = re.compile(r"tiktok\.com/@([^/?#]+)/(?:video|photo|live)/(\d+)")


def video(parts: Mapping[Part, str]) -> str | None:
    """Give the video's id, which only its address tells."""
    match = _VIDEO.search(parts.get(Part.LINK, ""))
    return match[2] if match else None


def handle(parts: Mapping[Part, str]) -> str | None:
    """Give the account's name, which a video's address tells."""
    match = _VIDEO.search(parts.get(Part.LINK, ""))
    return match[1] if match else None


POSTS = Layout(
    name="tiktok-posts",
    title="TikTok Studio: content",
    platform="tiktok",
    source="tiktok_studio",
    parts={
        Part.LINK: LayoutColumn(en=("Video link",), fr=("Lien de la vidéo",), ar=("رابط الفيديو",)),
        Part.TITLE: LayoutColumn(
            en=("Video title",), fr=("Titre de la vidéo",), ar=("عنوان الفيديو",)
        ),
        Part.PUBLISHED: LayoutColumn(
            en=("Post time",), fr=("Heure de publication",), ar=("وقت النشر",)
        ),
    },
    counts={
        Metric.VIEWS: LayoutColumn(
            en=("Total views", "Views"),
            fr=("Total des vues", "Vues totales"),
            ar=("إجمالي المشاهدات",),
        ),
        Metric.LIKES: LayoutColumn(
            en=("Total likes", "Likes"),
            fr=("Total des J'aime", "J'aime au total"),
            ar=("إجمالي الإعجابات",),
        ),
        Metric.COMMENTS: LayoutColumn(
            en=("Total comments", "Comments"),
            fr=("Total des commentaires",),
            ar=("إجمالي التعليقات",),
        ),
        Metric.SHARES: LayoutColumn(
            en=("Total shares", "Shares"), fr=("Total des partages",), ar=("إجمالي المشاركات",)
        ),
    },
    needs=(Part.LINK,),
    span=FilePeriod.LIFETIME,
    broadcast_of=video,
    handle_of=handle,
)
DAYS = Layout(
    name="tiktok-days",
    title="TikTok Studio: account by day",
    platform="tiktok",
    source="tiktok_studio",
    parts={
        Part.DAY: LayoutColumn(en=("Date",), fr=("Date",), ar=("التاريخ",)),
        Part.MARK: LayoutColumn(
            en=("Profile Views",), fr=("Vues du profil",), ar=("مشاهدات الملف الشخصي",)
        ),
    },
    counts={
        Metric.VIEWS: LayoutColumn(
            en=("Video Views",), fr=("Vues de la vidéo", "Vues de vidéos"), ar=("مشاهدات الفيديو",)
        ),
        Metric.LIKES: LayoutColumn(en=("Likes",), fr=("J'aime",), ar=("الإعجابات",)),
        Metric.COMMENTS: LayoutColumn(en=("Comments",), fr=("Commentaires",), ar=("التعليقات",)),
        Metric.SHARES: LayoutColumn(en=("Shares",), fr=("Partages",), ar=("المشاركات",)),
    },
    needs=(Part.DAY, Part.MARK),
    span=FilePeriod.DAY,
)
