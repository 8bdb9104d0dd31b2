"""The ledger of deliveries: one line for each report, channel and set of recipients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from msp_reports.domain.errors import NotApprovedError
from msp_reports.store.ledger import KEY_LENGTH, Delivery, DeliveryState, Ledger, LedgerLine, delivery
from msp_reports.store.queries import run
from msp_reports.store.reports import ReportKey


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


class DeliveryRepository(Ledger):
    """Lines of reports: each says which bytes, by which channel, to whom."""

    _table = "delivery"
    _of_people = "load_ledger"

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
        found = self._run("load_line", {"key": key})
        if not found:
            raise NotApprovedError(
                f"report {report.customer} {report.week} revision {report.revision} stands in the ledger for "
                f"{channel} with other bytes already: nothing is sent. Make a correction of it."
            )
        return delivery(found[0])

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
        moved = [delivery(row) for row in run(self._connection, "replace_deliveries", row)]
        return tuple(entry for entry in moved if entry.state is DeliveryState.REPLACED)

    def of_report(self, report: ReportKey) -> tuple[Delivery, ...]:
        """Return the deliveries of one revision that stand."""
        key = {"customer": report.customer, "week": report.week, "revision": report.revision}
        rows = run(self._connection, "load_deliveries", key)
        return tuple(map(delivery, rows))

    def lines_of(self, report: ReportKey) -> tuple[LedgerLine, ...]:
        """Return every delivery of one revision that stands."""
        lines = self.lines(week=report.week, everything=True)
        return tuple(
            line for line in lines if line.report == report and line.state is not DeliveryState.REPLACED
        )

    def close(self, report: ReportKey) -> None:
        """End what no worker is at any more."""
        self._close(line.key for line in self.of_report(report))

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
