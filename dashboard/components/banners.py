"""What every page says of itself as HTML: simulated, out of date, of which clock, or still empty. Pure."""

from datetime import datetime
from pathlib import Path

from dashboard.components.table import muted
from dashboard.i18n.markup import bdi, phrase, plural
from dashboard.i18n.words import Words
from dashboard.view_model.refresher import CurrentModel
from dashboard.view_model.root import DashboardModel
from storage.model import Loss
from storage.schema import READ_MODEL_VERSION


def ribbon(words: Words, model: DashboardModel | None) -> str:
    """Return the mark on every page of a simulation; empty on the others."""
    if model is None or not model.origin.simulated:
        return ""
    return (
        f'<p class="lt-ribbon"><b>{phrase(words, "app.simulated")}</b> '
        f"<span>{phrase(words, 'app.simulated_why')}</span></p>"
    )


def warnings(
    words: Words,
    current: CurrentModel,
    now: datetime,
    *,
    silent_since: datetime | None,
    paused: bool,
) -> list[str]:
    """Return the banners, gravest first; empty when all is well, or when there is no page yet.

    ``silent_since``: when the collector last showed life, if that is too long ago.
    """
    model = current.model
    if model is None:
        return []
    origin, built_at = model.origin, words.moment(model.built_at, now)
    banners: list[str] = []
    if silent_since is not None:
        age = words.age((now - silent_since).total_seconds())
        text = phrase(words, "banner.dead", age=age)
        banners.append(_banner(text, phrase(words, "banner.dead_do")))
    elif current.heartbeat_at is None:
        text = phrase(words, "banner.never_alive", at=words.moment(origin.published_at, now))
        banners.append(_banner(text, phrase(words, "banner.dead_do")))
    if origin.refusal is not None:  # the collector goes on, and its disk does not keep up
        text = phrase(words, "banner.refused", since=words.full(origin.refusal.since))
        rows, dropped = words.number(origin.refusal.rows), words.number(origin.refusal.dropped)
        advice = phrase(words, "banner.refused_do", rows=rows, dropped=dropped)
        banners.append(_banner(text, advice))
    if origin.loss is not None:
        banners.append(_lost(words, origin.loss))
    if current.other_version is not None:
        text = phrase(words, "unreadable.kept", at=built_at)
        banners.append(_banner(f"{_versions(words, current)} {text}", _remedy(words)))
    elif current.failed_since is not None:
        banners.append(_banner(phrase(words, "banner.trouble", at=built_at), tone=" warn"))
    if model.unmatched_live:
        text = plural(words, "banner.unmatched", model.unmatched_live)
        banners.append(_banner(text, tone=" warn"))
    if paused:
        banners.append(_banner(phrase(words, "app.paused", at=built_at), tone=" warn"))
    return banners


def _lost(words: Words, loss: Loss) -> str:
    """Say that the database was damaged, and what may be missing since."""
    until = words.full(loss.until)
    if loss.since is None:
        text = phrase(words, "banner.lost_all", until=until)
    else:
        text = phrase(words, "banner.lost", since=words.full(loss.since), until=until)
    advice = phrase(words, "banner.lost_do")
    return _banner(text, f'{advice} <code dir="ltr">quarantine/{bdi(loss.quarantine)}</code>')


def _banner(text: str, advice: str = "", *, tone: str = "") -> str:
    more = f"<small>{advice}</small>" if advice else ""
    return f'<div class="lt-banner{tone}" role="status">{text}{more}</div>'


def footnote(words: Words, model: DashboardModel, now: datetime, *, brief: bool = False) -> str:
    """Say where the numbers come from and which clock they follow; ``brief``: without versions."""
    lines = [
        phrase(words, "app.footer_definitions"),
        phrase(words, "app.footer_zone", zone=words.zone_name(now)),
    ]
    if not brief:
        origin = model.origin
        version = phrase(
            words,
            "app.footer_version",
            product=f"{words.say('app.name')} {origin.version}",
            generation=words.number(origin.generation),
            at=words.full(origin.published_at),
        )
        lines.append(version)
    return f'<footer class="lt-foot">{"".join(f"<p>{line}</p>" for line in lines)}</footer>'


def nothing_published(words: Words, current: CurrentModel, folder: Path) -> str:
    """Return the page before anything was published: what to run, or which version is there."""
    where = f'<br><code dir="ltr">{bdi(str(folder), ltr=True)}</code>'
    if current.other_version is not None:
        return _empty_page(
            words,
            "unreadable",
            f"<p>{_versions(words, current)}{where}</p>",
            f"<p>{_remedy(words)}</p>",
        )
    return _empty_page(
        words,
        "empty",
        f"<p>{phrase(words, 'empty.what')}{where}</p>",
        f'<p>{phrase(words, "empty.run_demo")} <code dir="ltr">livetally demo</code></p>',
        f'<p>{phrase(words, "empty.run_real")} <code dir="ltr">livetally up</code></p>',
    )


def _empty_page(words: Words, key: str, *parts: str) -> str:
    return (
        f'<section class="lt-empty"><h1 style="font-size:1.5rem">{phrase(words, f"{key}.title")}</h1>'
        f"{''.join(parts)}{muted(phrase(words, f'{key}.wait'))}</section>"
    )


def _versions(words: Words, current: CurrentModel) -> str:
    """Say that what is published is of another version, which one, and which one we read."""
    other, ours = str(current.other_version), str(READ_MODEL_VERSION)
    return phrase(words, "unreadable.what", found=other, read=ours)


def _remedy(words: Words) -> str:
    return f'{phrase(words, "unreadable.do")} <code dir="ltr">livetally storage republish</code>'


def no_editions(words: Words) -> str:
    """Return the page when the configuration names no edition."""
    return (
        f'<section class="lt-empty"><h2>{phrase(words, "empty.no_editions")}</h2>'
        f"<p>{phrase(words, 'empty.no_editions_what')}</p></section>"
    )
