"""Sections of the programme: its names, its annotations and the figures reported of it."""

from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field

from collector.config.base import Key, NamesSection, Section
from storage.model import Annotation, Programme, Reported


def _zone_name(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("unknown time zone; expected a name like Africa/Casablanca") from None
    return name


class AnnotationSection(Section):
    """A moment with its name. Without an offset, ``at`` is of the programme's clock."""

    at: datetime
    names: NamesSection

    def as_annotation(self, zone: ZoneInfo) -> Annotation:
        """Return the annotation in UTC; ``zone`` is the programme's."""
        at = self.at if self.at.tzinfo else self.at.replace(tzinfo=zone)
        return Annotation(at=at.astimezone(UTC), names=self.names.as_names())


class ProgrammeSection(Section):
    """The recurring event."""

    key: Key
    names: NamesSection
    time_zone: Annotated[str, AfterValidator(_zone_name)]
    annotations: tuple[AnnotationSection, ...] = ()

    def as_programme(self) -> Programme:
        """Return the value of the vocabulary."""
        return Programme(key=self.key, names=self.names.as_names(), time_zone=self.time_zone)


class ReportedFigure(Section):
    """A figure from a press release with its wording and sources."""

    value: int = Field(ge=0)
    wording: str
    sources: tuple[str, ...] = Field(min_length=1)

    def as_reported(self) -> Reported:
        """Return the value of the vocabulary."""
        return Reported(value=self.value, wording=self.wording, sources=self.sources)


class ReportedSection(Section):
    """Figures that were reported of an edition."""

    views: ReportedFigure | None = None
    visitors: ReportedFigure | None = None
