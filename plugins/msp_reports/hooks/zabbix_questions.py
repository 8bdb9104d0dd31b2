"""What is asked of Zabbix about one customer's week, question by question."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from msp_reports.domain.errors import FatalSourceError, PermissionMissingError
from msp_reports.domain.week import ReportingWeek
from msp_reports.hooks.pagination import chunks
from msp_reports.hooks.zabbix_rpc import ZabbixRpc

EQUALS = 1
"""Tag operator. The default, 0 contains, would mix ACME with ACME-Labs."""
HOSTS_PER_CALL = 500
ITEMS_PER_CALL = 200
"""200 items x 168 hours are 33,600 rows: more and PHP's memory limit cuts the answer (reference 7)."""
EVENTS_PER_CALL = 1000
_HOUR = 3600

_KEYS = {
    "host.get": "hostid",
    "item.get": "itemid",
    "event.get": "eventid",
    "maintenance.get": "maintenanceid",
    "trend.get": "itemid",
    "service.get": "serviceid",
    "sla.get": "slaid",
}

Row = dict[str, Any]


class ZabbixCustomer(Protocol):
    """What is read of the scope."""

    @property
    def customer(self) -> str: ...

    @property
    def customer_tag(self) -> str: ...


def hosts(rpc: ZabbixRpc, scope: ZabbixCustomer) -> list[Row]:
    hosts = _rows(
        rpc,
        "host.get",
        {
            "output": ["hostid", "host", "name", "status"],
            "tags": [{"tag": scope.customer_tag, "value": scope.customer, "operator": EQUALS}],
            "filter": {"status": "0"},
            "selectTags": "extend",
            rpc.groups: ["groupid"],
            "selectInventory": ["site_city", "location", "type"],
        },
    )
    if not hosts:
        raise FatalSourceError(
            f"Zabbix: no monitored host has the tag {scope.customer_tag}={scope.customer}. Set it, or "
            "let the token's user read the customer's host groups: a missing right looks the same."
        )
    return hosts


def items(rpc: ZabbixRpc, hostids: Sequence[str]) -> list[Row]:
    params = {
        "output": ["itemid", "hostid", "key_", "delay", "trends", "state"],
        "search": {"key_": "icmpping"},
        "startSearch": True,
        "filter": {"status": "0"},
    }
    found = _in_chunks(
        hostids, HOSTS_PER_CALL, lambda ids: _rows(rpc, "item.get", {**params, "hostids": list(ids)})
    )
    return [row for row in found if _pings(str(row.get("key_")))]


def problems(rpc: ZabbixRpc, hostids: Sequence[str], week: ReportingWeek) -> list[Row]:
    """Ask for problems that overlap the week; ``time_from`` would miss those that began before it."""
    params = {
        "output": ["eventid", "clock", "r_eventid", "name", "suppressed"],
        "source": 0,
        "object": 0,
        "value": 1,
        "tags": [{"tag": "scope", "value": "availability", "operator": EQUALS}],
        "problem_time_from": int(week.start.timestamp()),
        "problem_time_till": int(week.end.timestamp()) - 1,
        "selectHosts": ["hostid"],
        "sortfield": ["clock", "eventid"],
        "sortorder": "ASC",
    }
    return _in_chunks(
        hostids, HOSTS_PER_CALL, lambda ids: _rows(rpc, "event.get", {**params, "hostids": list(ids)})
    )


def recoveries(rpc: ZabbixRpc, problems: Sequence[Row]) -> list[Row]:
    wanted = sorted({str(row.get("r_eventid") or "0") for row in problems} - {"0"}, key=int)
    return _in_chunks(
        wanted,
        EVENTS_PER_CALL,
        lambda ids: _rows(rpc, "event.get", {"output": ["eventid", "clock"], "eventids": list(ids)}),
    )


def maintenances(rpc: ZabbixRpc, hosts: Sequence[Row]) -> list[Row]:
    """Ask by host and by group apart, as together they narrow each other; keep no one else's ids."""
    hostids = {str(host["hostid"]) for host in hosts}
    groupids = {str(group.get("groupid")) for host in hosts for group in _groups(host)}
    params = {
        "output": ["maintenanceid", "maintenance_type", "active_since", "active_till"],
        "selectTimeperiods": "extend",
        "selectTags": "extend",
        "selectHosts": ["hostid"],
        rpc.groups: ["groupid"],
    }
    found = _rows(rpc, "maintenance.get", {**params, "hostids": sorted(hostids)})
    if groupids:
        found += _rows(rpc, "maintenance.get", {**params, "groupids": sorted(groupids)})
    return [
        {
            **{key: row.get(key) for key in (*params["output"], "timeperiods", "tags")},
            "hostids": sorted(hostids & {str(host.get("hostid")) for host in row.get("hosts") or ()}),
            "groupids": sorted(groupids & {str(group.get("groupid")) for group in _groups(row)}),
        }
        for row in {str(row.get("maintenanceid")): row for row in found}.values()
    ]


def trends(rpc: ZabbixRpc, items: Sequence[Row], week: ReportingWeek) -> list[Row]:
    began = int(week.start.timestamp())
    params = {
        "output": ["itemid", "clock", "num", "value_max"],
        "time_from": began - began % _HOUR,
        "time_till": int(week.end.timestamp()) - 1,
    }
    ids = [str(item["itemid"]) for item in items]
    return _in_chunks(
        ids, ITEMS_PER_CALL, lambda part: _rows(rpc, "trend.get", {**params, "itemids": list(part)})
    )


def service_levels(rpc: ZabbixRpc, scope: ZabbixCustomer, week: ReportingWeek) -> Row:
    """Read the SLA objects; a role that may not is told apart from a customer who has none."""
    tags = [{"tag": scope.customer_tag, "value": scope.customer, "operator": EQUALS}]
    try:
        services = _rows(
            rpc, "service.get", {"output": ["serviceid", "name"], "tags": tags, "selectTags": "extend"}
        )
        ids = [str(row["serviceid"]) for row in services]
        output = ["slaid", "name", "slo", "period", "timezone"]
        slas = _rows(rpc, "sla.get", {"output": output, "serviceids": ids}) if ids else []
        for sla in slas:
            sla["indicators"] = rpc.call(
                "sla.getsli",
                {
                    "slaid": sla["slaid"],
                    "serviceids": ids,
                    "period_from": int(week.start.timestamp()),
                    "period_to": int(week.end.timestamp()) - 1,
                },
            )
    except PermissionMissingError as refusal:
        return {"services": [], "slas": [], "sla_refused": str(refusal)}
    return {"services": services, "slas": slas, "sla_refused": None}


def _rows(rpc: ZabbixRpc, method: str, params: Row) -> list[Row]:
    return rpc.rows(method, params, key=_KEYS[method])


def _in_chunks(ids: Sequence[str], size: int, ask: Callable[[Sequence[str]], list[Row]]) -> list[Row]:
    return [row for part in chunks(ids, size) for row in ask(part)]


def _groups(row: Row) -> list[Row]:
    """``hostgroups`` since Zabbix 6.2, ``groups`` before."""
    found = row.get("hostgroups") or row.get("groups") or []
    return [group for group in found if isinstance(group, dict)]


def _pings(key: str) -> bool:
    """``startSearch`` also finds icmppingloss and icmppingsec."""
    return key == "icmpping" or key.startswith("icmpping[")
