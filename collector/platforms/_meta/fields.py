"""Which fields Meta's interfaces are asked for, and for which fewer where some are refused.

No I/O. Field expansion: developers.facebook.com/docs/graph-api/guides/field-expansion.
"""

import re
from collections.abc import Callable, Mapping, Sequence

from collector.contract.exchange import Exchange, Request, Response
from collector.platforms._meta.errors import GraphError, graph_error_of
from storage.model import Account

#: A list of fields is made shorter at most this often within one poll.
MOST_SHRINKINGS = 4


def _faults(response: Response) -> Sequence[GraphError]:
    fault = graph_error_of(response)
    return [fault] if fault else []


class FieldRefusals:
    """Asks for fields, and for fewer where some are refused; remembers by account which were.

    One refused field fails the whole call, and which are refused depends on the account's consent.
    """

    def __init__(self) -> None:
        self._refused: dict[str, set[str]] = {}

    def forget(self, account: Account) -> None:
        """Ask for everything again from now on: more may have been consented to."""
        self._refused.pop(account.key, None)

    def ask(
        self,
        account: Account,
        request_of: Callable[[Sequence[str]], Request],
        fields: Sequence[str],
        optional: Sequence[Sequence[str]] = (),
        *,
        faults_of: Callable[[Response], Sequence[GraphError]] = _faults,
    ) -> Exchange[Response]:
        """Return the answer to as many of ``fields`` as are answered.

        A field that the error names is left out. When it names none, the ``optional`` ones go,
        one group after the other. What is left over in the end may still be refused.
        """
        known, groups = self._refused.get(account.key, set()), list(optional)
        names = [name for name in fields if name not in known]
        response = yield request_of(names)
        for _ in range(MOST_SHRINKINGS):
            refusing = [fault for fault in faults_of(response) if fault.may_be_a_field]
            named = {name for name in names if any(_names(fault, name) for fault in refusing)}
            while refusing and groups and not named - {"id"}:
                named = set(groups.pop(0)) & set(names)
            if not named - {"id"}:
                break
            names = [name for name in names if name == "id" or name not in named]
            response = yield request_of(names)
        if not faults_of(response):
            self._refused.setdefault(account.key, set()).update(set(fields) - set(names))
        return response


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


def _names(fault: GraphError, field: str) -> bool:
    name = re.escape(field.rpartition(".")[2])
    return re.search(rf"(?<![a-z_]){name}(?![a-z_])", fault.message) is not None
