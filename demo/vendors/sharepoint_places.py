"""Places in SharePoint's document libraries, and the hash of what stands there."""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha1

_WRONG_NAME = re.compile(r'["*<>?\\|\x00-\x1f]|^[ ~]|[ .]$|^$')


@dataclass(frozen=True, slots=True)
class Place:
    """A path in a library, from its root on."""

    drive: str
    names: tuple[str, ...]

    @property
    def id(self) -> str:
        return f"01{sha1(str(self.key).encode()).hexdigest()[:32].upper()}" if self.names else "root"  # noqa: S324

    @property
    def key(self) -> tuple[str, ...]:
        return (self.drive, *(name.casefold() for name in self.names))

    @property
    def above(self) -> Place:
        return Place(self.drive, self.names[:-1])

    @property
    def is_wrong(self) -> bool:
        """Tell whether a library refuses one of its names."""
        return any(_WRONG_NAME.search(name) for name in self.names)


def quick_xor(content: bytes) -> str:
    """Microsoft's hash by its definition: every byte turned left by eleven bits more than the one before."""
    state, everything = 0, (1 << 160) - 1
    for place, byte in enumerate(content):
        turned = byte << (place * 11 % 160)
        state ^= (turned & everything) | (turned >> 160)
    block = bytearray(state.to_bytes(20, "little"))
    for place, byte in enumerate(len(content).to_bytes(8, "little"), start=12):
        block[place] ^= byte
    return b64encode(bytes(block)).decode()
