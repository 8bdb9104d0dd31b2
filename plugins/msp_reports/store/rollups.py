"""The internal roll-up of a week: what it must say that no report tells."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from msp_reports.store.queries import run

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection


class RollupRepository:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def plan(self, week: str, left_out: Sequence[str]) -> None:
        """Enter the week with the newest list of customer files that could not be read."""
        run(self._connection, "upsert_rollup", {"week": week, "left_out": json.dumps(list(left_out))})

    def left_out(self, week: str) -> tuple[str, ...]:
        """Return why customers' files could not be used, each with file, key and expectation."""
        rows = run(self._connection, "load_rollup", {"week": week})
        return tuple(rows[0]["left_out"]) if rows else ()
