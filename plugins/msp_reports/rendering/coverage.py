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
    """The characters of some font files. A file is read when those before it leave a character open.

    Args:
        faces: of a brand's font; what all of them have is drawn with it, in regular and in bold.
    """

    def __init__(self, files: tuple[Path, ...], faces: tuple[bytes, ...] = ()) -> None:
        self._unread = sorted(files, key=lambda file: (file.stat().st_size, file.name), reverse=True)
        self._known = set[int]().union(*[frozenset.intersection(*map(_characters, faces))] if faces else [])

    def drawable(self, text: str) -> str:
        """Show each character that cannot be drawn as ``‹U+0E01›``."""
        return _ODD.sub(lambda found: found[0] if self._draws(ord(found[0])) else _shown(found[0]), text)

    def _draws(self, point: int) -> bool:
        while point not in self._known and self._unread:
            self._known |= _characters(self._unread.pop())
        return point in self._known


def _shown(char: str) -> str:
    return f"‹U+{ord(char):04X}›"


@lru_cache(maxsize=32)
def _characters(file: Path | bytes) -> frozenset[int]:
    from fontTools.ttLib import TTFont

    with TTFont(BytesIO(file) if isinstance(file, bytes) else file, lazy=True) as font:
        return frozenset(font.getBestCmap())
