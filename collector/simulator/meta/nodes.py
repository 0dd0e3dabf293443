"""Meta's graph: nodes with fields and edges, and answers made of what is asked of them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias, cast

from collector.simulator.meta.fields import BadFields, RequestedField, parse_fields
from collector.simulator.wire.page_tokens import page_start, page_token
from collector.simulator.wire.templates import Templates

Params: TypeAlias = Mapping[str, str]
Body: TypeAlias = dict[str, Any]
Edges: TypeAlias = Mapping[str, Callable[[Params], "NodeEdge"]]

#: Graph writes instants with an offset without a colon.
BODIES = Templates(Path(__file__).with_name("bodies.yaml"), moment="%Y-%m-%dT%H:%M:%S+0000")
ERRORS = Templates(Path(__file__).with_name("errors.yaml"))
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
    edges: Edges = field(default_factory=dict[str, Callable[[Params], NodeEdge]])
    default_fields: Sequence[str]  # what an answer holds where no fields are named
    owner: str = ""  # the account whose limit a call on it counts for


def build_node(template: str, owner: str, edges: Edges | None = None, /, **fields: Any) -> Node:
    """Return the node of a template, with ``fields`` filled in."""
    return Node(**BODIES.fill(template, **fields), edges=edges or {}, owner=owner)


def total_edges(**totals: int | None) -> Edges:
    """Return edges of which the total alone is told."""

    def edge(total: int | None) -> Callable[[Params], NodeEdge]:
        return lambda _: NodeEdge(total=total)

    return {name: edge(total) for name, total in totals.items()}


def node_body(node: Node, params: Params) -> Body:
    """Return what a call on a node answers."""
    return _body(node, _requested(params))


def edge_body(node: Node, name: str, params: Params, address: str) -> Body:
    """Return what a call on an edge of a node answers, with its paging."""
    if name not in node.edges:
        raise ERRORS.error("unknown_path", name=name)
    edge = node.edges[name](params)
    return _page(edge, params, _requested(params), address)


def split_metrics(params: Params, default: str = "") -> list[str]:
    """Return the metrics that a call on insights asks for."""
    return [metric for metric in params.get("metric", default).split(",") if metric]


def insights(
    template: str, counts: Mapping[str, Any], metrics: Iterable[str], node_id: str
) -> NodeEdge:
    """Return the lifetime insights of a node: its ``counts`` of the ``metrics`` asked for."""
    entries = [
        BODIES.fill(
            template,
            metric=metric,
            words=metric.replace("_", " "),
            count=counts[metric],
            node_id=node_id,
        )
        for metric in metrics
    ]
    return NodeEdge(entries=entries)


def _requested(params: Params) -> list[RequestedField] | None:
    if not params.get("fields"):
        return None
    try:
        return parse_fields(params["fields"])
    except BadFields:
        raise ERRORS.error("bad_fields", fields=params["fields"]) from None


def _body(node: Node, requested: list[RequestedField] | None) -> Body:
    if requested is None:
        requested = [RequestedField(name, {}, None) for name in node.default_fields]
    values = {asked_for.name: _value(node, asked_for) for asked_for in requested}
    body = {name: value for name, value in values.items() if value is not None}
    return body | {"id": node.fields["id"]}


def _value(node: Node, requested: RequestedField) -> Any:
    name, modifiers = requested.name, requested.modifiers
    if name in node.edges:
        return _page(node.edges[name](modifiers), modifiers, requested.below, None)
    if name not in node.fields:
        raise ERRORS.error("unknown_field", name=name, kind=node.kind)
    value = node.fields[name]
    return (
        _entry(cast("Node | Body", value), requested.below)
        if isinstance(value, Node | dict)
        else value
    )


def _entry(entry: Node | Body, requested: list[RequestedField] | None) -> Body:
    if isinstance(entry, Node):
        return _body(entry, requested)
    names = list(entry) if requested is None else [below.name for below in requested]
    return {name: entry[name] for name in names if name in entry}


def _page(
    edge: NodeEdge, params: Params, requested: list[RequestedField] | None, address: str | None
) -> Body:
    limit, start = _limit(params), _start(params)
    page = edge.entries[start : start + limit]
    body: Body = {"data": [_entry(entry, requested) for entry in page]}
    if page:
        # Cursors stand on the last page too; only "next" says that there is more.
        cursors = {"before": _cursor(start), "after": _cursor(start + len(page))}
        paging: Body = {"cursors": cursors}
        if start + limit < len(edge.entries) and address is not None:
            paging["next"] = f"{address}&after={_cursor(start + limit)}"
        body["paging"] = paging
    summary = params.get("summary", "")
    if summary and summary != "false" and edge.total is not None:
        body["summary"] = {"total_count": edge.total}
    return body


def _limit(params: Params) -> int:
    limit = params.get("limit", str(_LIMIT))
    if not limit.isdecimal():
        raise ERRORS.error("bad_parameter", name="limit", expected="an integer")
    return min(int(limit), _MOST)


def _cursor(start: int) -> str:
    return page_token("cursor", start).rstrip("=")


def _start(params: Params) -> int:
    cursor = params.get("after")
    start = page_start("cursor", cursor) if cursor else 0
    if start is None:
        raise ERRORS.error("bad_parameter", name="after", expected="a cursor that was given out")
    return start
