"""Pieces of tables as HTML: heads, cells, who, and how a broadcast ran in small bars. Pure."""

from collections.abc import Iterable

from dashboard.charts.colors import color
from dashboard.components.links import Links, inward
from dashboard.i18n.markup import attribute, bdi, phrase, title_of, untrusted
from dashboard.i18n.words import Words
from dashboard.view_model.broadcasts import Spark
from dashboard.view_model.edition import BroadcastRow, EditionModel
from dashboard.view_model.platforms import name


def table(
    words: Words,
    heads: Iterable[tuple[str, str]],
    rows: Iterable[str],
    *,
    name: str,
    cls: str = "cards",
    sorted_by: str = "",
) -> str:
    """A table. ``heads`` are a class and a key each; ``name`` is what it is called; rows are HTML."""
    head = "".join(
        f'<th scope="col" class="{kind}"{_sorted(key == sorted_by)}>{phrase(words, key)}</th>'
        for kind, key in heads
    )
    return (
        f'<div class="lt-scroll {cls}" tabindex="0" role="group" aria-label="{attribute(name)}">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def _sorted(by: bool) -> str:  # noqa: FBT001 - a yes or no is all there is to say
    return ' aria-sort="descending"' if by else ""


def cell(words: Words, key: str, content: str | None, kind: str) -> str:
    """A cell with its column's name for small screens; None is said to be untold."""
    label = attribute(words.say(key))
    if content is None:
        untold = phrase(words, "onair.not_told")
        return f'<td class="{kind} none" data-label="{label}">{untold}</td>'
    return f'<td class="{kind}" data-label="{label}">{content}</td>'


def count(words: Words, value: int | None) -> str | None:
    """A number with all its digits; None stays None."""
    return None if value is None else bdi(words.number(value), ltr=True)


def shade(edition: EditionModel, platform: str, *, dark: bool) -> str:
    """The platform's colour on this edition's pages."""
    return color(platform, dark=dark, among=edition.platforms)


def who(one: BroadcastRow, tint: str) -> str:
    """Platform and account."""
    return (
        f'<span class="lt-chip" style="--c:{tint}"></span>{bdi(name(one.platform))}'
        f" · {bdi(untrusted(one.account))}"
    )


def titled(one: BroadcastRow, words: Words, links: Links) -> str:
    """The title, as text, leading to the broadcast's page."""
    text = bdi(title_of(words, one.title))
    return inward(links.to("broadcast", id=one.broadcast), text, cls="title")


def bars(spark: Spark | None, words: Words, tint: str) -> str | None:
    """How it ran, in bars from start to end; None where nothing was told."""
    told = [value for value in spark.values if value is not None] if spark else []
    if spark is None or not told:
        return None
    largest = max([*told, 1e-9])
    key = "broadcasts.spark_viewers" if spark.of_viewers else "broadcasts.spark_views"
    label = attribute(words.say(key, count=words.number(round(max(told)))))
    drawn = "".join(
        '<i class="none"></i>'
        if value is None
        else f'<i style="height:{max(0.0, value) / largest * 100:.0f}%"></i>'
        for value in spark.values
    )
    kind = "" if spark.of_viewers else " views"
    return f'<div class="lt-spark{kind}" role="img" aria-label="{label}" title="{label}" style="--c:{tint}">{drawn}</div>'
