"""Site checks as they were made, one row per site and five-minute slot."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from msp_reports.store.queries import run, statement

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    customer: str
    site: str
    host: str
    slot: datetime
    """The five-minute mark that this check belongs to, UTC."""
    checked_at: datetime
    ok: bool
    status_code: int | None
    error_kind: str | None
    total_ms: int | None
    cert_expires_at: datetime | None


class ProbeRepository:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def save(self, probes: Iterable[Probe]) -> None:
        """Add probes; a slot that has one already keeps it."""
        from psycopg2.extras import execute_values

        with self._connection.cursor() as cursor:
            execute_values(cursor, statement("insert_probes"), list(map(astuple, probes)), page_size=1000)

    def load(self, customer: str, start: datetime, end: datetime) -> dict[str, list[list[Any]]]:
        """Return [slot, ok, status, error, ms, certificate expiry] per site, in ``[start, end)``."""
        window = {"customer": customer, "start": start, "end": end}
        found: dict[str, list[list[Any]]] = {}
        for row in run(self._connection, "load_probes", window):
            slot, expires = row["slot"].isoformat(), row["cert_expires_at"]
            found.setdefault(row["site"], []).append([
                slot,
                row["ok"],
                row["status_code"],
                row["error_kind"],
                row["total_ms"],
                expires.isoformat() if expires else None,
            ])
        return found

    def network_down(self, start: datetime, end: datetime) -> list[str]:
        """Return the slots in which our own line was down.

        That is: no site of any customer answered anything at all, and they are of more than one host.
        """
        rows = run(self._connection, "load_network_down", {"start": start, "end": end})
        return [row["slot"].isoformat() for row in rows]

    def forget_before(self, moment: datetime) -> None:
        run(self._connection, "delete_old_probes", {"moment": moment})
