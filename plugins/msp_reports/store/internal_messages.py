"""The ledger of what the provider's own people are sent: roll-ups and notices."""

from __future__ import annotations

from msp_reports.store.ledger import Delivery, Ledger
from msp_reports.store.queries import run


class InternalMessageRepository(Ledger):
    """The same lines as a delivery's, but for no report's bytes."""

    _table = "internal_message"
    _of_people = "load_internal_lines"

    def plan(self, key: str, *, week: str, channel: str, recipients: str) -> Delivery:
        """Enter a message, or return the line that stands, locked for this transaction."""
        row = {"key": key, "week": week, "channel": channel, "recipients": recipients}
        run(self._connection, "insert_message", row)
        return self.load(key)

    def close(self, week: str) -> None:
        """End what no worker is at any more."""
        self._close(line.key for line in self.lines(week=week, everything=True))
