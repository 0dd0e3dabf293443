"""A published edition to look at: three days, made with the real store and publisher.

YouTube with two accounts and Icecast; a gap of six hours, a correction of -300,000, hidden likes,
a broadcast to come. All times are relative to ``now``, so that what is live stays live.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import pi, sin
from pathlib import Path

from storage.model import (
    Account,
    Annotation,
    Broadcast,
    Due,
    GapReason,
    Miss,
    Names,
    Poll,
    Snapshot,
    SourceState,
    Status,
    Tick,
)
from storage.read_model.publisher import Publisher
from storage.store import Store
from tests.support.event_fixtures import (
    ACCOUNTS,
    HOUR,
    OTHERS,
    PROGRAMME,
    RADIO,
    SESSIONS,
    Session,
    allowances,
    editions,
    minutes_apart,
    share_of,
)

HOSTILE = (
    "<script>alert(1)</script> **bold** $x^2$ [link](javascript:alert(1)) \N{RIGHT-TO-LEFT OVERRIDE}txet"
    " <img src=x onerror=alert(2)> " + "A very long title " * 60
)[:1000]


@dataclass(frozen=True, kw_only=True)
class Rehearsal:
    """What is to be published. ``titles`` replaces titles by broadcast key."""

    now: datetime
    simulated: bool = True
    heartbeat_seconds_ago: float | None = 4
    live: bool = True
    gap: bool = True
    views: bool = True
    correction: bool = True
    failing_minutes: float = 0  # YouTube has not answered for so long
    titles: tuple[tuple[str, str], ...] = ()
    named: str | None = None  # the name of all that has one: event, editions, accounts, notes
    wide: bool = False  # four more platforms
    state: SourceState = SourceState.OK  # of YouTube's second bucket


def publish(folder: Path, rehearsal: Rehearsal) -> Path:
    """Record the rehearsal in a database beside ``folder`` and publish it there."""
    now = rehearsal.now
    clock, named = [now - timedelta(days=3)], rehearsal.named
    programme, these = PROGRAMME, editions(now)
    if named is not None:
        names = Names(ar=named, fr=named, en=named)
        programme = replace(programme, names=names)
        these = [replace(one, names=names, city=names) for one in these]
    store = Store.open(
        folder.parent / f"{folder.name}.duckdb", now=lambda: clock[0], simulated=rehearsal.simulated
    )
    try:
        store.event.save_programme(programme, these)
        store.event.save_accounts(
            Account(
                key=key,
                platform=platform,
                handle=named or key,
                name=named or name,
                native_id=key,
                resolved_at=now,
            )
            for key, platform, name in ACCOUNTS
        )
        for tick in ticks(rehearsal, store):
            store.record(tick)
        store.record(Tick(at=now, polls=tuple(_looks(rehearsal, store))))
        clock[0] = now
        publisher = Publisher(store, folder, now=lambda: clock[0], version="0.1.0")
        publisher.publish(allowances(now, rehearsal.state), _notes(now, named))
        if rehearsal.heartbeat_seconds_ago is not None:
            clock[0] = now - timedelta(seconds=rehearsal.heartbeat_seconds_ago)
            publisher.heartbeat()
    finally:
        store.close()
    return folder


def publish_nothing_but_editions(folder: Path, now: datetime) -> Path:
    """Publish editions without any broadcast."""
    store = Store.open(folder.parent / "empty.duckdb", now=lambda: now, simulated=False)
    try:
        store.event.save_programme(PROGRAMME, editions(now))
        publisher = Publisher(store, folder, now=lambda: now, version="0.1.0")
        publisher.publish([])
        publisher.heartbeat()
    finally:
        store.close()
    return folder


def ticks(rehearsal: Rehearsal, store: Store) -> Iterator[Tick]:
    """One tick an hour, each with all its minutes."""
    now = rehearsal.now
    titles = dict(rehearsal.titles)
    for hour in range(55, 0, -1):
        since = now - hour * HOUR
        polls: dict[str, Poll] = {}
        snapshots: list[tuple[int, Snapshot]] = []
        misses: list[Miss] = []
        broadcasts: list[Broadcast] = []
        dues: list[Due] = []
        for session in (*SESSIONS, RADIO, *(OTHERS if rehearsal.wide else ())):
            if not rehearsal.live and session.ends is None:
                continue
            if session.starts < hour - 0.001:
                continue
            known = _broadcast(session, rehearsal, since + HOUR, titles)
            platform = known.platform
            poll = polls.setdefault(platform, _poll(store.next_poll_id(), platform, since))
            step = minutes_apart(session, hour)
            broadcasts.append(known)
            dues.append(_due(session, known, hour, now))
            for minute in range(0, 60, step):
                at = since + timedelta(minutes=minute, seconds=50)
                if _unseen(rehearsal, platform, (now - at) / HOUR):
                    if minute % 5 == 0:
                        reason = GapReason.UNREACHABLE
                        misses.append(
                            Miss(broadcast=known.key, at=at, reason=reason, poll_id=poll.poll_id)
                        )
                    continue
                snapshots.append((poll.poll_id, _snapshot(session, known.key, at, rehearsal)))
        if hour == 1 and rehearsal.live:
            broadcasts.append(_upcoming(now, titles))
        failed = {miss.poll_id for miss in misses} - {poll_id for poll_id, _ in snapshots}
        yield Tick(
            at=since + HOUR,
            polls=tuple(_failed(p) if p.poll_id in failed else p for p in polls.values()),
            snapshots=tuple(sorted(snapshots, key=lambda one: one[1].observed_at)),
            misses=tuple(sorted(misses, key=lambda miss: miss.at)),
            broadcasts=tuple(broadcasts),
            dues=tuple(dues),
        )


def _looks(rehearsal: Rehearsal, store: Store) -> Iterator[Poll]:
    """Look for the broadcasts of every account a minute ago."""
    for key, platform, _ in ACCOUNTS:
        look = _poll(store.next_poll_id(), platform, rehearsal.now - HOUR)
        look = replace(look, purpose="discovery", source=key, asked=1, answered=1)
        yield _failed(look) if _unseen(rehearsal, platform, 0) else look


def _unseen(rehearsal: Rehearsal, platform: str, hours_ago: float) -> bool:
    if platform != "youtube":
        return False
    if rehearsal.gap and 21 <= hours_ago < 27:
        return True
    return hours_ago * 60 < rehearsal.failing_minutes


def _due(session: Session, known: Broadcast, hour: int, now: datetime) -> Due:
    interval = minutes_apart(session, hour - 1) * 60.0
    at = now - (hour - 1) * HOUR + timedelta(seconds=interval - 10)
    return Due(broadcast=known.key, next_due_at=at, interval_seconds=interval)


def _poll(number: int, platform: str, since: datetime) -> Poll:
    return Poll(
        poll_id=number,
        platform=platform,
        purpose="poll",
        source="videos" if platform == "youtube" else "status",
        started_at=since + timedelta(minutes=59, seconds=49),
        finished_at=since + timedelta(minutes=59, seconds=50),
        asked=4,
        answered=4,
        requests=1,
        outcome="ok",
        error=None,
    )


def _failed(poll: Poll) -> Poll:
    error = "youtube: no connection within 10 s"
    return replace(poll, outcome=GapReason.UNREACHABLE.value, answered=0, error=error)


def _broadcast(
    session: Session, rehearsal: Rehearsal, at: datetime, titles: dict[str, str]
) -> Broadcast:
    now = rehearsal.now
    over = session.ends is not None and (now - at) / HOUR < session.ends
    platform = session.account.split(":")[0]
    return Broadcast(
        key=f"{platform}:{session.key}",
        platform=platform,
        account=session.account,
        native_id=session.key,
        title=titles.get(session.key, session.title),
        url=f"https://www.youtube.com/watch?v={session.key}",
        status=Status.ENDED if over else Status.LIVE,
        published_at=now - session.starts * HOUR,
        scheduled_at=now - session.starts * HOUR,
        started_at=now - session.starts * HOUR,
        ended_at=now - (session.ends or 0) * HOUR if over else None,
        discovered_at=now - session.starts * HOUR,
        edition="el-jadida",
    )


def _upcoming(now: datetime, titles: dict[str, str]) -> Broadcast:
    return Broadcast(
        key="youtube:SOON",
        platform="youtube",
        account="youtube:UCdgsn",
        native_id="SOON",
        title=titles.get("SOON", "حفل الاختتام"),
        url="https://www.youtube.com/watch?v=SOON",
        status=Status.UPCOMING,
        published_at=now - 2 * HOUR,
        scheduled_at=now + 3 * HOUR,
        started_at=None,
        ended_at=None,
        discovered_at=now - 2 * HOUR,
        edition="el-jadida",
    )


def _snapshot(session: Session, key: str, at: datetime, rehearsal: Rehearsal) -> Snapshot:
    ago = (rehearsal.now - at) / HOUR
    elapsed = session.starts - ago
    over = session.ends is not None and ago < session.ends
    radio = session.account.startswith("icecast")
    views = round(share_of(session, elapsed) * session.views)
    if rehearsal.correction and session.corrected is not None and ago < session.corrected:
        step = 1 / 6  # the fall is from one poll to the next, so what grew between them goes too
        seen = session.starts - session.corrected + 50 / 3600
        shares = (share_of(session, seen), share_of(session, seen - step))
        after, before = (round(share * session.views) for share in shares)
        views -= after - before + 300_000
    wave = 0.75 + 0.25 * sin(elapsed * pi * 2 / 3) + 0.03 * sin(elapsed * 40)
    viewers = None if over else max(0, round(session.viewers * wave * min(1, elapsed / 0.7)))
    likes = None if session.hides_likes or radio else round(views * 0.018)
    told = rehearsal.views and not radio
    return Snapshot(
        broadcast=key,
        observed_at=at,
        status=Status.ENDED if over else Status.LIVE,
        views=views if told else None,
        concurrent_viewers=viewers,
        likes=likes if told else None,
        comments=None,
        shares=None,
        source="status" if radio else "videos",
    )


def _notes(now: datetime, named: str | None) -> list[Annotation]:
    if named is None:
        return []
    return [Annotation(at=now - 4 * HOUR, names=Names(ar=named, fr=named, en=named))]
