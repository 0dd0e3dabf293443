"""What happened outside the platforms and explains a curve: as config.yaml names it."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from collector.config.base import NamesSection, Section
from storage.model import Annotation


class AnnotationSection(Section):
    """A moment with its name. Without an offset, ``at`` is of the programme's clock."""

    at: datetime
    names: NamesSection

    def value(self, zone: ZoneInfo) -> Annotation:
        """Return it as the vocabulary has it."""
        at = self.at if self.at.tzinfo else self.at.replace(tzinfo=zone)
        return Annotation(at=at.astimezone(UTC), names=self.names.value())
