"""When each broadcast ran, and which moment of the programme its title names. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from storage.model import Broadcast, Status
from storage.text_search import bare_text, words

#: Of two titles' words, how many have to be in both: 2·shared / (one's + the other's). More than
#: half: an opening and a closing ceremony share one word of two.
ALIKE = 0.6

#: Still on the air: it counts as longer than whatever has ended.
LASTING = datetime(9000, 1, 1, tzinfo=UTC)
#: Words that say "live", not which moment; in normalised form.
_LIVE_WORDS = frozenset("live direct en مباشر مباشره بث نقل".split())  # noqa: SIM905 - a line of words reads best


@dataclass(frozen=True, kw_only=True, slots=True)
class AiringSpan:
    """A broadcast that has begun: when it ran, and its title's words."""

    broadcast: Broadcast
    started_at: datetime
    ended_at: datetime
    title: frozenset[str]
    moment: frozenset[str]  # the title's words that do not only name the event


def words_of_event(names: Iterable[str]) -> frozenset[str]:
    """Give the words that tell no moment: those of the event's ``names``, and "live"."""
    return frozenset(bare_text(word) for name in names for word in words(name)) | _LIVE_WORDS


def span_of(
    one: Broadcast,
    seen: Sequence[tuple[datetime, datetime | None]],
    event: frozenset[str],
) -> AiringSpan | None:
    """Give when a broadcast ran, as the platform tells it or else as it was ``seen``; None: it did not.

    ``event`` are the :func:`words_of_event`.
    """
    told = [at for at in (one.started_at, seen[0][0] if seen else None) if at]
    if one.status is Status.UPLOAD or not (told or one.status in (Status.LIVE, Status.ENDED)):
        return None
    started_at = min(told, default=one.published_at or one.discovered_at)
    ended_at = LASTING
    if one.status is not Status.LIVE:
        ended_at = one.ended_at or (seen[-1][1] if seen else None) or started_at
    title = _title_words(one.title)
    return AiringSpan(
        broadcast=one,
        started_at=started_at,
        ended_at=max(started_at, ended_at),
        title=title,
        moment=title - event,
    )


@lru_cache(maxsize=8_192)  # titles hardly change, and reading one costs more than all that follows
def _title_words(title: str) -> frozenset[str]:
    return frozenset(bare_text(word) for word in words(title))


def alike(one: AiringSpan, other: AiringSpan) -> bool:
    """Tell whether two titles name the same moment; where one only names the event, all words count."""
    a, b = one.moment, other.moment
    if not (a and b):
        a, b = one.title, other.title
    return bool(a) and 2 * len(a & b) >= ALIKE * (len(a) + len(b))
