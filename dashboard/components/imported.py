"""The marks of imported history as HTML: what another program measured, and from which file. Pure."""

from collections.abc import Iterable, Sequence

from dashboard.components.table import muted
from dashboard.i18n.markup import phrase, plain
from dashboard.i18n.words import Words
from dashboard.view_model.edition import EditionModel, ImportedSeries
from dashboard.view_model.platforms import name
from storage.model import Metric

_STEPS = {60: "imported.by_minute", 3600: "imported.by_hour"}
_METRICS = {Metric.VIEWS: "imported.views", Metric.CONCURRENT_VIEWERS: "imported.viewers"}


def banner(edition: EditionModel | None, words: Words) -> str:
    """Say that nothing of the edition was measured; empty where something was."""
    if edition is None or not edition.is_imported:
        return ""
    return f'<div class="lt-banner warn" role="status">{statement(edition, words)}</div>'


def statement(edition: EditionModel, words: Words) -> str:
    """Say that the edition was not measured, and what is shown instead."""
    return phrase(words, "imported.banner", series=series(edition.imported, words))


def beside(edition: EditionModel, words: Words) -> str:
    """Say that imported history stands beside and in no figure; empty where there is none."""
    if edition.beside is None or edition.is_imported:
        return ""
    return muted(phrase(words, "imported.beside", series=series(edition.imported, words)))


def listed(editions: Sequence[EditionModel], words: Words) -> str:
    """Name the programs and the files of every edition that was imported."""
    return "".join(
        muted(
            phrase(
                words,
                "imported.listed",
                edition=getattr(each.names, words.language),
                series=series(each.imported, words),
            )
        )
        for each in editions
        if each.is_imported
    )


def drawn_on(
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


def series(imported: Iterable[ImportedSeries], words: Words) -> str:
    """Name each series with its platform, how fine it is, its program and its file."""
    named = (_described(each, words) for each in imported)
    return words.say("imported.and").join(dict.fromkeys(named))


def source(edition: EditionModel, words: Words) -> str:
    """Name the programs and the files, for the line below a chart."""
    named = (
        words.say("imported.from", program=plain(each.source), file=words.isolate(plain(each.name)))
        for each in edition.imported
    )
    return words.say("imported.and").join(dict.fromkeys(named))


def _described(each: ImportedSeries, words: Words) -> str:
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
