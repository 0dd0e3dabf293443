"""The event that is rehearsed: its editions, its broadcasts, how they grow, and what is left of quotas.

Hours are before now, so that what is live stays live.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import exp, sin

from storage.model import Edition, Names, Programme, QuotaUsage, SourceState

HOUR = timedelta(hours=1)
PROGRAMME = Programme(
    key="open-days",
    names=Names(
        ar="أيام الأبواب المفتوحة للأمن الوطني",
        fr="Journées Portes Ouvertes de la DGSN",
        en="DGSN Open Days",
    ),
    time_zone="Africa/Casablanca",
)


@dataclass(frozen=True, kw_only=True)
class Session:
    """One broadcast of the rehearsal; hours are before now, negative ones to come."""

    key: str
    account: str
    title: str
    starts: float
    ends: float | None
    views: float
    viewers: float
    hides_likes: bool = False
    corrected: float | None = None  # hours before now at which 300,000 views went


SESSIONS = (
    Session(key="DAY1", account="youtube:UCdgsn", title="الافتتاح الرسمي لأيام الأبواب المفتوحة", starts=54, ends=46,
            views=4_300_000, viewers=61_000, corrected=38),
    Session(key="DAY1B", account="youtube:UCradio", title="Journée 1 : les stands en direct", starts=52, ends=47,
            views=900_000, viewers=8_000, hides_likes=True),
    Session(key="DAY2", account="youtube:UCdgsn", title="عروض فرق الخيالة والدراجات النارية", starts=30, ends=20,
            views=5_200_000, viewers=74_000),
    Session(key="DAY3", account="youtube:UCdgsn", title="اليوم الثالث: البث المباشر من الجديدة", starts=5, ends=None,
            views=3_100_000, viewers=55_000),
    Session(key="DAY3B", account="youtube:UCradio", title="Les unités spéciales, démonstration", starts=3, ends=None,
            views=620_000, viewers=9_400, hides_likes=True),
)  # fmt: skip
ACCOUNTS = (
    ("youtube:UCdgsn", "youtube", "DGSN"),
    ("youtube:UCradio", "youtube", "Radio Sûreté"),
    ("icecast:radio", "icecast", "Radio de l'événement"),
)


OTHERS = tuple(
    Session(
        key=f"LIVE-{name}",
        account=f"{name}:dgsn",
        title=f"Live on {name}",
        starts=54,
        ends=None,
        views=views,
        viewers=views / 900,
    )
    for name, views in (
        ("facebook", 4_100_000),
        ("instagram", 1_900_000),
        ("x", 1_150_000),
        ("tiktok", 2_050_000),
    )
)
RADIO = Session(key="http://127.0.0.1:8000/live", account="icecast:radio", title="Radio de l'événement",
                starts=50, ends=None, views=0, viewers=240)  # fmt: skip


def editions(now: datetime) -> list[Edition]:
    starts_at = (now - timedelta(days=2, hours=8)).replace(minute=0, second=0, microsecond=0)
    this = Edition(
        key="el-jadida",
        names=Names(ar="دورة الجديدة", fr="Édition d'El Jadida", en="El Jadida"),
        city=Names(ar="الجديدة", fr="El Jadida", en="El Jadida"),
        starts_at=starts_at,
        ends_at=starts_at + timedelta(days=3),
        target_views=20_000_000,
        reported_views=None,
        reported_visitors=None,
    )
    empty = replace(
        this,
        key="rabat",
        names=Names(ar="دورة الرباط", fr="Édition de Rabat", en="Rabat"),
        starts_at=now + timedelta(days=200),
        ends_at=now + timedelta(days=205),
    )
    return [this, empty]


def minutes_apart(session: Session, hour: int) -> int:
    over = session.ends is not None and hour <= session.ends - 1
    if session in OTHERS:
        return 5
    return 10 if over else 1


def share_of(session: Session, elapsed: float) -> float:
    """How much of its final views a session has: most while live, some after."""
    length = session.starts - (session.ends or 0)
    while_live = 0.8 * min(1, elapsed / length) ** 1.15
    after = 0.2 * (1 - exp(-max(0, elapsed - length) / 9))
    ripple = (
        0.004
        * (sin(elapsed * 9) + sin(elapsed * 23) * 0.5)
        * max(0, min(1, elapsed, length - elapsed))
    )
    return max(0, while_live + after + ripple * 0.4)


def allowances(now: datetime, state: SourceState) -> list[QuotaUsage]:
    resets = now.replace(minute=0, second=0, microsecond=0) + 6 * HOUR
    common = {"resets_at": resets, "next_poll_at": now + timedelta(seconds=38), "pause": None}
    return [
        QuotaUsage(
            platform="youtube",
            bucket="youtube.data",
            used=1_412,
            limit=10_000,
            state=SourceState.OK,
            **common,
        ),
        QuotaUsage(
            platform="youtube",
            bucket="youtube.statistics",
            used=8_460,
            limit=10_000,
            given_up=("archived", "cooling"),
            state=state,
            **common,
        ),
        QuotaUsage(
            platform="icecast",
            bucket=None,
            used=None,
            limit=None,
            resets_at=None,
            next_poll_at=now + timedelta(seconds=12),
            pause=None,
        ),
    ]
