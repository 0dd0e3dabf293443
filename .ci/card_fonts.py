# /// script
# requires-python = ">=3.11"
# dependencies = ["fonttools"]
# ///
"""Makes dashboard/public/fonts/*.ttf from Debian's fonts-noto-core: `uv run .ci/card_fonts.py`.

What the pictures of link previews are painted with; the painter reads no woff2.
"""

import sys
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

SOURCE = Path("/usr/share/fonts/truetype/noto")
TARGET = Path(__file__).resolve().parents[1] / "dashboard" / "public" / "fonts"

MARKS = [*range(0x2010, 0x2016), *range(0x2018, 0x201F), 0x2022, 0x2026, 0x202F, 0x2212]
ISOLATES = [0x200C, 0x200D, 0x200E, 0x200F, *range(0x2066, 0x206A)]
#: What joins and places letters; small capitals and the like only weigh.
FEATURES = [
    "ccmp",
    "locl",
    "init",
    "medi",
    "fina",
    "isol",
    "rlig",
    "liga",
    "calt",
    "kern",
    "mark",
    "mkmk",
]
SUBSETS = {
    "NotoSans": [*range(0x20, 0x180), *MARKS, *ISOLATES],
    "NotoSansArabic": [*range(0x20, 0x40), 0xA0, *range(0x600, 0x700), *MARKS, *ISOLATES],
}


def main() -> int:
    """Write each font; tell what is missing."""
    for family, codes in SUBSETS.items():
        for weight in ("Regular", "Bold"):
            path = SOURCE / f"{family}-{weight}.ttf"
            if not path.exists():
                sys.stderr.write(f"{path}: not there; apt install fonts-noto-core\n")
                return 1
            font = TTFont(path)
            options = Options(layout_features=FEATURES, hinting=False)
            subsetter = Subsetter(options)
            subsetter.populate(unicodes=codes)
            subsetter.subset(font)
            font.recalcTimestamp = False
            font.save(TARGET / path.name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
