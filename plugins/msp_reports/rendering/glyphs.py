"""Which characters the bundled fonts can draw.

The fonts themselves are megabytes; what they cover is written down beside them in ``coverage.txt`` by
``scripts/font_coverage.py``, and a test compares the two.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import lru_cache

from msp_reports.assets import font_dir

COVERAGE = "coverage.txt"


def has_glyph(char: str) -> bool:
    """Tell whether a bundled font, in each weight it comes in, has ink for the character, or a space."""
    edges = _edges()
    return bisect_right(edges, ord(char)) % 2 == 1


@lru_cache(maxsize=1)
def _edges() -> tuple[int, ...]:
    """Code points at which drawable and not drawable take turns, rising; the first begins a covered run."""
    lines = (font_dir() / COVERAGE).read_text(encoding="ascii").splitlines()
    edges: list[int] = []
    for line in lines:
        if not line.startswith("#"):
            first, _, last = line.partition("-")
            edges += [int(first, 16), int(last or first, 16) + 1]
    return tuple(edges)
