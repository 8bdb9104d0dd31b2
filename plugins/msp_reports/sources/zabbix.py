"""Zabbix answers to uptime, outages and service levels of one customer's week."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import StringConstraints

from msp_reports.domain.customer import SourceBinding
from msp_reports.domain.errors import ConfigurationError, ForeignRowError
from msp_reports.domain.notes import Note, noted
from msp_reports.domain.records import UNASSIGNED, DeviceUptime, Outage, Record
from msp_reports.domain.snapshot import Facts
from msp_reports.domain.week import ReportingWeek
from msp_reports.sources.device_week import DeviceWeek, Sampling
from msp_reports.sources.intervals import Interval
from msp_reports.sources.maintenance import Maintenance
from msp_reports.sources.rows import Identity, RowReader, ScopeModel, Unique, rows_of, unique
from msp_reports.sources.service_levels import service_levels
from msp_reports.sources.zabbix_problems import asked, problems_by_host
from msp_reports.sources.zabbix_rows import Host, Item, Trend

Name = Annotated[str, StringConstraints(min_length=1, max_length=255, strip_whitespace=True)]


class ZabbixScope(ScopeModel):
    """How Zabbix knows a customer: by the value of a host tag."""

    customer: Name
    customer_tag: Name = "customer"
    site_tag: Name = "site"
    class_tag: Name = "class"

    def identities(self) -> tuple[Identity, ...]:
        return (Identity((self.customer_tag, self.customer), Unique.ON_ITS_SERVER),)


def parse(payload: Mapping[str, Any], *, binding: SourceBinding, week: ReportingWeek) -> Facts:
    """Read hosts, problems, maintenance and trends (see `contract.Parse`)."""
    scope = binding.scope
    if not isinstance(scope, ZabbixScope):
        raise ConfigurationError("the Zabbix parser was given another system's scope")
    reader = RowReader()
    hosts = _hosts(reader, payload, scope)
    hostids = {host.hostid for host in hosts}
    problems, unclear = problems_by_host(reader, payload, hostids)
    samplings = _samplings(reader, payload, hostids)
    maintenances = reader.read(
        Maintenance, rows_of(payload, "maintenances"), "maintenance", key="maintenanceid"
    )
    window: Interval = (int(week.start.timestamp()), int(week.end.timestamp()))
    zone = str(payload.get("zone") or week.zone)
    records: list[Record] = []
    unexplained = 0
    for host in hosts:
        planned = [m for m in maintenances if not m.tags and m.covers(host.hostid, host.groupids)]
        device = DeviceWeek(
            window=window,
            problems=problems[host.hostid],
            planned=[i for m in planned for i in m.in_force(window, zone)],
            silent=[i for m in planned if not m.collects_data for i in m.in_force(window, zone)],
            sampling=None if host.hostid in unclear else samplings.get(host.hostid),
        )
        records += _device_records(host, scope, device)
        unexplained += device.unexplained_hours
    levels = service_levels(reader, payload, scope, window)
    return Facts(
        records=(*records, *levels.records),
        rows_read=reader.rows_read,
        skipped=tuple(reader.skipped),
        approximations=(*_approximations(maintenances), *levels.approximations),
        incomplete=(*levels.incomplete, *_contradictions(unexplained), *_gone(hosts, payload)),
    )


def _hosts(reader: RowReader, payload: Mapping[str, Any], scope: ZabbixScope) -> list[Host]:
    rows = rows_of(payload, "hosts")
    for row in rows:
        tags = row.get("tags")
        marks = [
            t.get("value")
            for t in (tags if isinstance(tags, list) else ())
            if isinstance(t, dict) and t.get("tag") == scope.customer_tag
        ]
        if set(marks) != {scope.customer}:
            raise ForeignRowError(
                f"Zabbix: host {row.get('hostid')} is not tagged {scope.customer_tag}={scope.customer} and "
                "nothing else. Correct its tags in Zabbix."
            )
    hosts = unique(reader.read(Host, rows, "host", key="hostid"), lambda host: host.hostid)
    return sorted(hosts, key=lambda host: (host.name, host.hostid))


def _samplings(reader: RowReader, payload: Mapping[str, Any], hostids: set[str]) -> dict[str, Sampling]:
    """Choose one availability item per host, one with data and a plain key first, and count its samples."""
    items = reader.read(Item, rows_of(payload, "items"), "item", key="itemid")
    if foreign := {item.hostid for item in items} - hostids - asked(payload, "hosts"):
        raise ForeignRowError(f"Zabbix: items of hosts {sorted(foreign)} of another customer were answered.")
    counts: defaultdict[str, dict[int, int]] = defaultdict(dict)
    silent: defaultdict[str, set[int]] = defaultdict(set)
    for trend in reader.read(Trend, rows_of(payload, "trends"), "trend", key="itemid"):
        counts[trend.itemid][trend.clock] = trend.num
        if trend.is_silent:
            silent[trend.itemid].add(trend.clock)
    if foreign_items := counts.keys() - {item.itemid for item in items} - asked(payload, "items"):
        raise ForeignRowError(f"Zabbix: trends of items {sorted(foreign_items)} were not asked for.")
    chosen: dict[str, Item] = {}
    for item in sorted(items, key=lambda i: (not counts.get(i.itemid), i.key_ != "icmpping", int(i.itemid))):
        chosen.setdefault(item.hostid, item)
    return {
        hostid: Sampling.of(item.delay, counts.get(item.itemid, {}), frozenset(silent[item.itemid]))
        for hostid, item in chosen.items()
    }


def _device_records(host: Host, scope: ZabbixScope, device: DeviceWeek) -> list[Record]:
    site = next(iter(host.values(scope.site_tag)), "") or host.inventory.site_city or host.inventory.location
    kind = next(iter(host.values(scope.class_tag)), "") or host.inventory.type
    name = host.name or host.host
    uptime = DeviceUptime(
        device_id=host.hostid,
        name=name,
        site=site or UNASSIGNED,
        device_class=kind or UNASSIGNED,
        window_seconds=device.window[1] - device.window[0],
        planned_seconds=device.planned_seconds,
        unknown_seconds=device.unknown_seconds,
        down_seconds=device.down_seconds,
    )
    outages = [
        Outage(
            device_id=host.hostid,
            name=name,
            site=uptime.site,
            started_at=piece.started_at,
            ended_at=piece.ended_at,
            began_before=piece.began_before,
            cause=piece.cause,
        )
        for piece in device.outages
    ]
    return [uptime, *outages]


def _approximations(maintenances: Sequence[Maintenance]) -> tuple[Note, ...]:
    lines = [
        noted("Devices, sites and classes are those of the time of reading; Zabbix keeps no past inventory.")
    ]
    if any(m.tags for m in maintenances):
        lines.append(
            noted("Maintenance that is limited to some problems is counted where Zabbix marked a problem so.")
        )
    return tuple(lines)


def _gone(hosts: Sequence[Host], payload: Mapping[str, Any]) -> tuple[str, ...]:
    """Count hosts of a kept list that there are no more: nothing was asked about them."""
    today = asked(payload, "hosts")
    gone = sum(host.hostid not in today for host in hosts) if today else 0
    return (f"{gone} device(s) of that week are in Zabbix no more; of these nothing is known.",) * bool(gone)


def _contradictions(hours: int) -> tuple[str, ...]:
    """Say where trends and events disagree: dependent triggers stay silent, and events get deleted."""
    if not hours:
        return ()
    told = f"In {hours} device-hours no ping was answered, yet Zabbix has no problem for them"
    return (f"{told} (a trigger dependency, or deleted events); they are counted as up.",)
