"""Service-level objects that Zabbix itself holds, for one week."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from msp_reports.domain.errors import ForeignRowError
from msp_reports.domain.notes import Note, noted
from msp_reports.domain.records import ServiceLevel
from msp_reports.sources.intervals import Interval
from msp_reports.sources.maintenance import Tag
from msp_reports.sources.rows import RowReader, VendorRow, rows_of, unique

_NO_DATA = -1


class _Scope(Protocol):
    @property
    def customer(self) -> str: ...

    @property
    def customer_tag(self) -> str: ...


class _Service(VendorRow):
    serviceid: str
    name: str
    tags: tuple[Tag, ...]


class _Period(VendorRow):
    period_from: int
    period_to: int


class _Indicator(VendorRow):
    uptime: int
    downtime: int
    sli: float


class _Indicators(VendorRow):
    periods: tuple[_Period, ...]
    serviceids: tuple[str, ...]
    sli: tuple[tuple[_Indicator, ...], ...]


class _Sla(VendorRow):
    slaid: str
    name: str
    slo: float
    indicators: _Indicators


@dataclass(frozen=True, slots=True, kw_only=True)
class Levels:
    records: tuple[ServiceLevel, ...] = ()
    approximations: tuple[Note, ...] = ()
    incomplete: tuple[str, ...] = ()


def service_levels(reader: RowReader, payload: Mapping[str, Any], scope: _Scope, window: Interval) -> Levels:
    """Read the SLI of each of the customer's services.

    ``sli[i][j]`` is period i of service j by the *answered* order of both lists, which is undefined
    (Zabbix documentation, sla.getsli). Periods are the SLA's own, in the SLA's time zone.
    """
    refused = payload.get("sla_refused")
    if refused:
        return Levels(incomplete=(str(refused),))
    services = {row.serviceid: row.name for row in _services(reader, payload, scope)}
    records: list[ServiceLevel] = []
    notes: list[Note] = []
    slas = reader.read(_Sla, rows_of(payload, "slas"), "SLA", key="slaid")
    for sla in unique(slas, lambda one: one.slaid):
        inside = [n for n, period in enumerate(sla.indicators.periods) if _within(period, window)]
        fits = _tiles([sla.indicators.periods[n] for n in inside], window)
        if not fits:
            notes.append(
                noted("The periods of the SLA “{name}” in Zabbix do not make up this week.", name=sla.name)
            )
        for column, serviceid in enumerate(sla.indicators.serviceids):
            if serviceid not in services:
                raise ForeignRowError(f"Zabbix: SLA {sla.slaid} answered for service {serviceid} unasked.")
            cells = [sla.indicators.sli[n][column] for n in inside] if fits else []
            records.append(
                ServiceLevel(service=services[serviceid], sli_percent=_sli(cells), slo_percent=sla.slo)
            )
    return Levels(records=tuple(records), approximations=tuple(notes))


def _services(reader: RowReader, payload: Mapping[str, Any], scope: _Scope) -> Sequence[_Service]:
    services = reader.read(_Service, rows_of(payload, "services"), "service", key="serviceid")
    for service in services:
        if {tag.value for tag in service.tags if tag.tag == scope.customer_tag} != {scope.customer}:
            raise ForeignRowError(
                f"Zabbix: service {service.serviceid} is not tagged "
                f"{scope.customer_tag}={scope.customer} and nothing else. Correct its tags in Zabbix."
            )
    return services


def _within(period: _Period, window: Interval) -> bool:
    return window[0] <= period.period_from and period.period_to <= window[1]


def _tiles(periods: Sequence[_Period], window: Interval) -> bool:
    at = window[0]
    for period in sorted(periods, key=lambda one: one.period_from):
        if period.period_from != at:
            return False
        at = period.period_to
    return at == window[1]


def _sli(cells: Sequence[_Indicator]) -> float | None:
    known = [cell for cell in cells if cell.sli != _NO_DATA]
    if len(known) == 1:
        return known[0].sli
    up, down = sum(cell.uptime for cell in known), sum(cell.downtime for cell in known)
    return 100 * up / (up + down) if up + down else None
