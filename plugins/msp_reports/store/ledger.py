"""Lines of a ledger: intent before the call, remote ids as soon as they exist, a person's word at the end."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar

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
    """A line as the worker that drives it needs it."""

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
    """A line as a person is shown it."""

    key: str
    week: str
    channel: str
    recipients: str
    state: DeliveryState
    attempts: int
    error: str | None
    changed_at: datetime
    decision: Decision | None
    decided_by: str | None
    decided_at: datetime | None
    report: ReportKey | None = None
    """None: a message to the provider's own people."""
    run_id: str | None = None
    """Of the Airflow run that drew the report, and delivers it."""
    superseded_by: int | None = None
    """The latest later revision that was not rejected: nothing of this one is sent any more."""


class Ledger:
    """The lines of one table, open for one transaction."""

    _table: ClassVar[str]
    _of_people: ClassVar[str]
    """The query that lists its lines for a person."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def load(self, key: str) -> Delivery:
        """Return a line, locked for this transaction."""
        return delivery(self._run("load_line", {"key": key})[0])

    def record(
        self,
        key: str,
        state: DeliveryState,
        *,
        remote_ids: Mapping[str, str] | None = None,
        link: str | None = None,
        error: str | None = None,
    ) -> None:
        """Move a line on; remote ids are added to those known."""
        row = {"key": key, "state": state, "remote_ids": json.dumps(dict(remote_ids or {}))}
        self._run("update_line", row | {"link": link, "error": error})

    def add_ids(self, key: str, remote_ids: Mapping[str, str]) -> None:
        """Remember what the vendor calls it, without moving the line on."""
        self._run("update_line_ids", {"key": key, "remote_ids": json.dumps(dict(remote_ids))})

    def is_idle(self, key: str) -> bool:
        """Tell whether no worker is at the line, and keep them off until the transaction ends."""
        return bool(run(self._connection, "try_lock_delivery", {"key": key})[0]["is_mine"])

    def decide(self, key: str, decision: Decision, *, by: str) -> bool:
        """Enter a person's word: sent, or prepared for another try. False: it is not theirs to decide."""
        state = DeliveryState.SENT if decision is Decision.ARRIVED else DeliveryState.PREPARED
        row = {"key": key, "state": state, "decision": decision, "decided_by": by}
        return bool(self._run("decide_line", row))

    def lines(
        self,
        *,
        stuck_after: timedelta = timedelta(),
        key: str | None = None,
        week: str | None = None,
        everything: bool = False,
    ) -> tuple[LedgerLine, ...]:
        """Return what is in doubt, what failed, and what did not move for that long; or everything."""
        asked = {"key": key, "week": week, "everything": everything, "stuck_after": stuck_after}
        return tuple(_line(row) for row in run(self._connection, self._of_people, asked))

    def _close(self, keys: Iterable[str]) -> None:
        """End what no worker is at any more: a send that was broken off is in doubt, the rest has failed."""
        self._run("close_lines", {"keys": list(keys)})

    def _run(self, name: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
        return run(self._connection, name, parameters, table=self._table)


def delivery(row: Mapping[str, Any]) -> Delivery:
    return Delivery(**{**row, "state": DeliveryState(row["state"])})


def _line(row: Mapping[str, Any]) -> LedgerLine:
    told = dict(row)
    customer, revision = told.pop("customer", None), told.pop("revision", None)
    if customer is not None:
        told["report"] = ReportKey(customer=customer, week=told["week"], revision=revision)
    told["state"] = DeliveryState(told["state"])
    told["decision"] = Decision(told["decision"]) if told["decision"] else None
    return LedgerLine(**told)
