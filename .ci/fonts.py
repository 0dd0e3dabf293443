# /// script
# requires-python = ">=3.11"
# dependencies = ["brotli", "fonttools"]
# ///
"""Makes dashboard/static/*.woff2 from Debian's fonts-noto-core: `uv run .ci/fonts.py`.

The Arabic letters alone: other scripts have their fonts. And the Eastern digits under the codes of
the Latin ones, for the one place that writes its own numbers: the time axis of a chart.
"""

import sys
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

SOURCE = Path("/usr/share/fonts/truetype/noto")
TARGET = Path(__file__).resolve().parents[1] / "dashboard" / "static"
WEIGHTS = ("Regular", "Bold")

#: The same as `unicodeRange` in dashboard/.streamlit/config.toml.
ARABIC = [*range(0x0600, 0x0700), *range(0x0750, 0x0780), 0x200C, 0x200D]
LATIN_ZERO, EASTERN_ZERO = 0x30, 0x0660


def write(font: TTFont, codes: list[int], name: str) -> None:
    """Keep ``codes`` and what shapes them, without hints, as woff2."""
    options = Options(flavor="woff2", layout_features=["*"], hinting=False, desubroutinize=True)
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=codes)
    subsetter.subset(font)
    font.flavor = "woff2"
    font.recalcTimestamp = False
    font.save(TARGET / name)


def main() -> int:
    """Write each font; tell what is missing."""
    for weight in WEIGHTS:
        path = SOURCE / f"NotoSansArabic-{weight}.ttf"
        if not path.exists():
            sys.stderr.write(f"{path}: not there; apt install fonts-noto-core\n")
            return 1
        write(TTFont(path), ARABIC, f"NotoSansArabic-{weight}.woff2")
    font = TTFont(SOURCE / "NotoSansArabic-Regular.ttf")
    eastern = font.getBestCmap()
    for table in font["cmap"].tables:
        if table.isUnicode():
            table.cmap = {LATIN_ZERO + digit: eastern[EASTERN_ZERO + digit] for digit in range(10)}
    write(font, list(range(LATIN_ZERO, LATIN_ZERO + 10)), "EasternDigits.woff2")
    return 0


if __name__ == "__main__":
    sys.exit(main())
