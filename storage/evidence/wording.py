"""Wording of the claim in Arabic, French and English. Digits are Latin in all three."""

import tomllib
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from babel.numbers import format_decimal, format_percent

from storage.evidence.texts import numbers

LANGUAGES = ("ar", "fr", "en")
COMMAND = "livetally storage evidence --check FILE"

#: Moroccan month names in Arabic; the rest of the formats are the language's own.
_DATE_LOCALES = {"en": "en_GB", "fr": "fr", "ar": "ar_MA"}
_PATTERNS = {"en": "d MMMM y, HH:mm", "fr": "d MMMM y 'à' HH:mm", "ar": "d MMMM y، HH:mm"}
_FILE = Path(__file__).with_name("words.toml")
#: Marks that turn the direction of what follows them.
_TURNS = frozenset(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A))))
_ISOLATE, _END = "\N{FIRST STRONG ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"


def words_file(number: int) -> Path:
    """Return the file with the words of a number: the newest are in words.toml."""
    return _FILE if number == numbers()["words"] else _FILE.with_name(f"words-{number}.toml")


@cache
def table(number: int) -> Mapping[str, Mapping[str, str]]:
    """Return the words of a number by language and key."""
    return tomllib.loads(words_file(number).read_text("utf-8"))


def worded(claim: Mapping[str, Any], language: str, number: int | None = None) -> str:
    """Return the claim as lines of plain text, an empty one between its sections.

    ``number`` is that of the words; the newest if not said.
    """
    say = _Says(language, claim["time_zone"], table(number or numbers()["words"]))
    edition = claim["edition"]
    title = say(
        "title",
        programme=claim["programme"][f"name_{language}"],
        edition=edition[f"name_{language}"],
    )
    head = [title, *([say("simulated")] if claim["simulated"] else [])]
    figures = [*_views(claim, say), *_target(claim, say), *_reported(edition, say)]
    tail = [say("zone", zone=claim["time_zone"]), say("check", command=COMMAND)]
    sections = (head, figures, _observation(claim, say), _audience(claim["audience"], say), tail)
    return "\n\n".join("\n".join(lines) for lines in sections) + "\n"


class _Says:
    """One language, in the words of ``table``."""

    def __init__(self, language: str, zone: str, table: Mapping[str, Mapping[str, str]]) -> None:
        self._language = language
        self._table = table
        self._zone = ZoneInfo(zone)

    def __call__(self, key: str, **values: str) -> str:
        """Return a line; what stands in an Arabic one keeps its own direction."""
        marks = (_ISOLATE, _END) if self._language == "ar" else ("", "")
        shown = {name: f"{marks[0]}{_one_line(text)}{marks[1]}" for name, text in values.items()}
        return self._table[self._language][key].format(**shown)

    def platform(self, name: str) -> str:
        return self._table["platforms"].get(name, name.capitalize())

    def number(self, value: float, places: int = 0) -> str:
        pattern = "#,##0" + ("." + "0" * places if places else "")
        return format_decimal(value, pattern, locale=self._language, numbering_system="latn")

    def percent(self, share: float) -> str:
        """Return a share as text, rounded down: what is not complete never reads as 100 %."""
        cut = int(share * 1000) / 1000
        pattern = "#,##0.#\N{NO-BREAK SPACE}%" if self._language == "fr" else "#,##0.#%"
        return format_percent(cut, pattern, locale=self._language, numbering_system="latn")

    def time(self, text: str) -> str:
        here = datetime.fromisoformat(text).astimezone(self._zone)
        locale = _DATE_LOCALES[self._language]
        return format_datetime(here, _PATTERNS[self._language], tzinfo=self._zone, locale=locale)


def _one_line(text: str) -> str:
    """Keep what others wrote on its line, and its direction marks from reaching beyond it."""
    return "".join(mark for mark in " ".join(text.split()) if mark not in _TURNS)


def _views(claim: Mapping[str, Any], say: _Says) -> list[str]:
    at = say.time(claim["as_of"])
    if claim["views"] is None:
        return [say("views_untold", at=at)]
    parts = [_part(part, say) for part in claim["platforms"]]
    known = claim["views_as_known_now"]
    return [
        say("views", at=at, value=say.number(claim["views"])),
        say("meaning"),
        *(f"- {part}" for part in parts),
        say("known", at=say.time(claim["known_at"]), value=say.number(known)),
    ]


def _part(part: Mapping[str, Any], say: _Says) -> str:
    name = say.platform(part["platform"])
    if part["views"] is None:
        return say("platform_untold", platform=name)
    definitions = ", ".join(part["definitions"])
    return say(
        "platform", platform=name, value=say.number(part["views"]), definitions=definitions or "?"
    )


def _target(claim: Mapping[str, Any], say: _Says) -> list[str]:
    target = claim["target"]
    if target is None:
        return []
    value = say.number(target["milestone"])
    if target["before"] is None:
        return [say("target_missed", value=value)]
    before = say.time(target["before"])
    if not target["stands"]:
        return [say("target_fell", value=value, before=before)]
    if target["after"] is None:
        return [say("target_passed_by", value=value, before=before)]
    return [say("target_passed", value=value, after=say.time(target["after"]), before=before)]


def _reported(edition: Mapping[str, Any], say: _Says) -> list[str]:
    wording = edition["reported_views_wording"]
    return [say("reported", wording=wording)] if wording else []


def _observation(claim: Mapping[str, Any], say: _Says) -> list[str]:
    coverage = claim["coverage"]
    return [
        say("broadcasts", value=say.number(claim["broadcasts"]), told=say.number(claim["told"])),
        say("corrections", value=say.number(claim["corrections"])),
        say("coverage_none") if coverage is None else say("coverage", value=say.percent(coverage)),
    ]


def _audience(audience: Mapping[str, Any], say: _Says) -> list[str]:
    peak = audience["peak"]
    if peak is None:
        return [say("viewers_untold")]
    return [
        say("peak", value=say.number(peak["viewers"]), at=say.time(peak["at"])),
        say("average", value=say.number(audience["average"], 1)),
        say("hours", value=say.number(audience["hours_watched"], 1)),
    ]
