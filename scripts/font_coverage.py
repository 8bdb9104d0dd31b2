"""Write down which characters the bundled fonts can draw. Run it after a font was added or replaced."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Set
from pathlib import Path

from fontTools.ttLib import TTFont

FONTS = Path(__file__).resolve().parent.parent / "include" / "fonts"
HEAD = "# Characters that the fonts in this folder can draw. Written by scripts/font_coverage.py.\n"


def coverage(folder: Path) -> frozenset[int]:
    """Return the code points that some family draws in each of its weights (``Family-Weight.ttf``)."""
    families: dict[str, set[int]] = {}
    for path in sorted(folder.glob("*.ttf")):
        drawn = _drawn_by(path)
        families.setdefault(path.stem.partition("-")[0], drawn).intersection_update(drawn)
    return frozenset().union(*families.values())


def _drawn_by(path: Path) -> set[int]:
    """A glyph without an outline is an empty spot on the page, which only a space may be."""
    with TTFont(path, lazy=True) as font:
        outlines = font["glyf"]
        return {
            point
            for point, glyph in font.getBestCmap().items()
            if glyph != ".notdef"
            and (outlines[glyph].numberOfContours != 0 or unicodedata.category(chr(point)) == "Zs")
        }


def as_text(points: Set[int]) -> str:
    return HEAD + "".join(
        f"{first:X}\n" if first == last else f"{first:X}-{last:X}\n" for first, last in _runs(points)
    )


def _runs(points: Set[int]) -> Iterator[tuple[int, int]]:
    rising = sorted(points)
    first = rising[0]
    for point, following in zip(rising, [*rising[1:], None], strict=True):
        if following != point + 1:
            yield first, point
            first = following or 0


if __name__ == "__main__":
    (FONTS / "coverage.txt").write_text(as_text(coverage(FONTS)), encoding="ascii")
