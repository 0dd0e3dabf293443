"""Selectors whose choice stands in the address, so that a copied link shows the same."""

from collections.abc import Callable, Sequence

import streamlit as st

from dashboard.session.context import query_value


def one_of(
    param: str, label: str, options: Sequence[str], shown: Callable[[str], str], *, usual: str
) -> str:
    """A row of buttons, one of which is chosen; the ``usual`` one is left out of the address."""
    key, wanted = _key(param), query_value(param)
    start = wanted if wanted is not None and wanted in options else usual
    return st.segmented_control(
        label,
        list(options),
        default=start,
        format_func=shown,
        required=True,
        key=key,
        on_change=_remember,
        args=(param, key, usual),
    )


def some_of(
    param: str, label: str, options: Sequence[str], shown: Callable[[str], str]
) -> list[str]:
    """Pills of which any may be chosen; none means all."""
    key = _key(param)
    wanted = [one for one in (query_value(param) or "").split(",") if one in options]
    return st.pills(
        label,
        list(options),
        selection_mode="multi",
        default=wanted or None,
        format_func=shown,
        key=key,
        on_change=_remember,
        args=(param, key, ""),
    )


def from_list(
    param: str, label: str, options: Sequence[str], chosen: str, shown: Callable[[str], str]
) -> str:
    """A select box; ``chosen`` is what it shows."""
    key = _key(param)
    if st.session_state.get(key) not in options:
        st.session_state.pop(key, None)
    return st.selectbox(
        label,
        list(options),
        index=options.index(chosen),
        format_func=shown,
        key=key,
        on_change=_remember,
        args=(param, key, ""),
        width=300,
    )


def text_field(param: str, label: str) -> str:
    """A line of text to look for."""
    key = _key(param)
    return st.text_input(
        label,
        value=query_value(param) or "",
        max_chars=80,
        key=key,
        on_change=_remember,
        args=(param, key, ""),
        width=300,
    )


def toggle(param: str, label: str, *, on: bool, told: str) -> None:
    """A switch that leaves the address when it is off; ``told`` explains it."""
    st.toggle(
        label,
        value=on,
        key=param,
        help=told,
        on_change=_switch,
        args=(param,),
    )


def _key(param: str) -> str:
    return f"pick-{param}"


def _remember(param: str, key: str, usual: str) -> None:
    value: str | list[str] | None = st.session_state[key]
    text = ",".join(value) if isinstance(value, list) else (value or "").strip()
    if text in {"", usual}:
        st.query_params.pop(param, None)
    else:
        st.query_params[param] = text


def _switch(param: str) -> None:
    if st.session_state[param]:
        st.query_params[param] = "1"
    else:
        st.query_params.pop(param, None)
