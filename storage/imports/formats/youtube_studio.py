"""YouTube Studio, advanced mode, *Export current view*: by content, and by content and day.

The archive holds a table, the chart's numbers and totals; its name tells the days:
``Content 2026-05-17_2026-05-21 Channel name.zip``. Days are Pacific ones.

Column names in English: documented by real exports (Content, Video title, Video publish time,
Duration, Views, Watch time (hours), Likes, Comments added, Shares, Impressions, Thumbnail
impressions, Engaged views); Peak and Average concurrent viewers are inferred from the help page. In
French: Contenu, Titre de la vidéo, Heure de publication de la vidéo, Vues, Vues engagées, Durée de
visionnage (heures), Impressions, Partages are documented by real exports; J'aime, Commentaires
ajoutés and the concurrent viewers are inferred from the French interface. In Arabic all are
inferred from the Arabic interface and help pages: no export could be read. Names that are missing
here make the file "not recognised"; it is then one line to add them.

https://support.google.com/youtube/answer/2853833
"""

import re
from collections.abc import Mapping

from storage.imports.formats.layout import Counted, FilePeriod, Layout, LayoutColumn, Part
from storage.model import Metric, OwnerMetric

_ID = re.compile(r"[A-Za-z0-9_-]{11}")


def video(parts: Mapping[Part, str]) -> str | None:
    """Give the video's id; one that begins with a hyphen has a space or an apostrophe before it."""
    text = parts.get(Part.BROADCAST, "").strip().removeprefix("'")
    return text if _ID.fullmatch(text) else None


PARTS = {
    Part.BROADCAST: LayoutColumn(
        en=("Content", "Video"), fr=("Contenu", "Vidéo"), ar=("المحتوى", "الفيديو")
    ),
    Part.TITLE: LayoutColumn(en=("Video title",), fr=("Titre de la vidéo",), ar=("عنوان الفيديو",)),
    Part.PUBLISHED: LayoutColumn(
        en=("Video publish time",),
        fr=("Heure de publication de la vidéo",),
        ar=("وقت نشر الفيديو", "تاريخ نشر الفيديو"),
    ),
}
COUNTS: dict[Counted, LayoutColumn] = {
    Metric.VIEWS: LayoutColumn(
        en=("Views",), fr=("Vues",), ar=("المشاهدات", "عدد المشاهدات", "مرات المشاهدة")
    ),
    OwnerMetric.ENGAGED_VIEWS: LayoutColumn(
        en=("Engaged views",), fr=("Vues engagées",), ar=("المشاهدات التفاعلية",)
    ),
    Metric.LIKES: LayoutColumn(
        en=("Likes",),
        fr=("J'aime", "Mentions J'aime"),
        ar=("الإعجابات", "مرات الإعجاب", "تسجيلات الإعجاب"),
    ),
    Metric.COMMENTS: LayoutColumn(
        en=("Comments added",), fr=("Commentaires ajoutés",), ar=("التعليقات المضافة", "التعليقات")
    ),
    Metric.SHARES: LayoutColumn(
        en=("Shares",), fr=("Partages",), ar=("المشاركات", "مرات المشاركة")
    ),
    Metric.IMPRESSIONS: LayoutColumn(
        en=("Impressions", "Thumbnail impressions"),
        fr=("Impressions", "Impressions des miniatures"),
        ar=("مرات الظهور", "مرات ظهور الصورة المصغرة"),
    ),
    OwnerMetric.WATCH_HOURS: LayoutColumn(
        en=("Watch time (hours)",),
        fr=("Durée de visionnage (heures)",),
        ar=("وقت المشاهدة (بالساعات)", "مدة المشاهدة (بالساعات)", "وقت المشاهدة (ساعات)"),
        whole=False,
    ),
    OwnerMetric.PEAK_CONCURRENT_VIEWERS: LayoutColumn(
        en=("Peak concurrent viewers",),
        fr=("Pic de spectateurs simultanés", "Nombre maximal de spectateurs simultanés"),
        ar=("الحد الأقصى للمشاهدين المتزامنين", "ذروة المشاهدين المتزامنين"),
    ),
    OwnerMetric.AVERAGE_CONCURRENT_VIEWERS: LayoutColumn(
        en=("Average concurrent viewers",),
        fr=("Nombre moyen de spectateurs simultanés", "Moyenne de spectateurs simultanés"),
        ar=("متوسط المشاهدين المتزامنين", "متوسط عدد المشاهدين المتزامنين"),
        whole=False,
    ),
}
TABLE = Layout(
    name="youtube-studio",
    title="YouTube Studio: content",
    platform="youtube",
    source="studio",
    parts=PARTS,
    counts=COUNTS,
    needs=(Part.BROADCAST, Part.TITLE),
    span=FilePeriod.PERIOD,
    zone="America/Los_Angeles",
    broadcast_of=video,
)
DAYS = Layout(
    name="youtube-studio-days",
    title="YouTube Studio: content by day",
    platform="youtube",
    source="studio",
    parts={**PARTS, Part.DAY: LayoutColumn(en=("Date",), fr=("Date",), ar=("التاريخ",))},
    counts=COUNTS,
    needs=(Part.DAY, Part.BROADCAST, Part.TITLE),
    span=FilePeriod.DAY,
    zone="America/Los_Angeles",
    yields_to="youtube-studio",
    broadcast_of=video,
)
