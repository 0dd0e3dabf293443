"""What spoils an edition's curves most: the longest time unseen, and the largest correction. Pure."""

from dataclasses import dataclass

from dashboard.charts.corrections import Fall, fall_sentence, falls
from dashboard.charts.gaps import Band, sentence
from dashboard.charts.growth import CurveData
from dashboard.charts.theme import Theme

_LONG_MS = 3_600_000  # a shorter silence is drawn and listed, and no news above every page


@dataclass(frozen=True, kw_only=True, slots=True)
class DataQuality:
    """The longest silence that is over and the largest fall of views; ``None``: there is none."""

    silence: Band | None
    fall: Fall | None


def data_quality(trace: CurveData) -> DataQuality:
    """Return what spoils an edition's curves most."""
    long = [
        band
        for band in (trace.bands() if trace.viewers.height else ())
        if not band.ongoing and not band.partial and _length(band) >= _LONG_MS
    ]
    return DataQuality(
        silence=max(long, key=_length, default=None),
        fall=next(iter(falls(trace.corrections)), None),
    )


def told_values(quality: DataQuality, look: Theme) -> list[str]:
    """Say each in a sentence, the same as below the charts."""
    silence = [sentence(quality.silence, look)] if quality.silence else []
    return silence + ([fall_sentence(quality.fall, look)] if quality.fall else [])


def _length(band: Band) -> int:
    return band.ended - band.started
