"""The dashboard's entry: `streamlit run dashboard/app.py`. Pages are the files of app_pages/."""

import sys
from pathlib import Path

import streamlit as st

here = Path(__file__).resolve().parent
if str(here.parent) not in sys.path:  # `streamlit run` by hand, from anywhere, without installing
    sys.path.insert(0, str(here.parent))

from dashboard.session import kiosk, layout, login_page  # noqa: E402 - found by the line above
from dashboard.session.context import build_context  # noqa: E402 - found by the line above
from storage.system.panics import panics_as_errors  # noqa: E402 - found by the line above

#: The pages in the order of the top line, each with the key of its title; hidden: reached by links.
TITLES = {
    "wall": "wall",
    "growth": "growth",
    "broadcasts": "broadcasts",
    "broadcast": "broadcasts",
    "editions": "editions",
    "forecast": "forecast",
    "health": "health",
    "method": "method",
}
HIDDEN = {"broadcast"}

st.set_page_config(
    page_title="LiveTally", page_icon=str(here / "static" / "favicon.png"), layout="wide"
)
waiting = layout.loading()
context = build_context()
waiting.empty()
pages = {
    key: st.Page(
        here / "app_pages" / f"{key}.py",
        title=context.words.say(f"app.{title}"),
        default=key == "wall",
        visibility="hidden" if key in HIDDEN else "visible",
    )
    for key, title in TITLES.items()
}
chosen = st.navigation(list(pages.values()), position="hidden")
st.set_page_config(page_title=f"{chosen.title} · LiveTally")
layout.apply_style(context)
login_page.require_login(context.words, chosen)
layout.top(context, {key: pages[key] for key in pages if key not in HIDDEN}, chosen)
with panics_as_errors():
    chosen.run()
layout.footer(context)
kiosk.rotate_pages(context, pages, chosen)
login_page.logout_button(context.words)
