"""Problem events of a customer's hosts, each with its end, and hosts of which one cannot be read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from msp_reports.domain.errors import ChangedShapeError, ForeignRowError
from msp_reports.sources.device_week import Problem
from msp_reports.sources.rows import RowReader, rows_of, unique
from msp_reports.sources.zabbix_rows import Event, Recovery


def asked(payload: Mapping[str, Any], name: str) -> frozenset[str]:
    """Ids of the customer's own that were asked for today; the kept list of a past week may lack them."""
    asked = payload.get("asked")
    return frozenset(asked.get(name, ())) if isinstance(asked, dict) else frozenset()


def problems_by_host(
    reader: RowReader, payload: Mapping[str, Any], hostids: set[str]
) -> tuple[defaultdict[str, list[Problem]], set[str]]:
    """Return the problems of each host, and the hosts of which one cannot be read: they are not known."""
    unread: list[Mapping[str, Any]] = []
    events = reader.read(Event, rows_of(payload, "problems"), "event", key="eventid", unread=unread)
    recoveries = reader.read(Recovery, rows_of(payload, "recoveries"), "recovery event", key="eventid")
    ends = {row.eventid: row.clock for row in recoveries}
    found: defaultdict[str, list[Problem]] = defaultdict(list)
    for event in unique(events, lambda event: event.eventid):
        mine = _own({host.hostid for host in event.hosts}, event.eventid, payload, hostids)
        lost = event.r_eventid != "0" and event.r_eventid not in ends
        if lost:
            reader.skip(f"event {event.eventid}: its recovery is gone, so its end is unknown")
        problem = Problem(
            start=event.clock,
            end=ends.get(event.r_eventid),
            cause=event.name,
            suppressed=event.suppressed == 1,
            end_lost=lost,
        )
        for hostid in mine:
            found[hostid].append(problem)
    unclear = {hostid for row in unread for hostid in _own(_named(row), row.get("eventid"), payload, hostids)}
    return found, unclear


def _named(event: Mapping[str, Any]) -> set[str]:
    """Hosts that an event names which is unreadable otherwise."""
    hosts = event.get("hosts")
    named = (
        {str(host.get("hostid")) for host in hosts if isinstance(host, dict)}
        if isinstance(hosts, list)
        else set()
    )
    if not named:
        raise ChangedShapeError(f"Zabbix: event {event.get('eventid')} cannot be read and names no host.")
    return named


def _own(named: set[str], event: object, payload: Mapping[str, Any], hostids: set[str]) -> set[str]:
    """Return the hosts of an event that are told of; one that became the customer's later is not."""
    mine = named & hostids
    if not mine and not named & asked(payload, "hosts"):
        raise ForeignRowError(f"Zabbix: event {event} is of a host of another customer.")
    return mine
