"""Heads of the chain as HTML: what others keep, to see later that nothing recorded was rewritten. Pure."""

from collections.abc import Sequence

from dashboard.components.table import definition_list, muted, section
from dashboard.i18n.markup import bdi, phrase
from dashboard.i18n.words import Words
from storage.chain.links import Head


def head_lines(heads: Sequence[Head], words: Words) -> list[str]:
    """Return the newest head, and whose signature it has, as lines; none where there is no head."""
    if not heads:
        return []
    newest = heads[-1]
    at = words.full(newest.recorded_at)
    lines = [f"{phrase(words, 'chain.head', at=at)} {_code(f'{newest.tick}:{newest.hash}')}"]
    if newest.public_key:
        lines.append(f"{phrase(words, 'chain.key')} {_code(newest.public_key)}")
    return lines


def heads_section(heads: Sequence[Head], words: Words) -> str:
    """Return the heads at the end of the last days, and what they prove."""
    if not heads:
        return ""
    days = [
        (bdi(words.date(head.recorded_at.date())), _code(f"{head.tick}:{head.hash}"))
        for head in reversed(heads)
    ]
    key = heads[-1].public_key
    signer = (
        f"{phrase(words, 'chain.key')} {_code(key)}" if key else phrase(words, "chain.unsigned")
    )
    return section(
        phrase(words, "chain.title"),
        muted(phrase(words, "chain.proves")),
        muted(phrase(words, "chain.proves_not")),
        definition_list(days),
        muted(signer),
    )


def _code(text: str) -> str:
    return f'<code dir="ltr">{text}</code>'
