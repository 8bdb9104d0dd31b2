"""Which weeks are being collected: what a later week waits for before it compares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msp_reports.store.queries import run

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """One customer's week in one run."""

    customer: str
    week: str
    run_id: str
    settled: bool
    """True: every source has told what it can, or why it cannot."""


class CollectionRepository:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def open(self, *, run_id: str, customers: Sequence[tuple[str, str]]) -> None:
        """Announce that a run is about to collect these (customer, week) pairs."""
        for customer, week in customers:
            run(self._connection, "open_collection", {"customer": customer, "week": week, "run_id": run_id})

    def settle(self, customer: str, week: str) -> None:
        run(self._connection, "settle_collection", {"customer": customer, "week": week})

    def load(self, weeks: Sequence[str]) -> tuple[Collection, ...]:
        rows = run(self._connection, "load_collections", {"weeks": list(weeks)})
        return tuple(Collection(**row) for row in rows)
