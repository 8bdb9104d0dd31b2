"""The ledger of what the provider's own people are sent: roll-ups and notices."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from msp_reports.store.deliveries import Delivery, DeliveryState
from msp_reports.store.queries import run

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection


class InternalMessageRepository:
    """The same lines as a delivery's, but for no report's bytes."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def plan(self, key: str, *, week: str, channel: str, recipients: str) -> Delivery:
        """Enter a message, or return the entry that stands, locked for this transaction."""
        row = {"key": key, "week": week, "channel": channel, "recipients": recipients}
        run(self._connection, "insert_message", row)
        return self.load(key)

    def load(self, key: str) -> Delivery:
        row = run(self._connection, "load_message", {"key": key})[0]
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
        """Move a message on; remote ids are added to those known."""
        row = {"key": key, "state": state, "remote_ids": json.dumps(dict(remote_ids or {}))}
        run(self._connection, "update_message", row | {"link": link, "error": error})

    def add_ids(self, key: str, remote_ids: Mapping[str, str]) -> None:
        """Remember what the vendor calls it, without moving the message on."""
        run(self._connection, "update_message_ids", {"key": key, "remote_ids": json.dumps(dict(remote_ids))})

    def close(self, week: str) -> None:
        """End what no worker is at any more: a post that was broken off is in doubt, the rest has failed."""
        run(self._connection, "close_messages", {"week": week})
