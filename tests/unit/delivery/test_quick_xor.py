"""The hash is Microsoft's: known values, and the definition where it is too long to be known."""

from __future__ import annotations

from base64 import b64decode, b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msp_reports.delivery.quick_xor import quick_xor_hash

# As rclone has them from OneDrive itself (backend/onedrive/quickxorhash/quickxorhash_test.go).
KNOWN = {
    "": "AAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    "Sg==": "SgAAAAAAAAAAAAAAAQAAAAAAAAA=",
    "tbQ=": "taAFAAAAAAAAAAAAAgAAAAAAAAA=",
    "0pZP": "0rDEEwAAAAAAAAAAAwAAAAAAAAA=",
    "jRRDVA==": "jaDAEKgAAAAAAAAABAAAAAAAAAA=",
    "eAV52qE=": "eChAHrQRCgAAAAAABQAAAAAAAAA=",
    "luBZlaT6": "lgBHFipBCn0AAAAABgAAAAAAAAA=",
    "qaApEj66lw==": "qQBFCiTgA11cAgAABwAAAAAAAAA=",
    "/aNzzCFPS/A=": "/RjFHJgRgicsAR4ACAAAAAAAAAA=",
}


@pytest.mark.parametrize(("content", "told"), KNOWN.items())
def test_known_values(content: str, told: str) -> None:
    assert quick_xor_hash(b64decode(content)) == told


def test_a_known_sentence() -> None:
    assert quick_xor_hash(b"hello world") == "aCgDG9jwBhDc4Q1yawMZAAAAAAA="


@given(st.binary(max_size=700))
def test_it_is_the_documents_definition_byte_by_byte(content: bytes) -> None:
    state = 0
    for place, byte in enumerate(content):
        turned = byte << (11 * place % 160)
        state ^= (turned | turned >> 160) & (2**160 - 1)
    block = bytearray(state.to_bytes(20, "little"))
    for place, byte in enumerate(len(content).to_bytes(8, "little"), start=12):
        block[place] ^= byte
    assert quick_xor_hash(content) == b64encode(bytes(block)).decode()
