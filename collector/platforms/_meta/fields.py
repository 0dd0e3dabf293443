"""How much Meta's interfaces are asked for, and how they are asked for less where that is refused.

No I/O. Field expansion: developers.facebook.com/docs/graph-api/guides/field-expansion.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from collector.contract.errors import PlatformError
from collector.contract.exchange import Exchange, Request, Response
from collector.platforms._meta.errors import GraphError, graph_error_of
from storage.model import Account

#: A list of fields is made shorter at most this often within one poll.
MOST_SHRINKINGS = 4
#: What follows names what is offered, and not what is refused.
_OFFER = re.compile(r"must be one of|valid values are", re.IGNORECASE)
_INDEX = re.compile(r"metric\[(\d+)\]")

Groups = Sequence[Sequence[str]]


@dataclass(kw_only=True)
class Refusals:
    """What was refused to one account, by the target that was asked for; ``None`` stands for all."""

    fields: dict[str | None, set[str]] = field(default_factory=dict[str | None, set[str]])
    #: What made an answer too large, and how many items fit into one: these do not depend on consent.
    too_large: dict[str | None, set[str]] = field(default_factory=dict[str | None, set[str]])
    fitting: dict[str, int] = field(default_factory=dict[str, int])


class RequestSizes:
    """Asks for fields and items, and for less where one field fails the call or the answer is too large.

    A refusal is remembered of the target that was asked for (a list, a single object); one for want
    of consent, of the whole account. ``metrics`` are told from fields: they stand or fall together
    with the consent, and an error may name them by their place.
    """

    def __init__(self, *, metrics: bool = False) -> None:
        self.metrics = metrics
        self._by_account: dict[str, Refusals] = {}

    def forget(self, account: Account) -> None:
        """Ask for every field again from now on: more may have been consented to."""
        self._refusals_of(account).fields.clear()

    def ask(
        self,
        account: Account,
        target: str,
        request_of: Callable[[Sequence[str], int], Request],
        fields: Sequence[str],
        optional: Groups = (),
        *,
        limit: int = 1,
    ) -> Exchange[Response]:
        """Return the answer to as many of ``fields`` and, up to ``limit``, items as are answered.

        Where an answer would be too large half the items are asked for, and less of them, then fewer
        fields. A field that an error names is left out. When it names none, the ``optional`` ones go,
        one group after the other. What is left over in the end may still be refused.
        """
        known = self._refusals_of(account)
        limit = min(limit, known.fitting.get(target, limit))
        narrowing = _Narrowing(known, target, fields, optional, metrics=self.metrics)
        response = yield request_of(narrowing.names, limit)
        while True:
            fault = graph_error_of(response)
            if fault and fault.wants_less and limit > 1:
                limit = known.fitting[target] = limit // 2
            elif not narrowing.narrows(fault):
                return response
            response = yield request_of(narrowing.names, limit)

    def ask_each(
        self,
        account: Account,
        targets: Sequence[str],
        batch_of: Callable[[Mapping[str, Sequence[str]]], Request],
        fields: Sequence[str],
        *,
        optional: Groups,
        parts_in: Callable[[Response, int], Sequence[Response | None]],
    ) -> Exchange[dict[str, Response | PlatformError | None]]:
        """Return the answer to each of ``targets``, asked for together, ``None`` for one that timed out.

        Those that refuse a field are asked for once more, without it. Once some have answered a
        batch that fails as a whole is the error of each that is left.
        """
        known = self._refusals_of(account)
        narrowings = {
            target: _Narrowing(known, target, fields, optional, metrics=self.metrics)
            for target in targets
        }
        answers: dict[str, Response | PlatformError | None] = {}
        waiting, size = list(targets), known.fitting.get("", len(targets))
        while waiting:
            batch, waiting = waiting[:size], waiting[size:]
            try:
                response = yield batch_of({target: narrowings[target].names for target in batch})
                fault = graph_error_of(response)
                if fault and fault.wants_less and len(batch) > 1:
                    size = known.fitting[""] = len(batch) // 2
                    waiting = batch + waiting
                    continue
                parts = parts_in(response, len(batch))
            except PlatformError as error:
                if not answers:
                    raise
                return answers | dict.fromkeys([*batch, *waiting], error)
            answers |= zip(batch, parts, strict=True)
            faults = {
                target: graph_error_of(part)
                for target, part in zip(batch, parts, strict=True)
                if part
            }
            if any(
                fault and (fault.limits_rate or fault.refuses_token) for fault in faults.values()
            ):
                continue  # nothing is asked twice of who wants to be asked less
            waiting += [
                target
                for target, fault in faults.items()
                if narrowings[target].narrows(fault, of_one=True)
            ]
        return answers

    def _refusals_of(self, account: Account) -> Refusals:
        return self._by_account.setdefault(account.key, Refusals())


class _Narrowing:
    """The fields that a target is asked for: fewer with each error that refuses some."""

    def __init__(
        self,
        known: Refusals,
        target: str,
        fields: Sequence[str],
        optional: Groups,
        *,
        metrics: bool,
    ) -> None:
        self._known, self._target, self._metrics = known, target, metrics
        self._groups = list(optional)
        self._dropped: list[tuple[GraphError, set[str]]] = []
        refused = (
            memory.get(key, set())
            for memory in (known.fields, known.too_large)
            for key in (None, target)
        )
        unwanted = set[str]().union(*refused)
        self.names = [name for name in fields if name not in unwanted]

    def narrows(self, fault: GraphError | None, *, of_one: bool = False) -> bool:
        """Leave out what the fault refuses; return whether it is worth asking again.

        Without a fault what was left out before is remembered. A permission that is missing for
        a part ``of_one`` target is no field's.
        """
        if fault is None:
            self._remember()
            return False
        if len(self._dropped) == MOST_SHRINKINGS or not self._may_be_narrower(fault, of_one=of_one):
            return False
        dropped = set[str]() if fault.wants_less else self._named_in(fault)
        while self._groups and not dropped:
            dropped = set(self._groups.pop(0)) & set(self.names)
        if not dropped:
            return False
        self._dropped.append((fault, dropped))
        self.names = [name for name in self.names if name not in dropped]
        return True

    def _may_be_narrower(self, fault: GraphError, *, of_one: bool) -> bool:
        if fault.wants_less:
            return True
        if fault.refuses_account and (of_one or self._metrics):
            return False
        return fault.may_be_a_field

    def _named_in(self, fault: GraphError) -> set[str]:
        """Return the fields that a fault names; marked ones alone, if some are, for many are words."""
        words = _OFFER.split(fault.message)[0]
        if self._metrics:
            places = [int(place) for place in _INDEX.findall(words)]
            if by_place := {self.names[place] for place in places if place < len(self.names)}:
                return by_place
        names = {name: re.escape(name.rpartition(".")[2]) for name in self.names if name != "id"}
        for shape in (r"""['"`(\[]{}['"`)\]]|:\s*{}(?![\w-])""", "(?<![a-z_]){}(?![a-z_])"):
            named = {
                name
                for name, pattern in names.items()
                if re.search(shape.replace("{}", pattern), words)
            }
            if named:
                return named
        return set()

    def _remember(self) -> None:
        for fault, names in self._dropped:
            memory = self._known.too_large if fault.wants_less else self._known.fields
            target = None if fault.refuses_account else self._target
            memory.setdefault(target, set()).update(names)


def render_fields(fields: Sequence[str], edges: Mapping[str, str]) -> str:
    """Write fields as the ``fields`` parameter has them: ``video.length`` becomes ``video{length}``.

    ``edges`` says how those are written that are lists of their own.
    """
    nested: dict[str, list[str]] = {}
    for name in fields:
        head, _, inner = name.partition(".")
        nested.setdefault(head, []).extend([edges.get(inner, inner)] if inner else [])
    return ",".join(
        f"{head}{{{','.join(inner)}}}" if inner else edges.get(head, head)
        for head, inner in nested.items()
    )
