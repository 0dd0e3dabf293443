"""What surrounds every page: the top line, the banners that tell the truth, and the footer."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.navigation.page import StreamlitPage

from dashboard.i18n.markup import attribute, bdi, phrase, plural
from dashboard.i18n.words import LANGUAGES, OWN_NAMES, Words, words
from dashboard.session import controls, data_quality, preferences
from dashboard.session.context import PAUSE, RequestContext, current_refresher, kept_query, language
from dashboard.session.style import document_script, style_sheet
from dashboard.view_model.root import DashboardModel
from storage.read_model.reader import DEAD_AFTER_SECONDS, READ_MODEL_VERSION, Loss, WriteFailure

DEAD_AFTER = timedelta(seconds=DEAD_AFTER_SECONDS)


def html(body: str) -> None:
    """Put HTML of ours on the page, under our style."""
    st.html(f'<div class="lt">{body}</div>')


def title(words: Words, key: str) -> None:
    """The page's name, as its heading."""
    html(f'<h1 class="lt-title">{phrase(words, key)}</h1>')


def apply_style(view: RequestContext) -> None:
    """Give the page its style, language and direction, and tell the browser what it has to do."""
    words, screen = view.words, view.screen
    st.html(style_sheet(dark=view.dark, rtl=words.rtl))
    told = {
        "lang": words.language,
        "dir": "rtl" if words.rtl else "ltr",
        "digits": "arab" if words.eastern else "latn",
        "offset": words.offset(view.now).total_seconds(),
        "theme": screen.theme,
        "shown": "dark" if view.dark else "light",
        "kiosk": screen.kiosk,
        "bare": screen.bare,
        "words": {key: words.say(f"page.{key}") for key in ("skip", "copy", "copied")}
        | {"lost": words.template("page.lost")},
    }
    st.html(document_script(told), unsafe_allow_javascript=True)


def loading() -> DeltaGenerator:
    """What stands here until the first picture is built, of the page's own size; empty it then."""
    place = st.empty()
    if not current_refresher().built.is_set():
        dark = st.context.theme.type == "dark"
        tiles = '<i class="tile"></i>' * 5
        place.html(
            f"{style_sheet(dark=dark, rtl=False)}"
            f'<div class="lt lt-skeleton" role="status" aria-label="{attribute(words(language()).say("page.loading"))}">'
            f'<i class="line"></i><i class="figure"></i><i class="bar"></i><div class="lt-tiles">{tiles}</div>'
            '<i class="chart"></i></div>'
        )
    return place


def top(view: RequestContext, pages: Mapping[str, StreamlitPage], here: StreamlitPage) -> None:
    """The name, the pages, the languages, the choices and the pause; on a wall nothing of it."""
    if view.screen.bare:
        return
    words = view.words
    with st.container(key="top", horizontal=True, vertical_alignment="center", gap="small"):
        programme = view.picture.origin.programme.names if view.picture else None
        event = f"<span>{bdi(getattr(programme, words.language))}</span>" if programme else ""
        st.html(
            f'<div class="lt lt-brand"><b>{words.say("app.name")}</b>{event}</div>', width="content"
        )
        with st.container(key="pages", horizontal=True, gap="xsmall", width="content"):
            for key, page in pages.items():
                st.page_link(page, label=words.say(f"app.{key}"), query_params=kept_query())
        with st.container(
            key="languages",
            horizontal=True,
            vertical_alignment="center",
            gap="xsmall",
            width="content",
        ):
            for code in LANGUAGES:
                if code != language():
                    query = {**st.query_params, "lang": code}
                    st.page_link(here, label=OWN_NAMES[code], query_params=query)
            preferences.popover(view, here)
        controls.toggle(
            PAUSE, words.say("app.pause"), on=view.screen.paused, told=words.say("app.pause_help")
        )


def banners(view: RequestContext) -> None:
    """Say what is not as it seems: simulated, collector dead, page not refreshed, numbers flawed."""
    parts = ribbon(view) + "".join(warnings(view))
    if not view.screen.bare:  # a wall has its tiles and its chart
        parts += data_quality.line(view, dead=silent_since(view) is not None)
    if parts:
        html(parts)


def ribbon(view: RequestContext) -> str:
    """The mark on every page of a simulation."""
    if view.picture is None or not view.picture.origin.simulated:
        return ""
    words = view.words
    return (
        f'<p class="lt-ribbon"><b>{phrase(words, "app.simulated")}</b> '
        f"<span>{phrase(words, 'app.simulated_why')}</span></p>"
    )


def warnings(view: RequestContext) -> list[str]:
    """The banners, gravest first; empty when all is well."""
    words, picture, now = view.words, view.picture, view.now
    if picture is None:
        return []
    found: list[str] = []
    silence = silent_since(view)
    if silence is not None:
        age = words.age((now - silence).total_seconds())
        found.append(
            _banner(phrase(words, "banner.dead", age=age), phrase(words, "banner.dead_do"))
        )
    elif view.current.heartbeat_at is None:
        at = words.moment(picture.origin.published_at, now)
        found.append(
            _banner(phrase(words, "banner.never_alive", at=at), phrase(words, "banner.dead_do"))
        )
    if picture.origin.refusal is not None:
        found.append(_refused(words, picture.origin.refusal))
    if picture.origin.loss is not None:
        found.append(_lost(words, picture.origin.loss))
    if view.current.other_version is not None:
        at = words.moment(picture.built_at, now)
        found.append(
            _banner(f"{_unreadable(view)} {phrase(words, 'unreadable.kept', at=at)}", _remedy(view))
        )
    elif view.current.failed_since is not None:
        at = words.moment(picture.built_at, now)
        found.append(_banner(phrase(words, "banner.trouble", at=at), tone=" warn"))
    if picture.unmatched_live:
        found.append(
            _banner(plural(words, "banner.unmatched", picture.unmatched_live), tone=" warn")
        )
    if view.screen.paused:
        at = words.moment(picture.built_at, now)
        found.append(_banner(phrase(words, "app.paused", at=at), tone=" warn"))
    return found


def _refused(words: Words, refusal: WriteFailure) -> str:
    """That the collector goes on, and its disk does not keep up."""
    text = phrase(words, "banner.refused", since=words.full(refusal.since))
    rows, dropped = words.number(refusal.rows), words.number(refusal.dropped)
    return _banner(text, phrase(words, "banner.refused_do", rows=rows, dropped=dropped))


def _lost(words: Words, loss: Loss) -> str:
    """That the database was damaged, and what may be missing since."""
    until = words.full(loss.until)
    if loss.since is None:
        text = phrase(words, "banner.lost_all", until=until)
    else:
        text = phrase(words, "banner.lost", since=words.full(loss.since), until=until)
    advice = phrase(words, "banner.lost_do")
    return _banner(text, f'{advice} <code dir="ltr">quarantine/{bdi(loss.quarantine)}</code>')


def silent_since(view: RequestContext) -> datetime | None:
    """When the collector last showed life, if that is too long ago; None while it lives."""
    beat = view.current.heartbeat_at
    return beat if beat is not None and view.now - beat > DEAD_AFTER else None


def _banner(text: str, advice: str = "", *, tone: str = "") -> str:
    more = f"<small>{advice}</small>" if advice else ""
    return f'<div class="lt-banner{tone}" role="status">{text}{more}</div>'


def footer(view: RequestContext) -> None:
    """Where the numbers come from and which clock they follow."""
    if view.picture is not None:
        html(footnote(view.picture, view.words, view.now, brief=view.screen.bare))


def footnote(picture: DashboardModel, words: Words, now: datetime, *, brief: bool = False) -> str:
    """The footer as HTML; ``brief`` is what may be missing nowhere."""
    origin = picture.origin
    lines = [
        phrase(words, "app.footer_definitions"),
        phrase(words, "app.footer_zone", zone=words.zone_name(now)),
        phrase(
            words,
            "app.footer_version",
            product=f"{words.say('app.name')} {origin.version}",
            generation=words.number(origin.generation),
            at=words.full(origin.published_at),
        ),
    ]
    kept = lines[:2] if brief else lines
    return '<footer class="lt-foot">' + "".join(f"<p>{line}</p>" for line in kept) + "</footer>"


def _unreadable(view: RequestContext) -> str:
    """That what is published is of another version, which one, and which one we read."""
    found, read = str(view.current.other_version), str(READ_MODEL_VERSION)
    return phrase(view.words, "unreadable.what", found=found, read=read)


def _remedy(view: RequestContext) -> str:
    return (
        f'{phrase(view.words, "unreadable.do")} <code dir="ltr">livetally storage republish</code>'
    )


def unreadable(view: RequestContext) -> None:
    """The page when what is published is of another version and there is no earlier picture."""
    words = view.words
    html(
        f'<section class="lt-empty"><h1 style="font-size:1.5rem">{phrase(words, "unreadable.title")}</h1>'
        f'<p>{_unreadable(view)}<br><code dir="ltr">{bdi(str(view.source.folder), ltr=True)}</code></p>'
        f'<p>{_remedy(view)}</p><p class="muted">{phrase(words, "unreadable.wait")}</p></section>'
    )


def nothing_published(view: RequestContext) -> None:
    """The page before anything was published: what to run."""
    if view.current.other_version is not None:
        unreadable(view)
        return
    words = view.words
    html(
        f'<section class="lt-empty"><h1 style="font-size:1.5rem">{phrase(words, "empty.title")}</h1>'
        f'<p>{phrase(words, "empty.what")}<br><code dir="ltr">{bdi(str(view.source.folder), ltr=True)}</code></p>'
        f'<p>{phrase(words, "empty.run_demo")} <code dir="ltr">livetally demo</code></p>'
        f'<p>{phrase(words, "empty.run_real")} <code dir="ltr">livetally up</code></p>'
        f'<p class="muted">{phrase(words, "empty.wait")}</p></section>'
    )


def no_editions(view: RequestContext) -> None:
    """The page when the configuration names no edition."""
    words = view.words
    html(
        f'<section class="lt-empty"><h2>{phrase(words, "empty.no_editions")}</h2>'
        f"<p>{phrase(words, 'empty.no_editions_what')}</p></section>"
    )
