"""Standings: what a vendor can only tell about now, kept one a day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from msp_reports.store.queries import run
from msp_reports.store.snapshots import pack, unpack

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The parts of one system's payload that describe the moment they were taken, UTC."""

    taken_at: datetime
    payload: Mapping[str, Any]


class StandingRepository:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def save(self, customer: str, system: str, standing: Standing, *, zone: str) -> None:
        """Keep the day's standing; of two on one day of the customer's zone the earlier stays.

        A week ends at midnight there: one taken in its last hours and one of soon after it are of two days,
        and what a day begins with has seen the week whole.
        """
        day = standing.taken_at.astimezone(ZoneInfo(zone)).date()
        row = {"customer": customer, "system": system, "taken_on": day, "taken_at": standing.taken_at}
        run(self._connection, "upsert_standing", row | {"payload": pack(standing.payload)})

    def nearest(self, customer: str, system: str, moment: datetime, *, within: timedelta) -> Standing | None:
        """Return the first standing taken from a week's end on, else the last before it.

        One from before the end lacks the week's last hours, however near it is; one from after it has seen
        them.

        Returns:
            None: none is near enough on either side.
        """
        row = {"customer": customer, "system": system, "moment": moment, "within": within}
        found = run(self._connection, "load_nearest_standing", row)
        if not found:
            return None
        return Standing(taken_at=found[0]["taken_at"], payload=unpack(found[0]["payload"]))

    def forget_before(self, moment: datetime) -> None:
        run(self._connection, "delete_old_standings", {"moment": moment})
