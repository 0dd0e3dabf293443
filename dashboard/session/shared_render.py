"""Hands on to everyone who looks alike what one of them had drawn: see :mod:`dashboard.view_model.cache`."""

from collections.abc import Callable, Hashable
from datetime import timedelta
from typing import TypeVar

from dashboard.session.context import RequestContext, kept_query
from dashboard.view_model.root import DashboardModel

Made = TypeVar("Made")

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


def shared(
    view: RequestContext,
    picture: DashboardModel,
    draw: Callable[[], Made],
    name: str,
    *choices: Hashable,
    every: timedelta,
) -> Made:
    """Give what ``draw`` makes, drawn once for all to whom it looks alike.

    ``name`` and ``choices`` say what it is beside the view and the address's choices. What it says
    of the time is as exact as ``every``.
    """
    words, look = view.words, view.look
    written = (words.language, words.zone.key, words.own_zone, words.eastern)
    seen = (look.dark, look.mirrored, look.scale, view.screen.bare)
    kept = tuple(sorted(kept_query().items()))
    version = picture.built_at, view.now.timestamp() // every.total_seconds()
    return view.source.render_cache.get_or_build(
        (name, *choices, *written, *seen, kept), version, draw
    )
