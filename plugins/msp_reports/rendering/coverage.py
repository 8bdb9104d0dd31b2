"""What the fonts of the page can draw. PDF/A-3 forbids a glyph that is in no embedded font
(ISO 19005-3, 6.2.11.8), and a system's own fonts would make the bytes depend on the machine, so a
character that no font of ours has is shown by its number.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

_ODD = re.compile(r"[^\x00-\x7e]")


class Coverage:
    """The characters of some font files, the first of which is tried first.

    A file is read when those before it leave a character open.
    """

    def __init__(self, files: tuple[Path, ...]) -> None:
        self._files = files

    def drawable(self, text: str) -> str:
        """Show each character that cannot be drawn as ``‹U+0E81›``."""
        return _ODD.sub(lambda found: found[0] if self._file_of(found[0]) else _shown(found[0]), text)

    def needed(self, text: str) -> tuple[Path, ...]:
        """Return the files that the text is drawn with, in their order."""
        drawn_with = {self._file_of(char) for char in set(_ODD.findall(text))}
        return tuple(file for file in self._files if file in drawn_with)

    def _file_of(self, char: str) -> Path | None:
        return next((file for file in self._files if ord(char) in _characters(file)), None)


def _shown(char: str) -> str:
    return f"‹U+{ord(char):04X}›"


@lru_cache(maxsize=32)
def _characters(file: Path) -> frozenset[int]:
    from fontTools.ttLib import TTFont

    with TTFont(file, lazy=True) as font:
        return frozenset(font.getBestCmap())
