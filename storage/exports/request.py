"""Says what an export is asked for."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class What(StrEnum):
    """How fine the rows are."""

    RAW = "raw"
    MINUTES = "minutes"
    SUMMARY = "summary"
    REPORTED = "reported"


class Form(StrEnum):
    """What kind of file is written."""

    CSV = "csv"
    XLSX = "xlsx"
    PARQUET = "parquet"
    JSON = "json"


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """One export. No ``platforms``: all. ``until`` is exclusive; ``None``: no bound."""

    edition: str
    what: What
    platforms: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
