"""The hash by which OneDrive and SharePoint tell a file's content.

https://learn.microsoft.com/onedrive/developer/code-snippets/quickxorhash. Not cryptographic: it shows that a
file arrived whole, together with its size.
"""

from __future__ import annotations

from base64 import b64encode

_BITS, _SHIFT = 160, 11
_LENGTH_AT = 96
"""The content's length is in the last 64 of the bits."""


def quick_xor_hash(content: bytes) -> str:
    """Return the hash in base64, as Graph spells it in ``file.hashes``.

    Byte n is turned left by 11 n bits, so bytes 160 apart are turned alike and may be folded first.
    """
    folded = 0
    for start in range(0, len(content), _BITS):
        folded ^= int.from_bytes(content[start : start + _BITS], "little")
    state = 0
    for place, byte in enumerate(folded.to_bytes(_BITS, "little")):
        turned = byte << (place * _SHIFT % _BITS)
        state ^= turned >> _BITS ^ turned % (1 << _BITS)
    state ^= len(content) << _LENGTH_AT
    return b64encode(state.to_bytes(_BITS // 8, "little")).decode()
