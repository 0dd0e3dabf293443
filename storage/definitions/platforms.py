"""Facts about each platform that storage and dashboard need, from the classes of ``collector/platforms``.

``platforms.toml`` is made by ``python -m tests.test_readme``; a platform that it lacks has defaults.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from storage.model import TENTHS_OF_A_CENT, Unit

FILE = Path(__file__).with_name("platforms.toml")


@dataclass(frozen=True, kw_only=True, slots=True)
class PlatformFacts:
    """What is true of one platform; see :class:`collector.contract.platform_protocol.Platform`."""

    display_name: str
    order: int | None = None
    colors: tuple[str, str] | None = None  # on light, on dark
    unit: Unit = Unit.CALL
    bucket_units: Mapping[str, Unit] = field(default_factory=dict[str, Unit])
    keyless_source: str | None = None
    other_sites: Mapping[str, str] = field(default_factory=dict[str, str])
    moment_address: str = ""
    recording_path: str = ""


@cache
def known_platforms() -> Mapping[str, PlatformFacts]:
    """Return the facts of every platform that the file holds, by its name."""
    tables = tomllib.loads(FILE.read_text("utf-8"))
    return {name: PlatformFacts(**table) for name, table in tables.items()}


def facts_of(platform: str) -> PlatformFacts:
    """Return a platform's facts; of one that is not known, its name with a capital and defaults."""
    known = known_platforms().get(platform)
    return known or PlatformFacts(display_name=platform.replace("_", " ").capitalize())


def is_keyless(platform: str, source: str | None) -> bool:
    """Tell whether a source is the platform's keyless one: views only, late, and no state."""
    return source is not None and source == facts_of(platform).keyless_source


def unit_of(platform: str, bucket: str | None) -> Unit:
    """Return what a bucket of a platform counts; ``None`` stands for the platform's own limit."""
    facts = facts_of(platform)
    return Unit(facts.bucket_units.get(bucket or "", facts.unit))


def format_amount(value: int, unit: Unit) -> str:
    """Return an amount in English, as a terminal shows it: 12 calls, 4 %, $1.25."""
    if unit is Unit.TENTH_OF_A_CENT:
        return f"${value / TENTHS_OF_A_CENT:,.2f}"
    if unit is Unit.PER_CENT:
        return f"{value} %"
    return f"{value:,} {unit.value}"
