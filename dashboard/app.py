"""The dashboard's entry: `streamlit run dashboard/app.py`. Pages are the files of app_pages/."""

import sys
from pathlib import Path

import streamlit as st

here = Path(__file__).resolve().parent
if str(here.parent) not in sys.path:  # `streamlit run` by hand, from anywhere, without installing
    sys.path.insert(0, str(here.parent))

from dashboard.session import kiosk, layout, login_page  # noqa: E402 - found by the line above
from dashboard.session.context import build_context  # noqa: E402  # as above

st.set_page_config(
    page_title="LiveTally", page_icon=str(here / "static" / "favicon.png"), layout="wide"
)
waiting = layout.loading()
view = build_context()
waiting.empty()
say = view.words.say
pages = {
    "wall": st.Page(here / "app_pages" / "wall.py", title=say("app.wall"), default=True),
    "growth": st.Page(here / "app_pages" / "growth.py", title=say("app.growth")),
    "broadcasts": st.Page(here / "app_pages" / "broadcasts.py", title=say("app.broadcasts")),
    "broadcast": st.Page(
        here / "app_pages" / "broadcast.py", title=say("app.broadcasts"), visibility="hidden"
    ),
    "editions": st.Page(here / "app_pages" / "editions.py", title=say("app.editions")),
    "forecast": st.Page(here / "app_pages" / "forecast.py", title=say("app.forecast")),
    "health": st.Page(here / "app_pages" / "health.py", title=say("app.health")),
    "method": st.Page(here / "app_pages" / "method.py", title=say("app.method")),
}
chosen = st.navigation(list(pages.values()), position="hidden")
st.set_page_config(page_title=f"{chosen.title} · LiveTally")
layout.apply_style(view)
login_page.require_login(view.words, chosen)
shown = {key: page for key, page in pages.items() if page.visibility == "visible"}
layout.top(view, shown, chosen)
chosen.run()
layout.footer(view)
kiosk.rotate_pages(view, pages, chosen)
login_page.way_out(view.words)
