"""Meta Business Suite, *Content* export as CSV: Facebook pages, and Instagram accounts.

A row is a post; its ``Date`` is "Lifetime", or the day that its counts are of. Times are written
month first in every language, as real exports have them, and taken as the programme's own: Meta
writes no zone.

English names are documented by real exports (Post ID, Page ID, Page name, Account ID, Account
username, Title, Description, Publish time, Permalink, Date, Views, Reach, Reactions, Likes, Comments,
Shares, Impressions). In French, Identifiant de la publication, ID de la Page, Nom de la page, Heure
de publication, Permalien, Vues and Couverture are documented by a program that reads real exports;
the others are inferred. In Arabic all are inferred: no export could be read.

https://developers.facebook.com/docs/graph-api/reference/video/video_insights
https://developers.facebook.com/docs/instagram-platform/reference/instagram-media/insights
"""

import re
from collections.abc import Mapping

from storage.imports.formats.layout import Counted, FilePeriod, Layout, LayoutColumn, Part
from storage.model import Metric, OwnerMetric

#: The id of a video in its address.
VIDEO_ADDRESS = re.compile(r"/(?:videos|reel|live)/(?:[^/?]+/)?(\d+)|[?&]v=(\d+)")
_ID = re.compile(r"\d+(?:_\d+)?")
_POST = LayoutColumn(
    en=("Post ID",),
    fr=("Identifiant de la publication", "ID de la publication"),
    ar=("معرف المنشور", "معرف المنشور الخاص"),
)
_SHARED_PARTS = {
    Part.BROADCAST: _POST,
    Part.LINK: LayoutColumn(en=("Permalink",), fr=("Permalien",), ar=("الرابط الدائم",)),
    Part.PUBLISHED: LayoutColumn(
        en=("Publish time",), fr=("Heure de publication",), ar=("وقت النشر",)
    ),
    Part.DAY: LayoutColumn(en=("Date",), fr=("Date",), ar=("التاريخ",)),
}
_SHARED_COUNTS: dict[Counted, LayoutColumn] = {
    Metric.VIEWS: LayoutColumn(en=("Views",), fr=("Vues",), ar=("المشاهدات", "مرات المشاهدة")),
    OwnerMetric.REACH: LayoutColumn(en=("Reach",), fr=("Couverture",), ar=("الوصول",)),
    Metric.IMPRESSIONS: LayoutColumn(en=("Impressions",), fr=("Impressions",), ar=("مرات الظهور",)),
    Metric.COMMENTS: LayoutColumn(en=("Comments",), fr=("Commentaires",), ar=("التعليقات",)),
    Metric.SHARES: LayoutColumn(
        en=("Shares",), fr=("Partages",), ar=("المشاركات", "مرات المشاركة")
    ),
}


def facebook_video(parts: Mapping[Part, str]) -> str | None:
    """Give the video's id, which its address tells; a post that is no video keeps the post's."""
    match = VIDEO_ADDRESS.search(parts.get(Part.LINK, ""))
    if match:
        return match[1] or match[2]
    return media(parts)


def media(parts: Mapping[Part, str]) -> str | None:
    """Give the post's own id."""
    text = parts.get(Part.BROADCAST, "").removeprefix("'")
    return text if _ID.fullmatch(text) else None


FACEBOOK = Layout(
    name="facebook",
    title="Meta Business Suite: Facebook content",
    platform="facebook",
    source="business_suite",
    parts={
        **_SHARED_PARTS,
        Part.OWNER: LayoutColumn(en=("Page ID",), fr=("ID de la Page",), ar=("معرف الصفحة",)),
        Part.TITLE: LayoutColumn(en=("Title",), fr=("Titre",), ar=("العنوان",)),
    },
    counts={
        **_SHARED_COUNTS,
        Metric.LIKES: LayoutColumn(en=("Reactions",), fr=("Réactions",), ar=("التفاعلات",)),
    },
    needs=(Part.BROADCAST, Part.OWNER),
    span=FilePeriod.DAY,
    month_first=True,
    broadcast_of=facebook_video,
)
INSTAGRAM = Layout(
    name="instagram",
    title="Meta Business Suite: Instagram content",
    platform="instagram",
    source="business_suite",
    parts={
        **_SHARED_PARTS,
        Part.OWNER: LayoutColumn(en=("Account ID",), fr=("ID du compte",), ar=("معرف الحساب",)),
        Part.HANDLE: LayoutColumn(
            en=("Account username",),
            fr=("Nom d'utilisateur du compte",),
            ar=("اسم المستخدم للحساب",),
        ),
        Part.TITLE: LayoutColumn(en=("Description",), fr=("Description",), ar=("الوصف",)),
    },
    counts={
        **_SHARED_COUNTS,
        Metric.LIKES: LayoutColumn(
            en=("Likes",), fr=("Mentions J'aime", "J'aime"), ar=("الإعجابات",)
        ),
    },
    needs=(Part.BROADCAST, Part.OWNER, Part.HANDLE),
    span=FilePeriod.DAY,
    month_first=True,
    broadcast_of=media,
)
