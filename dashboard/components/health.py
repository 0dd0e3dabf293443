"""The health page's pieces as HTML: a card per source, the gaps, the corrections. Pure."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from dashboard.charts.theme import color
from dashboard.components.badge import badge, mark
from dashboard.components.banners import unseen_lines
from dashboard.components.table import Column, count, definition_list, muted, table
from dashboard.i18n.markup import bdi, phrase, plural, title_of, untrusted
from dashboard.i18n.words import Words
from dashboard.view_model.platforms import name
from dashboard.view_model.root import DashboardModel
from dashboard.view_model.sources import Renewal, Source, SourceBucket
from storage.analysis.freshness import LATE, Freshness
from storage.definitions.platforms import unit_of
from storage.model import TENTHS_OF_A_CENT, SourceState, Unit

_GAPS_SHOWN = 60
_MOST = 0.8
_TONES = {
    SourceState.OK: "ok",
    SourceState.LATE: "late",
    SourceState.RATE_LIMITED: "late",
    SourceState.PAUSED: "late",
    SourceState.FAILING: "error",
    SourceState.NO_CREDENTIAL: "error",
    SourceState.NEEDS_LOGIN: "error",
    SourceState.GONE: "error",
}
_LOGIN_NOTICE = timedelta(days=30)
_LOGIN_URGENT = timedelta(days=7)


def collector(
    picture: DashboardModel,
    words: Words,
    heartbeat_at: datetime | None,
    now: datetime,
    *,
    dead: bool,
) -> str:
    """Say whether the collector lives."""
    if heartbeat_at is None:
        state, text = Freshness.ERROR, phrase(words, "health.never")
    else:
        age = words.age((now - heartbeat_at).total_seconds())
        state = Freshness.ERROR if dead else Freshness.FRESH
        text = phrase(words, "health.dead" if dead else "health.alive", age=age)
    at = bdi(words.full(picture.origin.published_at))
    return (
        f'<p class="lt-now"><span>{phrase(words, "health.collector")}</span>{mark(state, text)}'
        f'<span class="muted">{phrase(words, "phase.as_of", at="")}{at}</span></p>'
    )


def sources(picture: DashboardModel, words: Words, now: datetime, *, dark: bool) -> str:
    """Return a card per source."""
    if not picture.sources:
        return muted(phrase(words, "health.no_sources"))
    platforms = [source.platform for source in picture.sources]
    cards = [
        _card(source, words, now, color(source.platform, dark=dark, among=platforms))
        for source in picture.sources
    ]
    return f'<section class="lt-sources">{"".join(cards)}</section>'


def _card(source: Source, words: Words, now: datetime, shade: str) -> str:
    gaps = words.number(source.open_gaps) if source.open_gaps else words.say("health.none")
    facts = {
        "last_success": _success(source, words, now),
        "lag": _lag(source, words, now),
        "next_poll": _next(source.next_poll_at, words, now),
        "next_look": _next(source.next_look_at, words, now),
        "tracked": _tracked(source, words),
        "polls": _polls(source, words),
        "open_gaps": bdi(gaps),
    }
    listed = definition_list((phrase(words, f"health.{key}"), facts[key]) for key in facts)
    return (
        f'<article class="lt-source" style="--c:{shade}"><header><h3>{bdi(name(source.platform))}</h3>'
        f"{badge(words, source.freshness, source.seen_at, now)}</header>{_state(source, words)}"
        f"{_paused(source, words, now)}{_login(source, words, now)}{listed}{_renews(source, words)}"
        f"{_quotas(source, words, now)}{_error(source, words, now)}</article>"
    )


def _labelled(words: Words, key: str, text: str, cls: str = "wide") -> str:
    label = f'<span class="muted">{phrase(words, key)}</span>'
    return f'<p class="{cls}">{label}<br>{text}</p>'


def _notice(text: str, cls: str = "wide bad") -> str:
    return f'<p class="{cls}" style="margin:0 0 .7rem">{text}</p>'


def _state(source: Source, words: Words) -> str:
    old = source.state is SourceState.OK and source.freshness in LATE
    if source.state is None or old:  # what the collector said last is overtaken
        return ""
    text = phrase(words, f"source.{source.state.value}")
    state = f'<span class="lt-state wraps {_TONES[source.state]}">{text}</span>'
    label = f'<span class="muted">{phrase(words, "health.state")}</span>'
    return _notice(f"{label}<br>{state}", "wide")


def _renews(source: Source, words: Words) -> str:
    """Say how often the platform itself renews its counts, however often it is asked."""
    notes = [_renewal(renewal, words) for renewal in source.renewals]
    key = "health.renews_measured" if notes else "health.renews_unknown"
    return _labelled(words, "health.renews", " · ".join([*notes, phrase(words, key)]))


def _renewal(renewal: Renewal, words: Words) -> str:
    metric = words.say(f"metric.{renewal.metric}")
    minutes = round(renewal.minutes)
    if minutes <= 1:
        return phrase(words, "health.renews_at_once", metric=metric)
    return phrase(words, "health.renews_every", metric=metric, age=words.age(minutes * 60))


def _success(source: Source, words: Words, now: datetime) -> str:
    if source.last_success_at is None:
        return phrase(words, "health.never_yet")
    return bdi(words.moment(source.last_success_at, now))


def _lag(source: Source, words: Words, now: datetime) -> str:
    if source.seen_at is None:
        return "—"
    return bdi(words.age((now - source.seen_at).total_seconds()))


def _next(due_at: datetime | None, words: Words, now: datetime) -> str:
    if due_at is None:
        return phrase(words, "health.not_planned")
    wait = (due_at - now).total_seconds()
    if wait <= 0:
        return phrase(words, "health.due_now")
    at = bdi(words.moment(due_at, now))
    return f"{phrase(words, 'health.in_age', age=words.age(wait))}<small>{at}</small>"


def _tracked(source: Source, words: Words) -> str:
    if source.status_unknown and not source.live:
        live = plural(words, "health.untold", source.status_unknown)
    else:
        live = phrase(words, "health.live_of", live=words.number(source.live))
        if source.live and source.freshness in LATE:
            live = plural(words, "tile.were_on_air", source.live)
        if source.status_unknown:
            live += f" · {plural(words, 'health.untold', source.status_unknown)}"
    return f"{bdi(words.number(source.tracked), ltr=True)}<small>{live}</small>"


def _polls(source: Source, words: Words) -> str:
    failed = (
        phrase(words, "health.failed", count=words.number(source.failed_polls))
        if source.failed_polls
        else phrase(words, "health.none_failed")
    )
    return f"{bdi(words.number(source.polls), ltr=True)}<small>{failed}</small>"


def _paused(source: Source, words: Words, now: datetime) -> str:
    if source.paused_reason is None:
        return ""
    reason = words.say(f"reason.{source.paused_reason}")
    if source.paused_accounts:
        reason = f"{reason} ({words.say('health.comma').join(source.paused_accounts)})"
    if source.paused_until is None:
        return _notice(f"⚠ {phrase(words, 'health.paused_person', reason=reason)}")
    at = words.moment(source.paused_until, now)
    return _notice(f"⚠ {phrase(words, 'health.paused', at=at, reason=reason)}")


def _login(source: Source, words: Words, now: datetime) -> str:
    """Say when someone has to log in again: weeks ahead, and loudly in the last of them."""
    if source.login_ends_at is None or source.login_ends_at - now > _LOGIN_NOTICE:
        return ""
    command = f"livetally collect login {source.platform}"
    key = "health.login_ended" if source.login_ends_at <= now else "health.login_ends"
    text = phrase(words, key, at=words.moment(source.login_ends_at, now))
    tone = "bad" if source.login_ends_at - now <= _LOGIN_URGENT else "muted"
    return _notice(f'⚠ {text} <code dir="ltr">{bdi(command, ltr=True)}</code>', f"wide {tone}")


def _quotas(source: Source, words: Words, now: datetime) -> str:
    if not source.buckets:
        return f'<p class="wide muted">{phrase(words, "health.no_quota")}</p>'
    return "".join(
        _quota(bucket, unit_of(source.platform, bucket.name), words, now)
        for bucket in source.buckets
    )


def _amount(value: int, unit: Unit, words: Words) -> str:
    if unit is Unit.TENTH_OF_A_CENT:
        return words.dollars(value / TENTHS_OF_A_CENT)
    return words.percent(value / 100) if unit is Unit.PER_CENT else words.number(value)


def _quota(bucket: SourceBucket, unit: Unit, words: Words, now: datetime) -> str:
    limit, used = bucket.limit or 0, bucket.used or 0
    share = min(1.0, used / limit) if limit else 0.0
    tone = " all" if share >= 1 else " most" if share >= _MOST else ""
    left = _amount(max(0, limit - used), unit, words)
    amounts = {"used": _amount(used, unit, words), "limit": _amount(limit, unit, words)}
    parts = [
        phrase(words, f"health.used_{unit.value}", **amounts),
        phrase(words, "health.quota_left", left=left),
    ]
    if bucket.resets_at is not None:
        age = words.age((bucket.resets_at - now).total_seconds())
        at = words.moment(bucket.resets_at, now)
        parts.append(phrase(words, "health.quota_resets", age=age, at=at))
    if bucket.given_up:
        ranks = (words.say(f"rank.{rank}") for rank in bucket.given_up)
        parts.append(phrase(words, "health.given_up", ranks=words.say("health.comma").join(ranks)))
    which = f" {bdi(bucket.name)}" if bucket.name else ""
    return (
        f'<div class="wide"><span class="muted">{phrase(words, "health.quota")}{which}</span>'
        f'<div class="lt-quota{tone}"><i style="width:{share * 100:.1f}%"></i></div>{" · ".join(parts)}</div>'
    )


def _error(source: Source, words: Words, now: datetime) -> str:
    if source.last_failure_at is None:
        return _labelled(words, "health.last_error", phrase(words, "health.no_error"))
    at, error = words.moment(source.last_failure_at, now), untrusted(source.last_error or "—")
    text = phrase(words, "health.error_at", at=at, error=error)
    return _labelled(words, "health.last_error", text, "wide bad" if source.failing else "wide")


def gaps(picture: DashboardModel, words: Words, now: datetime, *, dead: bool) -> str:
    """List the stretches that were not seen, the open ones first; looks for broadcasts that failed too."""
    heading = f"<h2>{phrase(words, 'health.gaps')}</h2>"
    unseen = "".join(f"<br>{line}" for line in unseen_lines(picture.sights, words, now))
    every = pl.concat([_looked_in_vain(picture, words), picture.gaps], how="diagonal").sort(
        pl.col("ended_at").is_null(), "started_at", descending=True
    )
    if every.is_empty():
        answers = not dead and all(sight.answers for sight in picture.sights)
        sentence = phrase(words, "health.no_gaps" if answers else "health.gaps_unseen")
        return heading + muted(sentence + unseen)
    shown = every.head(_GAPS_SHOWN)
    counted = phrase(
        words,
        "health.gap_rows",
        shown=words.number(shown.height),
        count=words.number(every.height),
    )
    head = (
        Column("w", "health.gap_platform"),
        Column("t", "health.gap_broadcast"),
        Column("r", "health.gap_reason"),
        Column("w", "health.gap_from"),
        Column("w", "health.gap_to"),
        Column("w", "health.gap_length"),
        Column("n", "health.gap_missed"),
    )
    rows = (_gap(row, words, now) for row in shown.iter_rows(named=True))
    return (
        f'<div class="lt-pick">{heading}<span class="muted">{counted}{unseen}</span></div>'
        + table(words, head, rows, caption=words.say("health.gaps"), scroll="tall cards")
    )


def _looked_in_vain(picture: DashboardModel, words: Words) -> pl.DataFrame:
    """Return the gaps of accounts with what they are of in the place of a broadcast's title."""
    names = {sight.account: sight.name for sight in picture.sights}
    accounts: list[str] = picture.look_gaps["account"].to_list()
    titles = [
        words.say("health.gap_looking", account=words.isolate(untrusted(names.get(key, key))))
        for key in accounts
    ]
    return picture.look_gaps.with_columns(title=pl.Series(titles, dtype=pl.String))


def _gap(row: Mapping[str, Any], words: Words, now: datetime) -> tuple[str | None, ...]:
    ended = row["ended_at"]
    still = f'<span class="lt-state late">◆ {phrase(words, "health.gap_open")}</span>'
    return (
        bdi(name(row["platform"])),
        _title(row, words),
        phrase(words, f"reason.{row['reason']}"),
        bdi(words.moment(row["started_at"], now)),
        bdi(words.moment(ended, now)) if ended else still,
        bdi(words.length(((ended or now) - row["started_at"]).total_seconds())),
        count(words, row["missed_polls"]),
    )


def _title(row: Mapping[str, Any], words: Words) -> str:
    title = title_of(words, row["title"] or row["broadcast"])
    return f'<span class="title">{bdi(title)}</span>'


def corrections(picture: DashboardModel, words: Words, now: datetime) -> str:
    """List the counters that fell, the newest falls first."""
    heading = f"<h2>{phrase(words, 'health.corrections')}</h2>"
    if picture.corrections.is_empty():
        return heading + muted(phrase(words, "health.no_corrections"))
    head = (
        Column("w", "health.gap_platform"),
        Column("t", "health.gap_broadcast"),
        *CORRECTION_HEAD,
    )
    rows = (
        (bdi(name(row["platform"])), _title(row, words), *correction_cells(row, words, now))
        for row in picture.corrections.head(_GAPS_SHOWN).iter_rows(named=True)
    )
    caption = words.say("health.corrections")
    return heading + table(words, head, rows, caption=caption, scroll="tall cards")


CORRECTION_HEAD = (
    Column("w", "health.correction_metric"),
    Column("w", "health.correction_at"),
    Column("n", "health.correction_before"),
    Column("n", "health.correction_after"),
    Column("n", "health.correction_change"),
)


def correction_cells(row: Mapping[str, Any], words: Words, now: datetime) -> list[str | None]:
    """Return the cells of ``CORRECTION_HEAD`` for one correction, a row of the published frame."""
    return [
        phrase(words, f"metric.{row['metric']}"),
        bdi(words.moment(row["observed_at"], now)),
        count(words, row["before"]),
        count(words, row["after"]),
        bdi(words.signed(row["after"] - row["before"]), ltr=True),
    ]
