"""Meta's graph: nodes with fields and edges, and how an answer is made of what is wanted of them."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeAlias, cast

from collector.simulator.meta import errors
from collector.simulator.meta.fields import BadFields, RequestedField, parse_fields

Params: TypeAlias = Mapping[str, str]
Body: TypeAlias = dict[str, Any]

_LIMIT = 25
_MOST = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class NodeEdge:
    """What hangs on a node: other nodes, or entries that are no nodes; ``total`` for a summary."""

    entries: "Sequence[Node | Body]" = ()
    total: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Node:
    """A thing with an id; a field that is ``None`` exists and is left out of answers."""

    kind: str
    fields: Mapping[str, Any]
    edges: Mapping[str, Callable[[Params], NodeEdge]] = field(
        default_factory=dict[str, Callable[[Params], NodeEdge]]
    )
    unsaid: Sequence[str] = ("id",)  # what an answer holds where no fields are named
    owner: str = ""  # the account whose limit a call on it counts for


def node_body(node: Node, params: Params) -> Body:
    """Return what a call on a node answers."""
    return _body(node, _wanted(params))


def edge_body(node: Node, name: str, params: Params, address: str) -> Body:
    """Return what a call on an edge of a node answers, with its paging."""
    if name not in node.edges:
        raise errors.unknown_path(name)
    edge = node.edges[name](params)
    return _page(edge, params, _wanted(params), address)


def moment(at: datetime | None) -> str | None:
    """Return ``at`` as Graph writes it: with an offset without a colon."""
    return None if at is None else at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


def _wanted(params: Params) -> list[RequestedField] | None:
    if not params.get("fields"):
        return None
    try:
        return parse_fields(params["fields"])
    except BadFields:
        raise errors.bad_fields(params["fields"]) from None


def _body(node: Node, wanted: list[RequestedField] | None) -> Body:
    asked = [RequestedField(name, {}, None) for name in node.unsaid] if wanted is None else wanted
    body: Body = {}
    for one in asked:
        value = _value(node, one)
        if value is not None:
            body[one.name] = value
    return body | {"id": node.fields["id"]}


def _value(node: Node, one: RequestedField) -> Any:
    if one.name in node.edges:
        return _page(node.edges[one.name](one.modifiers), one.modifiers, one.below, None)
    if one.name not in node.fields:
        raise errors.unknown_field(one.name, node.kind)
    value = node.fields[one.name]
    if isinstance(value, Node):
        return _body(value, one.below)
    return _entry(cast("Body", value), one.below) if isinstance(value, dict) else value


def _entry(one: Node | Body, wanted: list[RequestedField] | None) -> Body:
    if isinstance(one, Node):
        return _body(one, wanted)
    names = list(one) if wanted is None else [below.name for below in wanted]
    return {name: one[name] for name in names if name in one}


def _page(
    edge: NodeEdge, params: Params, wanted: list[RequestedField] | None, address: str | None
) -> Body:
    limit, start = _limit(params), _start(params)
    shown = edge.entries[start : start + limit]
    body: Body = {"data": [_entry(one, wanted) for one in shown]}
    if shown:
        # Cursors stand on the last page too; only "next" says that there is more.
        cursors = {"before": _cursor(start), "after": _cursor(start + len(shown))}
        paging: Body = {"cursors": cursors}
        if start + limit < len(edge.entries) and address is not None:
            paging["next"] = f"{address}&after={_cursor(start + limit)}"
        body["paging"] = paging
    summary = params.get("summary", "")
    if summary and summary != "false" and edge.total is not None:
        body["summary"] = {"total_count": edge.total}
    return body


def _limit(params: Params) -> int:
    given = params.get("limit", str(_LIMIT))
    if not given.isdecimal():
        raise errors.bad_parameter("limit", "an integer")
    return min(int(given), _MOST)


def _cursor(start: int) -> str:
    return urlsafe_b64encode(f"cursor:{start}".encode()).decode().rstrip("=")


def _start(params: Params) -> int:
    if not params.get("after"):
        return 0
    given = params["after"]
    try:
        prefix, start = urlsafe_b64decode(given + "=" * (-len(given) % 4)).decode().split(":")
        if prefix == "cursor":
            return int(start)
    except ValueError:
        pass
    raise errors.bad_parameter("after", "a cursor that was given out")
