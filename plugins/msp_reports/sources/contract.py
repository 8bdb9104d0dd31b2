"""What a source system has to offer: a scope, a fetch and a parse."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from msp_reports.domain.customer import SourceBinding
from msp_reports.domain.snapshot import Facts, Pull
from msp_reports.domain.week import ReportingWeek


class SourceClient(Protocol):
    """The Airflow hook of a system: built from a connection id, reads one window."""

    def __init__(self, conn_id: str) -> None: ...

    def fetch(self, scope: Any, week: ReportingWeek) -> Pull:
        """Ask for this customer's week, all pages.

        Raises:
            RetriableSourceError: it may work later.
            FatalSourceError: somebody must change something first.
        """
        ...

    def test_connection(self) -> tuple[bool, str]:
        """Airflow's connection test: reachable and authorised, or the reason why not."""
        ...


class StandingClient(SourceClient, Protocol):
    """A client of a system that keeps no past of some things (`SourceSpec.standing`)."""

    def standing(self, scope: Any) -> Pull:
        """Ask for those parts of the payload alone, as they are now.

        Raises:
            SourceError: as `fetch`.
        """
        ...


class Parse(Protocol):
    """Turn a pull's payload into facts. Pure: the same payload gives the same facts."""

    def __call__(self, payload: Mapping[str, Any], *, binding: SourceBinding, week: ReportingWeek) -> Facts:
        """Read the payload.

        Raises:
            ForeignRowError: a row belongs to another customer.
            ChangedShapeError: the payload is not what the vendor documents.
        """
        ...
