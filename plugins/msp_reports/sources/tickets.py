"""What ticket systems have in common: which boards and types count, and how urgent a priority is."""

from __future__ import annotations

import re
from collections.abc import Collection

LAST_RANK = 99
"""Of a priority that does not tell its place."""

_NUMBER = re.compile(r"\d+")


def is_counted(name: str, *, only: Collection[str], without: Collection[str]) -> bool:
    """Tell whether a board or type counts: named in `only` (or nothing is), and not in `without`.

    Upper and lower case are the same.
    """
    known = name.casefold()
    if known in {other.casefold() for other in without}:
        return False
    return not only or known in {other.casefold() for other in only}


def rank_of(name: str) -> int | None:
    """Read the urgency off a name such as ``Priority 2 - High`` or ``P2``. None: it has no number."""
    found = _NUMBER.search(name)
    return int(found[0]) if found else None
