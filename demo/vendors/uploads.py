"""Upload sessions of Graph and Google Drive: ranges, in order, to an address that is the permission."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from enum import Enum
from typing import Generic, TypeVar

_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")
Target = TypeVar("Target")


class Taken(Enum):
    PART = "there is more to come"
    WHOLE = "that was the last"
    MISSHAPED = "no range, or not of the right size"
    MISPLACED = "not the range that comes next"


@dataclass(slots=True)
class Upload(Generic[Target]):
    """What has come so far of one file, and where it is to go."""

    target: Target
    unit: int
    """Bytes that every range but the last is a multiple of."""
    content: bytes = b""

    def take(self, header: str, body: bytes) -> Taken:
        """Take one range; of one that is not right, nothing."""
        found = _RANGE.fullmatch(header)
        first, last, total = map(int, found.groups()) if found else (0, -1, 0)
        if last - first + 1 != len(body) or not body or last >= total:
            return Taken.MISSHAPED
        if first != len(self.content):
            return Taken.MISPLACED
        if last + 1 < total and len(body) % self.unit:
            return Taken.MISSHAPED
        self.content += body
        return Taken.WHOLE if last + 1 == total else Taken.PART


class Uploads(Generic[Target]):
    """The sessions that are open. A restart ends them."""

    def __init__(self, unit: int) -> None:
        self._unit = unit
        self._open: dict[str, Upload[Target]] = {}

    def open(self, target: Target) -> str:
        number = secrets.token_urlsafe(24)
        self._open[number] = Upload(target, self._unit)
        return number

    def find(self, number: str) -> Upload[Target] | None:
        return self._open.get(number)

    def end(self, number: str) -> bool:
        return self._open.pop(number, None) is not None
