"""The report model as flat tables: one per list of the model, one of all figures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any

from msp_reports.domain.language import say
from msp_reports.domain.records import Source
from msp_reports.domain.report import (
    AvailabilitySection,
    BackupSection,
    ControlRow,
    DayFlow,
    Finding,
    GroupUptime,
    IncidentRow,
    MachineRow,
    Measure,
    OutageRow,
    PriorityRow,
    Provenance,
    ReportModel,
    SecuritySection,
    ServiceRow,
    SeverityRow,
    SiteOutageRow,
    SiteRow,
    TicketSection,
    UptimeSection,
)
from msp_reports.domain.week import ReportingWeek

Row = tuple[object, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DataTable:
    name: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


def data_tables(model: ReportModel) -> tuple[DataTable, ...]:
    """All tables of the sections that are known. A table without rows says that there was nothing."""
    days = tuple(day.isoformat() for day in ReportingWeek.parse(model.week, model.zone).days)
    return (
        _table("findings", say("What changed"), Finding, model.findings),
        _figures(model),
        _table(
            "sources", say("Where the numbers come from"), Provenance, model.provenance, without={"notes"}
        ),
        *(() if model.uptime is None else _of_uptime(model.uptime)),
        *(() if model.tickets is None else _of_tickets(model.tickets)),
        *(() if model.backup is None else (_machines(model.backup, days),)),
        *(() if model.security is None else _of_security(model.security)),
        *(() if model.availability is None else _of_sites(model.availability)),
    )


def _of_uptime(section: UptimeSection) -> tuple[DataTable, ...]:
    return (
        _table("uptime-sites", say("Uptime by site"), GroupUptime, section.sites),
        _table("uptime-classes", say("Uptime by device class"), GroupUptime, section.classes),
        _table("uptime-outages", say("Outages"), OutageRow, section.outages),
        _table("uptime-services", say("Service levels"), ServiceRow, section.services),
    )


def _of_tickets(section: TicketSection) -> tuple[DataTable, ...]:
    return (
        _table("tickets-priorities", say("Tickets by priority"), PriorityRow, section.priorities),
        _table("tickets-days", say("Tickets opened and closed by day"), DayFlow, section.flow),
    )


def _of_security(section: SecuritySection) -> tuple[DataTable, ...]:
    return (
        _table("security-severities", say("Security incidents by severity"), SeverityRow, section.severities),
        _table("security-incidents", say("Open security incidents"), IncidentRow, section.open_incidents),
        _table("security-controls", say("Secure-score controls that moved"), ControlRow, section.controls),
    )


def _of_sites(section: AvailabilitySection) -> tuple[DataTable, ...]:
    return (
        _table("sites", say("Public sites"), SiteRow, section.sites),
        _table("sites-outages", say("Outages of public sites"), SiteOutageRow, section.outages),
    )


def _machines(section: BackupSection, days: tuple[str, ...]) -> DataTable:
    """One row per machine, one column per local day."""
    plain = _table(
        "backup-machines", say("Backup by machine and day"), MachineRow, section.rows, without={"days"}
    )
    rows = tuple((*row, *machine.days) for row, machine in zip(plain.rows, section.rows, strict=True))
    return DataTable(name=plain.name, title=plain.title, columns=(*plain.columns, *days), rows=rows)


def _figures(model: ReportModel) -> DataTable:
    """Every figure of every section, one row per week of its history."""
    week = ReportingWeek.parse(model.week, model.zone)
    rows = tuple(
        (name, measure.unit, week.prior(back).label, value, None if back else measure.before)
        for name, measure in _measures(model)
        for back, value in enumerate((measure.value, *reversed(measure.history[:-1])))
    )
    columns = ("figure", "unit", "week", "value", "compared_with")
    return DataTable(name="figures", title=say("All figures, week by week"), columns=columns, rows=rows)


def _measures(model: ReportModel) -> Iterator[tuple[str, Measure]]:
    for source in Source:
        section = getattr(model, source.value)
        for field in fields(section) if section is not None else ():
            value = getattr(section, field.name)
            if isinstance(value, Measure):
                yield f"{source.value}.{field.name}", value


def _table(
    name: str, title: str, kind: type[Any], rows: Sequence[object], *, without: Iterable[str] = ()
) -> DataTable:
    """One column per field; a measure takes two: its value and last week's."""
    names = [field.name for field in fields(kind) if field.name not in without]
    measured = {field.name for field in fields(kind) if field.type in {"Measure", Measure}}
    columns = tuple(
        column
        for field in names
        for column in ((field, f"{field}_before") if field in measured else (field,))
    )
    flat = tuple(tuple(_values(getattr(row, field) for field in names)) for row in rows)
    return DataTable(name=name, title=title, columns=columns, rows=flat)


def _values(values: Iterable[object]) -> Iterator[object]:
    for value in values:
        if isinstance(value, Measure):
            yield from (value.value, value.before)
        else:
            yield value
