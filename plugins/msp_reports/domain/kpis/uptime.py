"""Uptime and SLA of the customer, its sites and its device classes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum

from msp_reports.domain.customer import Customer
from msp_reports.domain.language import say
from msp_reports.domain.natural_order import natural
from msp_reports.domain.records import UNASSIGNED, DeviceUptime, Outage, ServiceLevel, Source
from msp_reports.domain.report import GroupUptime, OutageRow, ServiceRow, Unit, UptimeSection
from msp_reports.domain.snapshot import WeekFacts
from msp_reports.domain.trends import Table, Weeks, percent_of
from msp_reports.domain.week import ReportingWeek


class Level(StrEnum):
    """What devices are added up to."""

    CUSTOMER = "customer"
    SITE = "site"
    DEVICE_CLASS = "device_class"


Group = tuple[Level, str]
WHOLE: Group = (Level.CUSTOMER, "")
"""All devices of the customer."""
_SLA: Group = (Level.CUSTOMER, "sla")


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Devices of one group added up; times in seconds."""

    devices: int = 0
    monitored: int = 0
    up: int = 0
    measured: int = 0
    """Devices with any monitored time."""
    on_target: int = 0
    planned: int = 0
    unknown: int = 0

    @property
    def uptime(self) -> float | None:
        return percent_of(self.up, self.monitored)

    @property
    def sla(self) -> float | None:
        return percent_of(self.on_target, self.measured)


_SUMS = tuple(field.name for field in fields(Totals))


def uptime_totals(facts: WeekFacts, target: float) -> dict[Group, Totals]:
    """Add the devices of a week up per group."""
    import pandas as pd

    rows = [_device_row(device, target) for device in facts.of(DeviceUptime)]
    frame = pd.DataFrame(rows, columns=[*Level, *_SUMS])
    totals: dict[Group, Totals] = {WHOLE: Totals()}
    for level in Level:
        sums = frame.groupby(level.value)[list(_SUMS)].sum()
        for name, numbers in zip(sums.index, sums.to_dict("records"), strict=True):
            totals[level, str(name)] = Totals(**{str(key): int(value) for key, value in numbers.items()})
    return totals


def _device_row(device: DeviceUptime, target: float) -> dict[str, str | int]:
    monitored = device.monitored_seconds
    up = monitored - min(device.down_seconds, monitored)
    uptime = percent_of(up, monitored)
    return {
        Level.CUSTOMER: "",
        Level.SITE: _place(device.site),
        Level.DEVICE_CLASS: _place(device.device_class),
        "devices": 1,
        "monitored": monitored,
        "up": up,
        "measured": int(uptime is not None),
        "on_target": int(uptime is not None and uptime >= target),
        "planned": device.planned_seconds,
        "unknown": device.unknown_seconds,
    }


def _place(name: str) -> str:
    return say("unassigned") if name == UNASSIGNED else name


def uptime_section(weeks: Weeks, customer: Customer) -> UptimeSection | None:
    """Fill the section. None: no monitoring system answered."""
    if not weeks.known(Source.UPTIME):
        return None
    target = customer.targets.uptime
    totals = uptime_totals(weeks.current, target)
    table = weeks.table(Source.UPTIME, Unit.PERCENT, lambda facts, _: _figures(facts, target))
    whole = totals[WHOLE]
    return UptimeSection(
        uptime=table.measure(WHOLE),
        sla=table.measure(_SLA),
        target=target,
        devices=whole.devices,
        planned_minutes=_minutes(whole.planned),
        unknown_minutes=_minutes(whole.unknown),
        sites=_groups(Level.SITE, totals, table, target),
        classes=_groups(Level.DEVICE_CLASS, totals, table, target),
        outages=_outages(weeks.current, weeks.week),
        services=_services(weeks.current),
    )


def _figures(facts: WeekFacts, target: float) -> Mapping[Group, float | None]:
    totals = uptime_totals(facts, target)
    return {group: total.uptime for group, total in totals.items()} | {_SLA: totals[WHOLE].sla}


def _groups(
    level: Level, totals: Mapping[Group, Totals], table: Table[Group], target: float
) -> tuple[GroupUptime, ...]:
    return tuple(
        GroupUptime(
            name=group[1],
            devices=total.devices,
            uptime=table.measure(group),
            planned_minutes=_minutes(total.planned),
            unknown_minutes=_minutes(total.unknown),
            below_target=total.uptime is not None and total.uptime < target,
        )
        for group, total in sorted(totals.items(), key=lambda entry: natural(entry[0][1]))
        if group[0] is level
    )


def _outages(facts: WeekFacts, week: ReportingWeek) -> tuple[OutageRow, ...]:
    rows = []
    for outage in facts.of(Outage):
        inside = week.clip(outage.started_at, outage.ended_at)
        if inside is None:
            continue
        seconds = (inside[1] - inside[0]).total_seconds()
        row = OutageRow(
            name=outage.name,
            site=_place(outage.site),
            started_at=outage.started_at,
            ended_at=outage.ended_at,
            minutes=_minutes(seconds),
            began_before=outage.began_before,
            cause=outage.cause,
        )
        rows.append((-seconds, row.started_at, row.name, row.site, row.cause, outage.device_id, row))
    return tuple(entry[-1] for entry in sorted(rows, key=lambda entry: entry[:-1]))


def _services(facts: WeekFacts) -> tuple[ServiceRow, ...]:
    levels = sorted(facts.of(ServiceLevel), key=lambda level: (level.service, level.slo_percent, str(level)))
    return tuple(
        ServiceRow(service=level.service, sli_percent=level.sli_percent, slo_percent=level.slo_percent)
        for level in levels
    )


def _minutes(seconds: float) -> int:
    return round(seconds / 60)
