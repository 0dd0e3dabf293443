"""What an export is requested for."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ExportKind(StrEnum):
    """How fine the rows are."""

    RAW = "raw"
    MINUTES = "minutes"
    SUMMARY = "summary"
    REPORTED = "reported"


class ExportFormat(StrEnum):
    """What kind of file is written."""

    CSV = "csv"
    XLSX = "xlsx"
    PARQUET = "parquet"
    JSON = "json"


@dataclass(frozen=True, kw_only=True, slots=True)
class ExportRequest:
    """One export. No ``platforms``: all. ``until`` is exclusive; ``None``: no bound."""

    edition: str
    what: ExportKind
    platforms: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
