"""The internal roll-up of a week: one post, edited in place."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msp_reports.store.queries import run

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollup:
    week: str
    state: str
    remote_ids: Mapping[str, str]
    left_out: Sequence[str]
    """Customer files that could not be read, each with file, key and expectation."""


class RollupRepository:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def plan(self, week: str, left_out: Sequence[str]) -> Rollup:
        """Enter the week's roll-up, or return the one that stands, with the newest list of bad files."""
        row = {"week": week, "left_out": json.dumps(list(left_out))}
        return Rollup(**run(self._connection, "upsert_rollup", row)[0])

    def load(self, week: str) -> Rollup | None:
        rows = run(self._connection, "load_rollup", {"week": week})
        return Rollup(**rows[0]) if rows else None

    def record(self, week: str, state: str, remote_ids: Mapping[str, str] | None = None) -> None:
        row = {"week": week, "state": state, "remote_ids": json.dumps(dict(remote_ids or {}))}
        run(self._connection, "update_rollup", row)
