"""What the fonts of the page can draw. PDF/A-3 forbids a glyph that is in no embedded font
(ISO 19005-3, 6.2.11.8), and a system's own fonts would make the bytes depend on the machine, so a
character that no font of ours has is shown by its number.
"""

from __future__ import annotations

import re
from functools import lru_cache
from io import BytesIO
from pathlib import Path

_ODD = re.compile(r"[^\x00-\x7e]")


class Coverage:
    """The characters of some font files, the first of which is tried first.

    A file is read when those before it leave a character open.

    Args:
        faces: of a brand's font; what all of them have is drawn with it, in regular and in bold.
    """

    def __init__(self, files: tuple[Path, ...], faces: tuple[bytes, ...] = ()) -> None:
        self._files = files
        self._branded = frozenset.intersection(*map(_characters, faces)) if faces else frozenset[int]()

    def drawable(self, text: str) -> str:
        """Show each character that cannot be drawn as ``‹U+0E81›``."""
        return _ODD.sub(lambda found: found[0] if self._draws(found[0]) else _shown(found[0]), text)

    def needed(self, text: str) -> tuple[Path, ...]:
        """Return the files that the text is drawn with, in their order."""
        drawn_with = {self._file_of(char) for char in set(_ODD.findall(text))}
        return tuple(file for file in self._files if file in drawn_with)

    def _draws(self, char: str) -> bool:
        return ord(char) in self._branded or self._file_of(char) is not None

    def _file_of(self, char: str) -> Path | None:
        return next((file for file in self._files if ord(char) in _characters(file)), None)


def _shown(char: str) -> str:
    return f"‹U+{ord(char):04X}›"


@lru_cache(maxsize=32)
def _characters(file: Path | bytes) -> frozenset[int]:
    from fontTools.ttLib import TTFont

    with TTFont(BytesIO(file) if isinstance(file, bytes) else file, lazy=True) as font:
        return frozenset(font.getBestCmap())
