"""Links of the chain and heads of it; what a walk along them finds. Pure."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import fields as dataclass_fields
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from operator import attrgetter
from typing import Any

from storage.chain.parts import FORMAT

#: The kind and the key of a part.
PartName = tuple[str, str]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Head:
    """A hash that covers its tick and all before; ``public_key`` is whose ``signature`` it has, if any."""

    tick: int
    recorded_at: datetime
    hash: str
    public_key: str | None = None
    signature: str | None = None

    def fields(self) -> dict[str, object]:
        """Return it as JSON has it."""
        at = self.recorded_at.isoformat(timespec="microseconds")
        return {**{name: getattr(self, name) for name in _HEAD}, "recorded_at": at}

    def statement(self) -> bytes:
        """Return what is signed."""
        at = (self.recorded_at - _EPOCH) // _MICROSECOND
        return f"livetally head {FORMAT}\n{self.tick}\n{at}\n{self.hash}\n".encode()

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> "Head":
        """Read :meth:`fields`.

        Raises:
            KeyError, TypeError, ValueError: it is none.
        """
        return cls(
            tick=int(fields["tick"]),
            recorded_at=datetime.fromisoformat(fields["recorded_at"]).astimezone(UTC),
            hash=_hexadecimal(fields["hash"]),
            public_key=_hexadecimal(key) if (key := fields["public_key"]) else None,
            signature=_hexadecimal(signed) if (signed := fields["signature"]) else None,
        )


_HEAD = tuple(field.name for field in dataclass_fields(Head))


def _hexadecimal(text: str) -> str:
    bytes.fromhex(text)
    return text


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """A tick in the chain: ``body`` is the hash of its parts, ``hash`` that of it and of the link before."""

    tick: int
    recorded_at: datetime
    body: str
    hash: str

    @property
    def head(self) -> Head:
        """It as a head."""
        return Head(tick=self.tick, recorded_at=self.recorded_at, hash=self.hash)


@dataclass(frozen=True, kw_only=True, slots=True)
class Superseded:
    """A part of an earlier tick that ``tick`` changed on purpose: new facts, or a purge.

    ``digest`` is what the part had, ``remains`` what is left of it (``None``: nothing).
    """

    tick: int
    of_tick: int
    kind: str
    key: str
    digest: str
    remains: str | None


def body_of(digests: Iterable[str]) -> str:
    """Return the hash of a tick's parts, in whatever order they come."""
    lines = "".join(f"{digest}\n" for digest in sorted(digests))
    return hashlib.sha256(lines.encode()).hexdigest()


def next_link(previous: str | None, tick: int, recorded_at: datetime, body: str) -> Link:
    """Return the link that follows ``previous``, which is ``None`` at the beginning."""
    at = (recorded_at - _EPOCH) // _MICROSECOND
    text = f"livetally chain {FORMAT}\n{previous or ''}\n{tick}\n{at}\n{body}\n"
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Link(tick=tick, recorded_at=recorded_at, body=body, hash=digest)


def broken_links(links: Iterable[Link], *, begins_after: str | None = None) -> Iterator[str]:
    """Say where links, oldest first, do not follow from each other; ``begins_after`` is the hash before them.

    After one that does not, those behind it are compared with what it says itself.
    """
    previous: Link | None = None
    before = begins_after
    for link in links:
        if previous and link.tick != previous.tick + 1:
            yield f"{where(link)}: the tick before it in the chain is {previous.tick}"
        if next_link(before, link.tick, link.recorded_at, link.body).hash != link.hash:
            yield f"{where(link)}: its hash does not follow from the tick before"
        previous, before = link, link.hash


def changes_by_part(
    superseded: Iterable[Superseded],
) -> dict[int, dict[PartName, list[Superseded]]]:
    """Return the changes of each part of each tick that was changed, in their order."""
    changes: dict[int, dict[PartName, list[Superseded]]] = {}
    for change in sorted(superseded, key=attrgetter("tick")):
        of_part = changes.setdefault(change.of_tick, {})
        of_part.setdefault((change.kind, change.key), []).append(change)
    return changes


def parts_as_recorded(
    there: Mapping[PartName, str], changes: Mapping[PartName, Sequence[Superseded]]
) -> dict[PartName, str]:
    """Return the digests of a tick's parts as they were before its ``changes``."""
    return {**there, **{part: steps[0].digest for part, steps in changes.items()}}


def altered_bodies(
    links: Iterable[Link],
    parts: Mapping[int, Mapping[PartName, str]],
    superseded: Iterable[Superseded],
) -> Iterator[str]:
    """Compare what is there with what was recorded; ``parts`` are the digests there are, by tick."""
    changes = changes_by_part(superseded)
    linked: set[int] = set()
    for link in links:
        linked.add(link.tick)
        there, of_tick = parts.get(link.tick, {}), changes.get(link.tick, {})
        for part, steps in of_tick.items():
            name = f"{where(link)}: {part[0]} of {part[1]}"
            for earlier, later in pairwise(steps):
                if earlier.remains != later.digest:
                    yield f"{name} was changed between tick {earlier.tick} and {later.tick}"
            if there.get(part) != steps[-1].remains:
                yield f"{name} is not what tick {steps[-1].tick} left of it"
        if body_of(parts_as_recorded(there, of_tick).values()) != link.body:
            yield f"{where(link)}: its rows are not those that were recorded"
    for tick in sorted((parts.keys() | changes.keys()) - linked):
        yield f"tick {tick}: there are rows of it, and the chain has none"


def where(head: Head | Link) -> str:
    """Name a tick with its time."""
    return f"tick {head.tick} of {head.recorded_at:%Y-%m-%d %H:%M:%S} UTC"
