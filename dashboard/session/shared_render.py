"""What one viewer's run rendered, handed on to everyone to whom it looks alike."""

from collections.abc import Callable, Hashable
from datetime import timedelta

from dashboard.session.context import Built, RequestContext, carried_query
from dashboard.view_model.root import DashboardModel

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


def shared(
    context: RequestContext,
    model: DashboardModel,
    render: Callable[[], Built],
    name: str,
    *choices: Hashable,
    every: timedelta,
) -> Built:
    """Return what ``render`` makes, rendered once for all to whom it looks alike.

    ``name`` and ``choices`` say what it is beside the context and the address's choices. What it
    says of the time is as exact as ``every``.
    """
    words, theme = context.words, context.theme
    wording = (words.language, words.zone.key, words.own_zone, words.eastern)
    look = (theme.dark, theme.mirrored, theme.scale, context.display.bare)
    query = tuple(sorted(carried_query().items()))
    version = model.built_at, context.now.timestamp() // every.total_seconds()
    key = (name, *choices, *wording, *look, query)
    return context.refresher.render_cache.get_or_build(key, version, render)
