"""The ledger of deliveries: intent before the call, remote ids as soon as they exist."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from msp_reports.domain.errors import NotApprovedError
from msp_reports.store.queries import run
from msp_reports.store.reports import ReportKey

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection

KEY_LENGTH = 20


class DeliveryState(StrEnum):
    PLANNED = "planned"
    PREPARED = "prepared"
    SENDING = "sending"
    SENT = "sent"
    UNKNOWN = "unknown"
    """It may or may not have arrived: a person decides."""
    FAILED = "failed"
    REPLACED = "replaced"
    """It reached nobody, and others stand in its place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    key: str
    channel: str
    recipients: str
    state: DeliveryState
    remote_ids: Mapping[str, str]
    link: str | None
    attempts: int
    error: str | None
    seconds_since_try: float | None = None
    """Since the latest send began, by the database's clock. None: none has."""


class Decision(StrEnum):
    """What a person says of a delivery in doubt."""

    ARRIVED = "arrived"
    AGAIN = "again"


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerLine:
    """A delivery as a person is shown it."""

    key: str
    customer: str
    week: str
    revision: int
    channel: str
    recipients: str
    state: DeliveryState
    attempts: int
    error: str | None
    changed_at: datetime
    decision: Decision | None
    decided_by: str | None
    decided_at: datetime | None
    run_id: str
    """Of the Airflow run that drew the report, and delivers it."""
    superseded_by: int | None
    """The latest later revision that was not rejected: nothing of this one is sent any more."""

    @property
    def report(self) -> ReportKey:
        return ReportKey(customer=self.customer, week=self.week, revision=self.revision)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrivals:
    """Which revision of a week the customer has, as far as the ledger tells."""

    revision: int | None
    """The latest of which something was sent. None: none."""
    sent_at: datetime | None
    """When the first of it was."""
    in_doubt: Mapping[int, tuple[str, ...]]
    """Channels by which a later revision may have arrived."""


def delivery_key(report: ReportKey, *, channel: str, recipients: str, digest: str) -> str:
    """Same report, channel, recipients and bytes: same key, whoever asks and however often."""
    parts = (report.customer, report.week, str(report.revision), channel, recipients, digest)
    return sha256("|".join(parts).encode()).hexdigest()[:KEY_LENGTH]


class DeliveryRepository:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def plan(self, report: ReportKey, *, channel: str, recipients: str, digest: str) -> Delivery:
        """Enter the delivery, or return the entry that stands, locked for this transaction.

        The table refuses bytes without an approval by itself (foreign key).

        Raises:
            NotApprovedError: other bytes of the same revision have been entered.
        """
        key = delivery_key(report, channel=channel, recipients=recipients, digest=digest)
        row = {"key": key, "customer": report.customer, "week": report.week, "revision": report.revision}
        row |= {"channel": channel, "recipients": recipients, "sha256": digest}
        run(self._connection, "insert_delivery", row)
        if not run(self._connection, "load_delivery", {"key": key}):
            raise NotApprovedError(
                f"report {report.customer} {report.week} revision {report.revision} stands in the ledger for "
                f"{channel} with other bytes already: nothing is sent. Make a correction of it."
            )
        return self.load(key)

    def load(self, key: str) -> Delivery:
        row = run(self._connection, "load_delivery", {"key": key})[0]
        return Delivery(**row | {"state": DeliveryState(row["state"])})

    def record(
        self,
        key: str,
        state: DeliveryState,
        *,
        remote_ids: Mapping[str, str] | None = None,
        link: str | None = None,
        error: str | None = None,
    ) -> None:
        """Move a delivery on; remote ids are added to those known."""
        row = {"key": key, "state": state, "remote_ids": json.dumps(dict(remote_ids or {}))}
        run(self._connection, "update_delivery", row | {"link": link, "error": error})

    def add_ids(self, key: str, remote_ids: Mapping[str, str]) -> None:
        """Remember what the vendor calls it, without moving the delivery on."""
        row = {"key": key, "remote_ids": json.dumps(dict(remote_ids))}
        run(self._connection, "update_delivery_ids", row)

    def plan_instead(
        self,
        report: ReportKey,
        *,
        channel: str,
        recipients: Sequence[str],
        of_channels: Sequence[str],
        digest: str,
    ) -> tuple[Delivery, ...]:
        """Enter deliveries in place of all others by some channels that certainly reached nobody.

        Returns:
            Those that are replaced by that.

        Raises:
            NotApprovedError: as `plan` does.
        """
        for each in recipients:
            self.plan(report, channel=channel, recipients=each, digest=digest)
        row = {"customer": report.customer, "week": report.week, "revision": report.revision}
        row |= {"channel": channel, "channels": list(of_channels), "standing": list(recipients)}
        moved = [_delivery(row) for row in run(self._connection, "replace_deliveries", row)]
        return tuple(entry for entry in moved if entry.state is DeliveryState.REPLACED)

    def of_report(self, report: ReportKey) -> tuple[Delivery, ...]:
        """Return the deliveries of one revision that stand."""
        key = {"customer": report.customer, "week": report.week, "revision": report.revision}
        rows = run(self._connection, "load_deliveries", key)
        return tuple(map(_delivery, rows))

    def lines(
        self,
        *,
        stuck_after: timedelta,
        key: str | None = None,
        week: str | None = None,
        everything: bool = False,
    ) -> tuple[LedgerLine, ...]:
        """Return the deliveries in doubt, those that failed, and those that did not move for that long."""
        asked = {"key": key, "week": week, "everything": everything, "stuck_after": stuck_after}
        return tuple(_line(row) for row in run(self._connection, "load_ledger", asked))

    def lines_of(self, report: ReportKey) -> tuple[LedgerLine, ...]:
        """Return every delivery of one revision that stands."""
        lines = self.lines(week=report.week, everything=True, stuck_after=timedelta())
        return tuple(
            line for line in lines if line.report == report and line.state is not DeliveryState.REPLACED
        )

    def close(self, report: ReportKey) -> None:
        """End what no worker is at any more: a send that was broken off is in doubt, the rest has failed."""
        key = {"customer": report.customer, "week": report.week, "revision": report.revision}
        run(self._connection, "close_deliveries", key)

    def is_idle(self, key: str) -> bool:
        """Tell whether no worker is at the delivery, and keep them off until the transaction ends."""
        return bool(run(self._connection, "try_lock_delivery", {"key": key})[0]["is_mine"])

    def decide(self, key: str, decision: Decision, *, by: str) -> bool:
        """Enter a person's word: sent, or prepared for another try. False: it is not theirs to decide."""
        state = DeliveryState.SENT if decision is Decision.ARRIVED else DeliveryState.PREPARED
        row = {"key": key, "state": state, "decision": decision, "decided_by": by}
        return bool(run(self._connection, "decide_delivery", row))

    def arrivals(self, customer: str, week: str, *, before: int | None = None) -> Arrivals:
        """Tell which revision the customer has; of those before a given one, if asked so."""
        asked = {"customer": customer, "week": week, "before": before}
        rows = run(self._connection, "load_arrivals", asked)
        sent = [row for row in rows if row["state"] == DeliveryState.SENT]
        latest = sent[0]["revision"] if sent else None
        doubts: dict[int, tuple[str, ...]] = {}
        for row in rows:
            if latest is None or row["revision"] > latest:
                doubts[row["revision"]] = (*doubts.get(row["revision"], ()), row["channel"])
        sent_at = min((row["changed_at"] for row in sent if row["revision"] == latest), default=None)
        return Arrivals(revision=latest, sent_at=sent_at, in_doubt=doubts)


def _delivery(row: Mapping[str, Any]) -> Delivery:
    return Delivery(**{**row, "state": DeliveryState(row["state"])})


def _line(row: Mapping[str, Any]) -> LedgerLine:
    decision = Decision(row["decision"]) if row["decision"] else None
    return LedgerLine(**{**row, "state": DeliveryState(row["state"]), "decision": decision})
