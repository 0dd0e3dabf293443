"""The health page's pieces as HTML: a card per source, the gaps, the corrections. Pure."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from dashboard.charts.colors import color
from dashboard.components.badge import badge
from dashboard.i18n.markup import bdi, phrase, plural, title_of, untrusted
from dashboard.i18n.words import Words
from dashboard.view_model.platforms import name
from dashboard.view_model.root import DashboardModel
from dashboard.view_model.sources import Renewal, Source, SourceBucket
from storage.model import SourceState
from storage.units import TENTHS_OF_A_CENT, Unit, unit_of

_GAPS_SHOWN = 60
_MOST = 0.8
_TONES = {
    SourceState.OK: "ok",
    SourceState.LATE: "late",
    SourceState.RATE_LIMITED: "late",
    SourceState.PAUSED: "late",
    SourceState.FAILING: "error",
    SourceState.NEEDS_LOGIN: "error",
    SourceState.GONE: "error",
}
_LOGIN_SAID = timedelta(days=30)
_LOGIN_URGENT = timedelta(days=7)


def collector(
    picture: DashboardModel,
    words: Words,
    heartbeat_at: datetime | None,
    now: datetime,
    *,
    dead: bool,
) -> str:
    """Whether the collector lives."""
    if heartbeat_at is None:
        text, tone, shape = phrase(words, "health.never"), "error", "✖"
    else:
        age = words.age((now - heartbeat_at).total_seconds())
        key, tone, shape = ("health.dead", "error", "✖") if dead else ("health.alive", "fresh", "●")
        text = phrase(words, key, age=age)
    at = bdi(words.full(picture.origin.published_at))
    return (
        f'<p class="lt-now"><span>{phrase(words, "health.collector")}</span>'
        f'<span class="lt-state {tone}"><span aria-hidden="true">{shape}</span> {text}</span>'
        f'<span class="muted">{phrase(words, "phase.as_of", at="")}{at}</span></p>'
    )


def sources(picture: DashboardModel, words: Words, now: datetime, *, dark: bool) -> str:
    """A card per source."""
    if not picture.sources:
        return f'<p class="muted">{phrase(words, "health.no_sources")}</p>'
    platforms = [one.platform for one in picture.sources]
    cards = [
        _card(s, words, now, color(s.platform, dark=dark, among=platforms)) for s in picture.sources
    ]
    return f'<section class="lt-sources">{"".join(cards)}</section>'


def _card(source: Source, words: Words, now: datetime, shade: str) -> str:
    facts = [
        ("health.last_success", _success(source, words, now)),
        ("health.lag", _lag(source, words, now)),
        ("health.next_poll", _next(source, words, now)),
        ("health.tracked", _tracked(source, words)),
        ("health.polls", _polls(source, words)),
        (
            "health.open_gaps",
            bdi(words.number(source.open_gaps) if source.open_gaps else words.say("health.none")),
        ),
    ]
    listed = "".join(
        f"<div><dt>{phrase(words, key)}</dt><dd>{value}</dd></div>" for key, value in facts
    )
    return (
        f'<article class="lt-source" style="--c:{shade}"><header><h3>{bdi(name(source.platform))}</h3>'
        f"{badge(words, source.freshness, source.seen_at, now)}</header>"
        f"{_state(source, words)}{_paused(source, words, now)}{_login(source, words, now)}<dl>{listed}</dl>{_renews(source, words)}{_quotas(source, words, now)}{_error(source, words, now)}</article>"
    )


def _state(source: Source, words: Words) -> str:
    if source.state is None:
        return ""
    text = phrase(words, f"source.{source.state.value}")
    label = f'<span class="muted">{phrase(words, "health.state")}</span>'
    said = f'<span class="lt-state wraps {_TONES[source.state]}">{text}</span>'
    return f'<p class="wide" style="margin:0 0 .7rem">{label}<br>{said}</p>'


def _renews(source: Source, words: Words) -> str:
    """How often the platform itself renews its counts, however often it is asked."""
    label = f'<span class="muted">{phrase(words, "health.renews")}</span><br>'
    if not source.renewals:
        return f'<p class="wide">{label}{phrase(words, "health.renews_unknown")}</p>'
    said = [_renewal(one, words) for one in source.renewals]
    said.append(phrase(words, "health.renews_measured"))
    return f'<p class="wide">{label}{" · ".join(said)}</p>'


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


def _next(source: Source, words: Words, now: datetime) -> str:
    if source.next_poll_at is None:
        return phrase(words, "health.not_planned")
    wait = (source.next_poll_at - now).total_seconds()
    if wait <= 0:
        return phrase(words, "health.due_now")
    at = bdi(words.moment(source.next_poll_at, now))
    return f"{phrase(words, 'health.in_age', age=words.age(wait))}<small>{at}</small>"


def _tracked(source: Source, words: Words) -> str:
    if source.untold and not source.live:
        live = plural(words, "health.untold", source.untold)
    else:
        live = phrase(words, "health.live_of", live=words.number(source.live))
        if source.untold:
            live += f" · {plural(words, 'health.untold', source.untold)}"
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
    if source.paused_until is None:
        text = phrase(words, "health.paused_person", reason=reason)
    else:
        text = phrase(
            words, "health.paused", at=words.moment(source.paused_until, now), reason=reason
        )
    return f'<p class="wide bad" style="margin:0 0 .7rem">⚠ {text}</p>'


def _login(source: Source, words: Words, now: datetime) -> str:
    """When someone has to log in again: said weeks ahead, and loudly in the last one."""
    if source.login_ends_at is None or source.login_ends_at - now > _LOGIN_SAID:
        return ""
    command = f"livetally collect login {source.platform}"
    at = words.moment(source.login_ends_at, now)
    ended = source.login_ends_at <= now
    text = phrase(words, "health.login_ended" if ended else "health.login_ends", at=at)
    tone = "bad" if source.login_ends_at - now <= _LOGIN_URGENT else "muted"
    code = f'<code dir="ltr">{bdi(command, ltr=True)}</code>'
    return f'<p class="wide {tone}" style="margin:0 0 .7rem">⚠ {text} {code}</p>'


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
    parts = [
        phrase(
            words,
            f"health.used_{unit.value}",
            used=_amount(used, unit, words),
            limit=_amount(limit, unit, words),
        ),
        phrase(words, "health.quota_left", left=_amount(max(0, limit - used), unit, words)),
    ]
    if bucket.resets_at is not None:
        age = words.age((bucket.resets_at - now).total_seconds())
        parts.append(
            phrase(words, "health.quota_resets", age=age, at=words.moment(bucket.resets_at, now))
        )
    if bucket.given_up:
        ranks = words.say("health.comma").join(
            words.say(f"rank.{rank}") for rank in bucket.given_up
        )
        parts.append(phrase(words, "health.given_up", ranks=ranks))
    which = f" {bdi(bucket.name)}" if bucket.name else ""
    return (
        f'<div class="wide"><span class="muted">{phrase(words, "health.quota")}{which}</span>'
        f'<div class="lt-quota{tone}"><i style="width:{share * 100:.1f}%"></i></div>{" · ".join(parts)}</div>'
    )


def _error(source: Source, words: Words, now: datetime) -> str:
    label = f'<span class="muted">{phrase(words, "health.last_error")}</span><br>'
    if source.last_failure_at is None:
        return f'<p class="wide">{label}{phrase(words, "health.no_error")}</p>'
    at = words.moment(source.last_failure_at, now)
    text = phrase(words, "health.error_at", at=at, error=untrusted(source.last_error or "—"))
    bad = " bad" if source.failing else ""
    return f'<p class="wide{bad}">{label}{text}</p>'


def gaps(picture: DashboardModel, words: Words, now: datetime) -> str:
    """The stretches that were not seen, the open ones first."""
    heading = f"<h2>{phrase(words, 'health.gaps')}</h2>"
    if picture.gaps.is_empty():
        return f'{heading}<p class="muted">{phrase(words, "health.no_gaps")}</p>'
    shown = picture.gaps.head(_GAPS_SHOWN)
    count = phrase(
        words,
        "health.gap_rows",
        shown=words.number(shown.height),
        count=words.number(picture.gaps.height),
    )
    heads = ("platform", "broadcast", "reason", "from", "to", "length", "missed")
    return (
        f'<div class="lt-pick">{heading}<span class="muted">{count}</span></div>'
        f"{_table(words, [f'health.gap_{key}' for key in heads], _gap_rows(shown, words, now))}"
    )


def _gap_rows(shown: pl.DataFrame, words: Words, now: datetime) -> list[list[tuple[str, str]]]:
    rows: list[list[tuple[str, str]]] = []
    for row in shown.iter_rows(named=True):
        ended = row["ended_at"]
        length = words.length(((ended or now) - row["started_at"]).total_seconds())
        still = f'<span class="lt-state late">◆ {phrase(words, "health.gap_open")}</span>'
        rows.append(
            [
                ("w", bdi(name(row["platform"]))),
                ("t", _title(row, words)),
                ("r", phrase(words, f"reason.{row['reason']}")),
                ("w", bdi(words.moment(row["started_at"], now))),
                ("w", bdi(words.moment(ended, now)) if ended else still),
                ("w", bdi(length)),
                ("n", bdi(words.number(row["missed_polls"]), ltr=True)),
            ]
        )
    return rows


def _title(row: Mapping[str, Any], words: Words) -> str:
    title = title_of(words, row["title"] or row["broadcast"])
    return f'<span class="title">{bdi(title)}</span>'


def corrections(picture: DashboardModel, words: Words, now: datetime) -> str:
    """The counters that fell."""
    heading = f"<h2>{phrase(words, 'health.corrections')}</h2>"
    if picture.corrections.is_empty():
        return f'{heading}<p class="muted">{phrase(words, "health.no_corrections")}</p>'
    newest = picture.corrections.head(_GAPS_SHOWN)
    rows = [
        [
            ("w", bdi(name(row["platform"]))),
            ("t", _title(row, words)),
            ("w", phrase(words, f"metric.{row['metric']}")),
            ("w", bdi(words.moment(row["observed_at"], now))),
            ("n", bdi(words.number(row["before"]), ltr=True)),
            ("n", bdi(words.number(row["after"]), ltr=True)),
            ("n", bdi(words.signed(row["after"] - row["before"]), ltr=True)),
        ]
        for row in newest.iter_rows(named=True)
    ]
    heads = ["health.gap_platform", "health.gap_broadcast"]
    heads += [f"health.correction_{key}" for key in ("metric", "at", "before", "after", "change")]
    return heading + _table(words, heads, rows)


def _table(words: Words, heads: list[str], rows: list[list[tuple[str, str]]]) -> str:
    kinds = [kind for kind, _ in rows[0]]
    head = "".join(
        f'<th scope="col" class="{kind}">{phrase(words, key)}</th>'
        for key, kind in zip(heads, kinds, strict=True)
    )
    body = "".join(
        "<tr>"
        + "".join(
            f'<td class="{kind}" data-label="{words.say(key)}">{content}</td>'
            for key, (kind, content) in zip(heads, row, strict=True)
        )
        + "</tr>"
        for row in rows
    )
    return f'<div class="lt-scroll tall cards" tabindex="0"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
