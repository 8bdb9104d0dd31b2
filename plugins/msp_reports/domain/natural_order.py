"""Names in the order in which a person would put them: s2 before s10."""

from __future__ import annotations

import re

_DIGITS = re.compile(r"(\d+)")

Key = tuple[tuple[str | tuple[int, str], ...], str]


def natural(name: str) -> Key:
    """Return what to sort a name by: its numbers by their size, all else by its characters."""
    parts = _DIGITS.split(name)
    return tuple(_size(part) if place % 2 else part for place, part in enumerate(parts)), name


def _size(digits: str) -> tuple[int, str]:
    """A number of any length; what Python makes a whole number of has a limit."""
    told = digits.lstrip("0")
    return len(told), told
