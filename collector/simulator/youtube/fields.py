"""Google's ``fields`` parameter: which parts of an answer are selected.

``items(id,snippet(title,channelId)),nextPageToken`` or ``items/snippet/title``; ``*`` is all.
"""

import re
from typing import Any, TypeAlias, cast

#: Selected names with what is selected below them; nothing below means everything below.
Selection: TypeAlias = dict[str, "Selection"]

_TOKEN = re.compile(r"\s*([A-Za-z0-9_*]+|[(),/])")


class BadSelector(Exception):
    """The selector is not well formed; the platform answers 400 ``invalidParameter``."""


def parse_selector(text: str) -> Selection:
    """Return the selection that ``text`` describes; raises :class:`BadSelector`."""
    tokens = _TOKEN.findall(text)
    if "".join(tokens) != re.sub(r"\s", "", text):
        raise BadSelector(text)
    selection = _selection(tokens)
    if tokens:
        raise BadSelector(text)
    return selection


def select(answer: Any, selection: Selection) -> Any:
    """Return only what is selected of ``answer``; lists are selected from element by element."""
    if not selection or "*" in selection:
        return answer
    if isinstance(answer, list):
        return [select(element, selection) for element in cast("list[Any]", answer)]
    if not isinstance(answer, dict):
        return answer
    named = cast("dict[str, Any]", answer).items()
    # The answer's own order, as Google keeps it.
    return {name: select(value, selection[name]) for name, value in named if name in selection}


def _selection(tokens: list[str]) -> Selection:
    selection: Selection = {}
    while tokens and tokens[0] != ")":
        name = tokens.pop(0)
        if name in "(,/":
            raise BadSelector(name)
        selection[name] = _subselection(tokens)
        if not tokens or tokens[0] == ")":
            break
        if tokens.pop(0) != ",":
            raise BadSelector(name)
    if not selection:
        raise BadSelector("nothing selected")
    return selection


def _subselection(tokens: list[str]) -> Selection:
    if tokens[:1] == ["/"]:
        tokens.pop(0)
        if not tokens or tokens[0] in "(),/":
            raise BadSelector("/")
        name = tokens.pop(0)
        return {name: _subselection(tokens)}
    if tokens[:1] != ["("]:
        return {}
    tokens.pop(0)
    below = _selection(tokens)
    if tokens[:1] != [")"]:
        raise BadSelector("(")
    tokens.pop(0)
    return below
