"""The customer, a site or a device class this week beside last week."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from msp_reports.domain.findings.draft import CUSTOMER, Kind
from msp_reports.domain.kpis.uptime import WHOLE, Group, Level, Totals
from msp_reports.domain.language import say
from msp_reports.domain.trends import change_in_points

KINDS = {Level.CUSTOMER: Kind.CUSTOMER, Level.SITE: Kind.SITE, Level.DEVICE_CLASS: Kind.DEVICE_CLASS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One group this week and last week."""

    group: Group
    now: Totals
    last: Totals | None

    @property
    def kind(self) -> Kind:
        return KINDS[self.group[0]]

    @property
    def entity(self) -> str:
        return CUSTOMER if self.group == WHOLE else self.group[1]

    @property
    def place(self) -> str:
        """Where, as it follows ``Uptime``."""
        level, name = self.group
        if level is Level.SITE:
            return say(" at {site}", site=name)
        return say(" of device class {name}", name=name) if level is Level.DEVICE_CLASS else ""

    @property
    def uptime_change(self) -> float | None:
        return change_in_points(self.last.uptime if self.last else None, self.now.uptime)

    @property
    def sla_change(self) -> float | None:
        return change_in_points(self.last.sla if self.last else None, self.now.sla)


def told_groups(totals: Mapping[Group, Totals]) -> Iterator[Group]:
    """Groups worth a finding: a site or class that holds every device only repeats the customer."""
    for group in totals:
        if group == WHOLE or totals[group].devices < totals[WHOLE].devices:
            yield group
