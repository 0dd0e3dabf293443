"""What every page says of itself as HTML: simulated, imported, out of date, still empty, unseen accounts. Pure."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from dashboard.components.table import muted
from dashboard.i18n.markup import bdi, phrase, plain, plural, untrusted
from dashboard.i18n.words import Words
from dashboard.view_model.edition import EditionModel, ImportedSeries
from dashboard.view_model.platforms import name
from dashboard.view_model.refresher import CurrentModel
from dashboard.view_model.root import DashboardModel
from storage.analysis.sight import AccountSight, Sight
from storage.errors import Exit
from storage.model import CollectorEnd, GapReason, Loss, Metric
from storage.schema import READ_MODEL_VERSION

_STEPS = {60: "imported.by_minute", 3600: "imported.by_hour"}
_METRICS = {Metric.VIEWS: "imported.views", Metric.CONCURRENT_VIEWERS: "imported.viewers"}
#: Exit codes of the collector that say why it ended.
_CODES = (Exit.USAGE, Exit.UNWRITABLE, Exit.DAMAGED, Exit.LOCKED)
#: Accounts of a platform that are named; of more their number is said.
_NAMED = 3


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
        banners.append(_silent(words, silent_since, current.collector_end, now))
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
    if unreadable := _unreadable(words, current):
        what, remedy = unreadable
        text = phrase(words, "unreadable.kept", at=built_at)
        banners.append(_banner(f"{what} {text}", remedy))
    elif current.failed_since is not None:
        banners.append(_banner(phrase(words, "banner.trouble", at=built_at), tone=" warn"))
    if model.unmatched_live:
        text = plural(words, "banner.unmatched", model.unmatched_live)
        banners.append(_banner(text, tone=" warn"))
    if paused:
        banners.append(_banner(phrase(words, "app.paused", at=built_at), tone=" warn"))
    return banners


def _lost(words: Words, loss: Loss) -> str:
    """Say that the database was damaged, or is behind, and what may be missing since."""
    key, until = "banner.behind" if loss.behind else "banner.lost", words.full(loss.until)
    if loss.since is None:
        text = phrase(words, f"{key}_all", until=until)
    else:
        text = phrase(words, key, since=words.full(loss.since), until=until)
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


def nothing_published(words: Words, current: CurrentModel, folder: Path, now: datetime) -> str:
    """Return the page before anything was published: what is known of the collector, and what to do."""
    where = f'<br><code dir="ltr">{bdi(str(folder), ltr=True)}</code>'
    if unreadable := _unreadable(words, current):
        what, remedy = unreadable
        return _empty_page(words, "unreadable", f"<p>{what}{where}</p>", f"<p>{remedy}</p>")
    what = f"<p>{phrase(words, 'empty.what')}{where}</p>"
    if current.collector_end:
        ended = _ended(words, current.collector_end, now)
        return _empty_page(words, "empty", what, f"<p>{ended} {phrase(words, 'ended.do')}</p>")
    if current.heartbeat_at is not None and current.silent_since(now) is None:
        return _empty_page(words, "empty", what, f"<p>{phrase(words, 'empty.runs')}</p>")
    return _empty_page(
        words,
        "empty",
        f"{what}<p>{phrase(words, 'empty.not_running')}</p>",
        f'<p>{phrase(words, "empty.run_demo")} <code dir="ltr">livetally demo</code></p>',
        f'<p>{phrase(words, "empty.run_real")} <code dir="ltr">livetally up</code></p>',
    )


def _silent(words: Words, since: datetime, end: CollectorEnd | None, now: datetime) -> str:
    text = phrase(words, "banner.dead", age=words.age((now - since).total_seconds()))
    if end is None:
        return _banner(text, phrase(words, "banner.dead_do"))
    return _banner(f"{text} {_ended(words, end, now)}", phrase(words, "ended.do"))


def _ended(words: Words, end: CollectorEnd, now: datetime) -> str:
    """Say when the collector ended, and why as far as its exit code says it."""
    key = f"ended.code_{end.code}" if end.code in _CODES else "ended.failed"
    why = phrase(words, key, code=str(end.code))
    return f"{phrase(words, 'ended.at', at=words.moment(end.at, now))} {why}"


def _empty_page(words: Words, key: str, *parts: str) -> str:
    return (
        f'<section class="lt-empty"><h1 style="font-size:1.5rem">{phrase(words, f"{key}.title")}</h1>'
        f"{''.join(parts)}{muted(phrase(words, f'{key}.wait'))}</section>"
    )


def _unreadable(words: Words, current: CurrentModel) -> tuple[str, str] | None:
    """Say why what is published cannot be read, and what to do; ``None`` where it can, or nobody knows why."""
    if current.other_version is not None:
        other, ours = str(current.other_version), str(READ_MODEL_VERSION)
        what, remedy = phrase(words, "unreadable.what", found=other, read=ours), "unreadable.do"
    elif current.damaged_file is not None:
        file = f'<code dir="ltr">{bdi(current.damaged_file, ltr=True)}</code>'
        what, remedy = f"{phrase(words, 'unreadable.damaged')} {file}.", "unreadable.damaged_do"
    else:
        return None
    return what, f'{phrase(words, remedy)} <code dir="ltr">livetally storage republish</code>'


def no_editions(words: Words) -> str:
    """Return the page when the configuration names no edition."""
    return (
        f'<section class="lt-empty"><h2>{phrase(words, "empty.no_editions")}</h2>'
        f"<p>{phrase(words, 'empty.no_editions_what')}</p></section>"
    )


def imported_banner(edition: EditionModel | None, words: Words) -> str:
    """Say that nothing of the edition was measured; empty where something was."""
    if edition is None or not edition.is_imported:
        return ""
    return f'<div class="lt-banner warn" role="status">{imported_statement(edition, words)}</div>'


def imported_statement(edition: EditionModel, words: Words) -> str:
    """Say that the edition was not measured, and what is shown instead."""
    return phrase(words, "imported.banner", series=imported_series(edition.imported, words))


def imported_beside(edition: EditionModel, words: Words) -> str:
    """Say that imported history stands beside and in no figure; empty where there is none."""
    if edition.beside is None or edition.is_imported:
        return ""
    return muted(phrase(words, "imported.beside", series=imported_series(edition.imported, words)))


def imported_listed(editions: Sequence[EditionModel], words: Words) -> str:
    """Name the programs and the files of every edition that was imported."""
    return "".join(
        muted(
            phrase(
                words,
                "imported.listed",
                edition=getattr(each.names, words.language),
                series=imported_series(each.imported, words),
            )
        )
        for each in editions
        if each.is_imported
    )


def imported_before(
    edition: EditionModel, editions: Sequence[EditionModel], words: Words, *, of_views: bool
) -> str:
    """Name the earlier editions that a forecast may draw on and that were not measured."""
    earlier = [
        getattr(each.names, words.language)
        for each in editions
        if each.is_imported
        and each.starts_at < edition.starts_at
        and bool(each.view_platforms) is of_views
    ]
    if not earlier:
        return ""
    named = words.say("imported.and").join(words.isolate(plain(each)) for each in earlier)
    return muted(phrase(words, "imported.forecast", editions=named))


def imported_series(imported: Iterable[ImportedSeries], words: Words) -> str:
    """Name each series with its platform, how fine it is, its program and its file."""
    named = (_imported_series(each, words) for each in imported)
    return words.say("imported.and").join(dict.fromkeys(named))


def imported_source(edition: EditionModel, words: Words) -> str:
    """Name the programs and the files, for the line below a chart."""
    named = (
        words.say("imported.from", program=plain(each.source), file=words.isolate(plain(each.name)))
        for each in edition.imported
    )
    return words.say("imported.and").join(dict.fromkeys(named))


def _imported_series(each: ImportedSeries, words: Words) -> str:
    minutes = words.number(round(each.resolution_seconds / 60))
    step = words.say(_STEPS.get(each.resolution_seconds, "imported.every"), minutes=minutes)
    return words.say(
        "imported.series",
        platform=words.isolate(name(each.platform)),
        what=words.say(_METRICS.get(Metric(each.metric), "imported.counts")),
        step=step,
        program=words.isolate(plain(each.source)),
        file=words.isolate(plain(each.name)),
    )


def unseen_lines(sights: Iterable[AccountSight], words: Words, now: datetime) -> list[str]:
    """Return a sentence as HTML for each group of accounts that are unseen for one reason.

    Those that nobody asks, since the collector does not run, are left to the banner that says it.
    """
    groups: dict[tuple[str, Sight, str | None], list[AccountSight]] = {}
    for sight in sights:
        if not sight.is_seen and sight.reason != GapReason.COLLECTOR_DOWN:
            groups.setdefault((sight.platform, sight.sight, sight.reason), []).append(sight)
    return [_unseen_line(accounts, words, now) for accounts in groups.values()]


def _unseen_line(accounts: list[AccountSight], words: Words, now: datetime) -> str:
    first = accounts[0]
    values = {"who": _accounts_of(accounts, words)}
    if first.sight is Sight.LOST:
        oldest = min((each.seen_at for each in accounts if each.seen_at), default=None)
        values["at"] = words.moment(oldest, now) if oldest else "—"
    why = first.reason not in {None, GapReason.LATE} and first.sight is not Sight.UNTOLD
    if why:
        values["reason"] = words.say(f"reason.{first.reason}")
    return phrase(words, f"sight.{first.sight}{'_why' if why else ''}", **values)


def _accounts_of(accounts: list[AccountSight], words: Words) -> str:
    platform = words.isolate(name(accounts[0].platform))
    if len(accounts) > _NAMED:
        count = words.plural("sight.accounts", len(accounts))
        return words.say("sight.of", platform=platform, accounts=count)
    named = (words.isolate(untrusted(each.name)) for each in accounts)
    return words.say("sight.of", platform=platform, accounts=words.say("health.comma").join(named))
