"""Snapshots: what each system said about each customer's week, raw and as facts."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

from msp_reports.domain.merge import Answers, measured_by, merge, twins
from msp_reports.domain.records import Record, Source
from msp_reports.domain.snapshot import Snapshot, SnapshotStatus, WeekFacts
from msp_reports.store.facts import load_facts, save_facts
from msp_reports.store.notes import packed, unpacked
from msp_reports.store.queries import run

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection

_FIELDS = tuple(field.name for field in fields(Snapshot))


class SnapshotRepository:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def save(
        self, snapshot: Snapshot, records: Sequence[Record] = (), payload: Mapping[str, Any] | None = None
    ) -> None:
        """Store a snapshot in place of the one that the same customer, week and system had."""
        key = {"customer": snapshot.customer, "week": snapshot.week, "system": snapshot.system}
        row = asdict(snapshot) | {
            "skipped": list(snapshot.skipped),
            "approximations": [packed(note) for note in snapshot.approximations],
            "payload": None if payload is None else pack(payload),
        }
        run(self._connection, "lock_snapshot", key)
        run(self._connection, "delete_snapshot", key)
        run(self._connection, "insert_snapshot", row)
        save_facts(self._connection, **key, records=records)

    def forget(self, customer: str, week: str, system: str) -> None:
        run(self._connection, "delete_snapshot", {"customer": customer, "week": week, "system": system})

    def load_weeks(
        self, customer: str, weeks: Sequence[str], *, precedence: Sequence[str] = ()
    ) -> tuple[WeekFacts, ...]:
        """Return what is stored of the given weeks, in their order; a week without a snapshot is left out.

        Args:
            precedence: systems, the leading ones first, for what two of them tell of.
        """
        rows = run(self._connection, "load_snapshots", {"customer": customer, "weeks": list(weeks)})
        records = load_facts(self._connection, customer=customer, weeks=weeks)
        snapshots: dict[str, list[Snapshot]] = {}
        for row in rows:
            snapshots.setdefault(row["week"], []).append(_snapshot(row))
        return tuple(
            _facts(week, snapshots[week], records[week], precedence) for week in weeks if week in snapshots
        )

    def usable(self, customer: str, week: str) -> frozenset[str]:
        """Return the systems whose snapshot of that week holds numbers."""
        rows = run(self._connection, "load_snapshots", {"customer": customer, "weeks": [week]})
        return frozenset(row["system"] for row in rows if row["status"] != SnapshotStatus.MISSING)

    def payload(self, customer: str, week: str, system: str) -> dict[str, Any] | None:
        """Return the raw answers as they were stored, or None."""
        key = {"customer": customer, "week": week, "system": system}
        rows = run(self._connection, "load_payload", key)
        return unpack(rows[0]["payload"]) if rows and rows[0]["payload"] is not None else None


def _facts(
    week: str, snapshots: Sequence[Snapshot], answers: Answers, precedence: Sequence[str]
) -> WeekFacts:
    partial = frozenset(s.system for s in snapshots if s.status is SnapshotStatus.PARTIAL)
    return WeekFacts(
        week=week,
        snapshots=tuple(snapshots),
        records=merge(answers, precedence, partial=partial),
        twins=twins(answers, precedence),
        measured_by=measured_by(answers, precedence, partial=partial),
    )


def pack(payload: Mapping[str, Any]) -> bytes:
    return zlib.compress(json.dumps(payload, sort_keys=True, separators=(",", ":")).encode())


def unpack(packed: bytes) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(zlib.decompress(packed))
    return loaded


def _snapshot(row: Mapping[str, Any]) -> Snapshot:
    values = {name: row[name] for name in _FIELDS}
    values["source"] = Source(values["source"])
    values["status"] = SnapshotStatus(values["status"])
    values["skipped"] = tuple(values["skipped"])
    values["approximations"] = tuple(map(unpacked, values["approximations"]))
    return Snapshot(**values)
