"""Selectors whose choice stands in the address, so that a copied link shows the same."""

from collections.abc import Callable, Sequence

import streamlit as st

from dashboard.session.context import query_value


def choose_one(
    param: str,
    label: str,
    options: Sequence[str],
    option_text: Callable[[str], str],
    *,
    usual: str = "",
    chosen: str | None = None,
    key: str | None = None,
) -> str:
    """Show a row of buttons and return the chosen one; ``usual`` is left out of the address.

    ``chosen`` is what is shown first, else the address's choice, else ``usual``. ``key`` is the
    widget's, else it is made of ``param``.
    """
    wanted = query_value(param) or usual
    key = key or _key(param)
    return st.segmented_control(
        label,
        list(options),
        default=chosen or (wanted if wanted in options else usual),
        format_func=option_text,
        required=True,
        key=key,
        on_change=_remember,
        args=(param, key, usual),
    )


def choose_some(
    param: str, label: str, options: Sequence[str], option_text: Callable[[str], str]
) -> list[str]:
    """Show pills and return the chosen ones; none means all."""
    key = _key(param)
    wanted = [name for name in (query_value(param) or "").split(",") if name in options]
    return st.pills(
        label,
        list(options),
        selection_mode="multi",
        default=wanted or None,
        format_func=option_text,
        key=key,
        on_change=_remember,
        args=(param, key),
    )


def choose_from_list(
    param: str,
    label: str,
    options: Sequence[str],
    chosen: str,
    option_text: Callable[[str], str],
    *,
    width: int = 300,
    resets: Sequence[str] = (),
) -> str:
    """Show a select box with ``chosen`` in it and return its choice.

    A change takes the choices of the parameters ``resets`` out of the address.
    """
    key = _key(param)
    if st.session_state.get(key) not in options:
        st.session_state.pop(key, None)
    return st.selectbox(
        label,
        list(options),
        index=options.index(chosen),
        format_func=option_text,
        key=key,
        on_change=_remember,
        args=(param, key, "", resets),
        width=width,
    )


def text_field(param: str, label: str) -> str:
    """Show a line of text to look for, and return it."""
    key = _key(param)
    return st.text_input(
        label,
        value=query_value(param) or "",
        max_chars=80,
        key=key,
        on_change=_remember,
        args=(param, key),
        width=300,
    )


def toggle(param: str, label: str, *, on: bool, explanation: str) -> None:
    """Show a switch that leaves the address when it is off."""
    st.toggle(
        label, value=on, key=param, help=explanation, on_change=_remember, args=(param, param)
    )


def _key(param: str) -> str:
    return f"choose-{param}"


def _remember(param: str, key: str, usual: str = "", resets: Sequence[str] = ()) -> None:
    """Write a choice into the address, or take it out when it is the usual one."""
    value: str | bool | list[str] | None = st.session_state[key]
    if isinstance(value, bool):
        value = "1" if value else ""
    text = ",".join(value) if isinstance(value, list) else (value or "").strip()
    if text in {"", usual}:
        st.query_params.pop(param, None)
    else:
        st.query_params[param] = text
    for other in resets:
        st.query_params.pop(other, None)
        st.session_state.pop(_key(other), None)


def download_csv(
    label: str, content: bytes | Callable[[], bytes], file_name: str, *, key: str | None = None
) -> None:
    """Show a button that hands out a file; a function makes its content when it is asked for."""
    st.download_button(
        label, content, file_name=file_name, mime="text/csv", on_click="ignore", key=key
    )
