"""What can happen to one call between a worker and a vendor."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from threading import Lock

REPORT = "FAULTS_REPORT"
"""Environment variable: the folder to keep the table of results in."""
_NAMES = re.compile(r"v\d+(\.\d+)?|oauth2")


class Fault(Enum):
    """Named as in the table of results. After: the server has taken the call and acted on it."""

    KILLED_BEFORE = "killed before"
    KILLED_AFTER = "killed after"
    TIMED_OUT_AFTER = "time-out after"
    RESET_BEFORE = "reset before"
    RESET_AFTER = "reset after"
    THROTTLED = "429"
    FAILED_BEFORE = "500 before"
    FAILED_AFTER = "500 after"
    BAD_GATEWAY_AFTER = "502 after"
    GATEWAY_TIMEOUT_AFTER = "504 after"
    HTML_AFTER = "no JSON after"
    CUT_AFTER = "cut short after"
    ODD_AFTER = "odd JSON after"
    EXPIRED = "401"
    DATABASE_AFTER = "no database after"

    @property
    def after(self) -> bool:
        return self.value.endswith("after")


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a protocol: what it asks, and that it is the nth to ask so."""

    method: str
    path: str
    """What differs from case to case is ``{}``."""
    nth: int

    def __str__(self) -> str:
        return f"{self.method} {self.path}" + (f" ({self.nth})" if self.nth > 1 else "")


@dataclass(frozen=True, slots=True)
class Disturbance:
    call: Call
    fault: Fault


def template(path: str) -> str:
    """A path without its query and without what differs from case to case: anything with a digit."""
    parts = path.partition("?")[0].split("/")
    return "/".join(
        "{}" if any(map(str.isdigit, part)) and not _NAMES.fullmatch(part) else part for part in parts
    )


@dataclass(slots=True)
class Scene:
    """The calls of one case as they come, and what is to disturb them, one after the other.

    The calls of a later disturbance are counted from the one before it.
    """

    disturbances: Sequence[Disturbance] = ()
    seconds: float = 0.0
    """How long a call takes on its way there, and back again."""
    watch: Callable[[Call], None] | None = None
    calls: list[Call] = field(default_factory=list)
    """Since the latest disturbance."""
    done: int = 0
    """How many of the disturbances have happened."""
    _seen: Counter[tuple[str, str]] = field(default_factory=Counter)
    _lock: Lock = field(default_factory=Lock)

    def fault_of(self, method: str, path: str) -> Fault | None:
        with self._lock:
            asked = (method, template(path))
            self._seen[asked] += 1
            call = Call(*asked, self._seen[asked])
            self.calls.append(call)
            if self.watch is not None:
                self.watch(call)
            if self.done == len(self.disturbances) or self.disturbances[self.done].call != call:
                return None
            self.done += 1
            self.calls.clear()
            self._seen.clear()
            return self.disturbances[self.done - 1].fault

    @property
    def happened(self) -> bool:
        return self.done == len(self.disturbances)
