"""Ranges are the whole: in order, without gap, of the wanted size."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from msp_reports.delivery.ranges import ranges


@given(st.binary(min_size=1, max_size=200), st.integers(1, 64))
def test_ranges_make_the_whole(content: bytes, size: int) -> None:
    parts = list(ranges(content, size))
    assert b"".join(part.content for part in parts) == content
    assert {len(part.content) for part in parts[:-1]} <= {size}
    assert [part.is_last for part in parts] == [False] * (len(parts) - 1) + [True]
    assert parts[-1].header == {"Content-Range": f"bytes {parts[-1].first}-{len(content) - 1}/{len(content)}"}
    assert [part.first for part in parts[1:]] == [part.last + 1 for part in parts[:-1]]
