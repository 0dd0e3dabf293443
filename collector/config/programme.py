"""Sections of the programme: its names, its annotations and the figures reported of it."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator

from collector.config.base import NamesSection, Section
from storage.model import Annotation, Reported


class AnnotationSection(Section):
    """A moment with its name. Without an offset, ``at`` is of the programme's clock."""

    at: datetime
    names: NamesSection

    def value(self, zone: ZoneInfo) -> Annotation:
        """Return it as the vocabulary has it."""
        at = self.at if self.at.tzinfo else self.at.replace(tzinfo=zone)
        return Annotation(at=at.astimezone(UTC), names=self.names.value())


class ProgrammeSection(Section):
    """The recurring event."""

    key: str = Field(pattern=r"^[a-z0-9-]+$")
    names: NamesSection
    time_zone: str
    annotations: tuple[AnnotationSection, ...] = ()

    @field_validator("time_zone")
    @classmethod
    def _is_a_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError("no such time zone; allowed: names like Africa/Casablanca") from None
        return name


class ReportedFigure(Section):
    """A figure from a press release with its wording and sources."""

    value: int = Field(ge=0)
    wording: str
    sources: tuple[str, ...] = Field(min_length=1)

    def as_reported(self) -> Reported:
        """Return it as the vocabulary has it."""
        return Reported(value=self.value, wording=self.wording, sources=self.sources)


class ReportedSection(Section):
    """What was reported of an edition."""

    views: ReportedFigure | None = None
    visitors: ReportedFigure | None = None
