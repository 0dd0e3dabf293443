"""Every word shown, and how numbers, times and ages are written in the reader's language.

Knows nothing of Streamlit. Digits are Latin in all three languages, as the platforms show them; in
Arabic they are Eastern (٠١٢) where that is set or asked for, and then everywhere.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.numbers import format_compact_decimal, format_currency, format_decimal, format_percent

LANGUAGES = ("en", "fr", "ar")
OWN_NAMES = {"en": "English", "fr": "Français", "ar": "العربية"}

#: Moroccan month names in Arabic (ماي, not مايو); the rest of the formats are the language's own.
_DATE_LOCALES = {"en": "en_GB", "fr": "fr", "ar": "ar_MA"}

_EASTERN = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")

_MINUTE = 60
_HOUR = 3600
_DAY = 86400
_SIGNIFICANT = 3
_THOUSAND = 1000


@dataclass(frozen=True, kw_only=True)
class Words:
    """One language, its digits, and the zone of every clock: the event's unless it is the viewer's."""

    language: str
    zone: ZoneInfo
    table: Mapping[str, str]
    eastern: bool = False  # digits as ٠١٢; in Arabic only
    own_zone: bool = False  # the zone is the viewer's, who asked for it

    @property
    def rtl(self) -> bool:
        """Whether the page runs from right to left."""
        return self.language == "ar"

    def say(self, key: str, **values: str) -> str:
        """Return the text of ``key`` with ``values`` put in.

        Raises:
            KeyError: the key is unknown, or a value of the text is missing.
        """
        return self.template(key).format(**values)

    def template(self, key: str) -> str:
        """Return the text of ``key`` before anything is put in."""
        return self._digits(self.table[key])

    @property
    def _system(self) -> str:
        """Whose separators babel writes; the digits themselves it leaves Latin."""
        return "arab" if self.eastern else "latn"

    def _digits(self, text: str) -> str:
        return text.translate(_EASTERN) if self.eastern else text

    def plural_key(self, key: str, count: int) -> str:
        """Return the key of the plural form that ``count`` takes in this language."""
        form = str(Locale.parse(self.language).plural_form(abs(count)))
        exact = f"{key}.{form}"
        return exact if exact in self.table else f"{key}.other"

    def plural(self, key: str, count: int, **values: str) -> str:
        """Return the text of ``key`` in the plural form of ``count``, which it may show."""
        return self.say(self.plural_key(key, count), count=self.number(count), **values)

    def number(self, value: int) -> str:
        """Write all digits, grouped: 6,715,999 or 6 715 999."""
        return self._digits(
            format_decimal(value, locale=self.language, numbering_system=self._system)
        )

    def compact(self, value: int) -> str:
        """Write three significant digits with the magnitude's word: 6.72M, 6,72 M, 6.72 مليون."""
        if abs(value) < _THOUSAND:
            return self.number(value)
        power = (len(str(abs(value))) - 1) // 3
        scaled = value / _THOUSAND**power
        decimals = _SIGNIFICANT - len(str(abs(int(scaled))))
        if abs(round(scaled, decimals)) >= _THOUSAND:  # 999,950 is 1.00M, not 1,000K
            power, scaled, decimals = power + 1, scaled / _THOUSAND, _SIGNIFICANT - 1
        digits = format_decimal(
            round(scaled, decimals),
            "0" + ("." + "0" * decimals if decimals else ""),
            locale=self.language,
            numbering_system=self._system,
        )
        sample = format_compact_decimal(
            2 * _THOUSAND**power, locale=self.language, numbering_system="latn"
        )
        return self._digits(sample.replace("2", digits, 1))

    def compact_tick(self, value: int) -> str:
        """Write an axis value as short as its round number allows: 500K, 2.5M, 2 M."""
        return self._digits(
            format_compact_decimal(
                value, locale=self.language, fraction_digits=1, numbering_system=self._system
            )
        )

    def signed(self, value: int) -> str:
        """Write the sign too, always: +12,880 or -300,000 (shown with a true minus)."""
        sign = "+" if value > 0 else "\N{MINUS SIGN}" if value < 0 else ""
        text = f"{sign}{self.number(abs(value))}"
        return f"\N{LEFT-TO-RIGHT ISOLATE}{text}\N{POP DIRECTIONAL ISOLATE}" if self.rtl else text

    def percent(self, share: float) -> str:
        """Write a share of one, rounded down so that 99.9 % never reads as reached."""
        rounded = int(share * 100) / 100
        return self._digits(
            format_percent(rounded, locale=self.language, numbering_system=self._system)
        )

    def dollars(self, value: float) -> str:
        """Write an amount of US dollars with its cents: US$1.25, 1,25 $US."""
        return self._digits(
            format_currency(value, "USD", locale=self.language, numbering_system=self._system)
        )

    def decimal(self, value: float, digits: int = 1) -> str:
        """Write a number with at most ``digits`` decimals."""
        pattern = "#,##0" + ("." + "#" * digits if digits else "")
        return self._digits(
            format_decimal(value, pattern, locale=self.language, numbering_system=self._system)
        )

    def clock(self, at: datetime, *, seconds: bool = False) -> str:
        """Write the time of day in the zone."""
        return self._digits(at.astimezone(self.zone).strftime("%H:%M:%S" if seconds else "%H:%M"))

    def day(self, at: datetime) -> str:
        """Write the day in the zone, without the year."""
        locale = _DATE_LOCALES[self.language]
        return self._digits(format_date(at.astimezone(self.zone), "d MMM", locale=locale))

    def date(self, day: date) -> str:
        """Write a day of the calendar with its year, whatever the zone."""
        return self._digits(format_date(day, "d MMMM y", locale=_DATE_LOCALES[self.language]))

    def moment(self, at: datetime, now: datetime) -> str:
        """Write the clock today; day and clock otherwise, with the year when it is another."""
        here, today = at.astimezone(self.zone), now.astimezone(self.zone)
        if here.date() == today.date():
            return self.clock(at)
        pattern = "d MMM, HH:mm" if here.year == today.year else "d MMM y, HH:mm"
        if self.rtl:
            pattern = pattern.replace(",", "،")
        return self._dated(here, pattern)

    def full(self, at: datetime) -> str:
        """Write day, year and clock: unmistakable anywhere."""
        pattern = "d MMMM y، HH:mm" if self.rtl else "d MMMM y, HH:mm"
        return self._dated(at.astimezone(self.zone), pattern)

    def _dated(self, here: datetime, pattern: str) -> str:
        locale = _DATE_LOCALES[self.language]
        return self._digits(format_datetime(here, pattern, tzinfo=self.zone, locale=locale))

    def age(self, seconds: float) -> str:
        """Write how long, in one unit a person would use: 40 s, 12 min, 3 h, 2 days."""
        for size, key in ((_DAY, "age.days"), (_HOUR, "age.hours"), (_MINUTE, "age.minutes")):
            if seconds >= size * (2 if size > _MINUTE else 1):
                return self.plural(key, int(seconds // size))
        return self.plural("age.seconds", max(0, int(seconds)))

    def length(self, seconds: float) -> str:
        """Write how long exactly, in its two largest units: 3 days 4 h, 2 h 12 min, 40 s."""
        left = max(0, int(seconds))
        if left < _MINUTE:
            return self.plural("age.seconds", left)
        units = ((_DAY, "age.days"), (_HOUR, "age.hours"), (_MINUTE, "age.minutes"))
        largest = next(i for i, (size, _) in enumerate(units) if left >= size)
        parts: list[str] = []
        for size, key in units[largest : largest + 2]:
            count, left = divmod(left, size)
            if count or not parts:
                parts.append(self.plural(key, count))
        return (
            self.say("age.joined", first=parts[0], second=parts[1]) if len(parts) > 1 else parts[0]
        )

    def offset(self, at: datetime) -> timedelta:
        """Return how far the zone is from UTC at that moment."""
        return at.astimezone(self.zone).utcoffset() or timedelta()

    def zone_name(self, at: datetime) -> str:
        """Write the zone with its offset at that moment, and whose it is when it is not the event's.

        Africa/Casablanca (UTC+1); Europe/Paris (UTC+2), your own.
        """
        hours = self.offset(at).total_seconds() / _HOUR
        named = self.isolate(f"{self.zone.key} (UTC{self._digits(f'{hours:+g}')})")
        return self.say("app.zone_own", zone=named) if self.own_zone else named

    def run(self, text: str) -> str:
        """Let ``text`` run in the language's direction where the place itself runs left to right.

        A canvas does, even on a page in Arabic.
        """
        return f"\N{RIGHT-TO-LEFT ISOLATE}{text}\N{POP DIRECTIONAL ISOLATE}" if self.rtl else text

    def isolate(self, text: str) -> str:
        """Keep the direction of ``text`` from turning what stands around it (and the reverse).

        For plain-text places in Arabic; markup has ``<bdi>``.
        """
        return f"\N{FIRST STRONG ISOLATE}{text}\N{POP DIRECTIONAL ISOLATE}" if self.rtl else text


def _flat(tree: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    texts: dict[str, str] = {}
    for key, value in tree.items():
        if isinstance(value, str):
            texts[prefix + key] = value
        else:
            texts.update(_flat(value, f"{prefix}{key}."))
    return texts


@cache
def table(language: str) -> Mapping[str, str]:
    """Return the words of one language by dotted key, as its file in ``dashboard/locales`` has them."""
    text = files("dashboard").joinpath("locales", f"{language}.toml").read_text("utf-8")
    return _flat(tomllib.loads(text))


def words(
    language: str, zone: str = "UTC", *, eastern: bool = False, viewers_zone: str | None = None
) -> Words:
    """Return the words of ``language`` with times in ``zone``, or in the viewer's where that is a zone.

    ``eastern`` digits are for Arabic; the other languages have none.
    """
    own = _zone(viewers_zone)
    return Words(
        language=language,
        zone=own or ZoneInfo(zone),
        table=table(language),
        eastern=eastern and language == "ar",
        own_zone=own is not None,
    )


def _zone(name: str | None) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):  # what a browser says is not to be trusted
        return None


def choose(*wishes: str | None, default: str) -> str:
    """Return the first of ``wishes`` that is a language of ours (``fr-MA`` is ``fr``), or the default."""
    for wish in wishes:
        short = (wish or "").lower().replace("_", "-").split("-")[0]
        if short in LANGUAGES:
            return short
    return default if default in LANGUAGES else LANGUAGES[0]
