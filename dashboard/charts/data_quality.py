"""What spoils an edition's curves most: the longest time unseen, and the largest correction. Pure."""

from dataclasses import dataclass

from dashboard.charts.corrections import Fall, fall_sentence, falls
from dashboard.charts.gaps import Band, bands, sentence
from dashboard.charts.growth import CurveData
from dashboard.charts.theme import Theme
from storage.analysis.unseen import sample_times

_LONG_MS = 3_600_000  # a shorter silence is drawn and listed, and no news above every page


@dataclass(frozen=True, kw_only=True, slots=True)
class DataQuality:
    """The longest silence that is over and the largest fall of views; ``None``: there is none."""

    silence: Band | None
    fall: Fall | None


def data_quality(trace: CurveData) -> DataQuality:
    """Find them in an edition's curves."""
    found: list[Band] = []
    if trace.viewers.height:
        found = bands(sample_times(trace.viewers), trace.unseen, trace.until)
    long = [
        one for one in found if not one.ongoing and not one.partial and _length(one) >= _LONG_MS
    ]
    return DataQuality(
        silence=max(long, key=_length, default=None),
        fall=next(iter(falls(trace.corrections)), None),
    )


def told_values(found: DataQuality, look: Theme) -> list[str]:
    """Each in a sentence, the same as below the charts."""
    silence = [sentence(found.silence, look)] if found.silence else []
    return silence + ([fall_sentence(found.fall, look)] if found.fall else [])


def _length(band: Band) -> int:
    return band.ended - band.started
