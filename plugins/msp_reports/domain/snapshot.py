"""What one system told about one customer's week, and where it came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from msp_reports.domain.notes import Note
from msp_reports.domain.records import Record, Source

T = TypeVar("T")


class SnapshotStatus(StrEnum):
    OK = "ok"
    PARTIAL = "partial"
    """Usable, but the vendor said that something is left out, or records were skipped."""
    MISSING = "missing"
    """Could not be had. The reason is for the reviewer, never for the customer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pull:
    """The raw answers of one system for one window, before anybody interprets them."""

    payload: dict[str, Any]
    """JSON-ready: named answers as the vendor sent them, all pages joined."""
    fetched_at: datetime
    requests: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a parser made of a pull."""

    records: tuple[Record, ...]
    rows_read: int
    """Rows of the vendor's answers that were looked at."""
    skipped: tuple[str, ...] = ()
    """One line per record that could not be read."""
    approximations: tuple[Note, ...] = ()
    as_of: datetime | None = None
    """Set where a figure describes this moment instead of the week's end."""
    incomplete: tuple[str, ...] = ()
    """What the vendor itself said it left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """One stored answer: customer x week x system, with its provenance."""

    customer: str
    week: str
    source: Source
    system: str
    status: SnapshotStatus
    window_start: datetime
    window_end: datetime
    fetched_at: datetime
    requests: int
    rows_read: int
    reason: str | None = None
    skipped: tuple[str, ...] = ()
    approximations: tuple[Note, ...] = ()
    as_of: datetime | None = None
    parser_version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekFacts:
    """All that is stored about one customer's week: the input of the comparison."""

    week: str
    snapshots: tuple[Snapshot, ...]
    records: tuple[Record, ...] = field(default=())
    """Of all systems together, each thing once (`merge.merge`)."""
    twins: Mapping[str, str] = field(default_factory=dict)
    """A machine that two backup systems protect: its id in the later one → its id in the leading one."""
    measured_by: Mapping[str, str] = field(default_factory=dict)
    """Address of each public site → the system whose figure of it is told (`merge.measured_by`)."""

    def of(self, kind: type[T]) -> tuple[T, ...]:
        """Return the records of one type, in stored order."""
        return tuple(record for record in self.records if isinstance(record, kind))

    def known(self, source: Source) -> bool:
        """Tell whether the section of `source` can be filled at all."""
        return any(s.source is source and s.status is not SnapshotStatus.MISSING for s in self.snapshots)
