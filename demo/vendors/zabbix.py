"""Two Zabbix servers with several customers each, 6.0 and 7.4; the latter's are told by a 6.4 and a 7.0 too.

zabbix.com/documentation: 6.0 to 7.4, manual/api. Errors come with HTTP 200; scalars are text;
``time_till`` is inclusive; without a tag filter all customers' hosts come back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from demo.vendors.tenants import TENANTS, Tenant
from demo.vendors.world import (
    HOUR,
    Device,
    Down,
    devices,
    downs,
    gaps,
    label_of,
    maintenances,
    mondays_between,
    now,
    rng,
    window,
)

TOKEN = "demo-zabbix-token"
VERSIONS = {"60": "6.0.36", "64": "6.4.21rc1", "70": "7.0.12", "74": "7.4.2"}
MIRRORED = {"64": "74", "70": "74"}
"""Servers that hold no customers of their own: the same, asked in another version's way."""
Params = dict[str, Any]
Row = dict[str, Any]


class RpcError(Exception):
    def __init__(self, data: str, code: int = -32602, message: str = "Invalid params.") -> None:
        super().__init__(data)
        self.error = {"code": code, "message": message, "data": data}


async def answer(request: Request) -> Response:
    server = request.path_params["server"]
    body = await request.json()
    try:
        result = _call(server, body, request.headers.get("authorization", ""))
    except RpcError as refused:
        return JSONResponse({"jsonrpc": "2.0", "error": refused.error, "id": body.get("id")})
    return JSONResponse({"jsonrpc": "2.0", "result": result, "id": body["id"]})


def _call(server: str, body: Row, header: str) -> Any:
    method, params = body.get("method", ""), body.get("params", {})
    if method == "apiinfo.version":
        if "auth" in body or header:
            raise RpcError('The "apiinfo.version" method must be called without authorization.')
        return VERSIONS[server]
    if server >= "72" and "auth" in body:
        text = 'Invalid parameter "/": unexpected parameter "auth".'
        raise RpcError(text, -32600, "Invalid request.")
    bearer = header.removeprefix("Bearer ") if server >= "64" else ""
    if (bearer or body.get("auth")) != TOKEN:
        raise RpcError("Not authorized.")
    if method not in METHODS:
        raise RpcError(f'Incorrect API "{method.split(".")[0]}".')
    return METHODS[method](server, params)


def _tenants(server: str) -> list[Tenant]:
    home = MIRRORED.get(server, server)
    return [tenant for tenant in TENANTS if tenant.uses("zabbix") and tenant.zabbix == home]


def _everything(server: str) -> list[tuple[Tenant, Device]]:
    return [(tenant, device) for tenant in _tenants(server) for device in devices(tenant)]


def _tags(tenant: Tenant, device: Device) -> list[dict[str, str]]:
    return [
        {"tag": "customer", "value": tenant.tag},
        {"tag": "site", "value": device.site},
        {"tag": "class", "value": device.kind},
    ]


def _matches(tags: list[dict[str, str]], wanted: list[Row], evaltype: int = 0) -> bool:
    """Tag operators: 0 contains (the default), 1 equals, 2, 3 their opposites, 4 exists, 5 not."""
    tests: dict[str, Callable[[str, str], bool]] = {
        "0": lambda have, want: want.lower() in have.lower(),
        "1": lambda have, want: have == want,
    }
    results = []
    for want in wanted:
        operator, value = str(want.get("operator", "0")), str(want.get("value", ""))
        values = [tag["value"] for tag in tags if tag["tag"] == want["tag"]]
        if operator in {"4", "5"}:
            results.append(bool(values) == (operator == "4"))
        else:
            positive = operator in {"0", "1"}
            hit = any(tests[operator if positive else str(int(operator) - 2)](v, value) for v in values)
            results.append(hit == positive)
    if not results:
        return True
    return any(results) if evaltype == 2 else all(results)


def _ids(params: Params, key: str) -> set[str] | None:
    given = params.get(key)
    if given is None:
        return None
    return {str(value) for value in (given if isinstance(given, list) else [given])}


def _group_key(server: str, params: Params) -> str | None:
    """``selectGroups`` and ``groups`` up to 7.0; ``selectHostGroups`` and ``hostgroups`` since 6.2."""
    if server >= "72" and "selectGroups" in params:
        raise RpcError('Invalid parameter "/": unexpected parameter "selectGroups".')
    if server == "60" and "selectHostGroups" in params:
        raise RpcError('Invalid parameter "/": unexpected parameter "selectHostGroups".')
    if "selectGroups" in params:
        return "groups"
    return "hostgroups" if "selectHostGroups" in params else None


def host_get(server: str, params: Params) -> Any:
    group_key = _group_key(server, params)
    wanted, groups = _ids(params, "hostids"), _ids(params, "groupids")
    rows = []
    for tenant, device in _everything(server):
        tags = _tags(tenant, device)
        if wanted is not None and device.hostid not in wanted:
            continue
        if groups is not None and str(tenant.number) not in groups:
            continue
        if not _matches(tags, params.get("tags") or [], int(params.get("evaltype", 0))):
            continue
        row: Row = {"hostid": device.hostid, "host": device.name.replace(" ", "-"), "name": device.name}
        row |= {"status": "0", "maintenance_status": "0"}
        if group_key:
            row[group_key] = [{"groupid": str(tenant.number), "name": f"Customers/{tenant.tag}"}]
        if "selectTags" in params:
            row["tags"] = tags
        if "selectInventory" in params:
            row["inventory"] = []
        rows.append(row)
    return str(len(rows)) if params.get("countOutput") else rows


def item_get(server: str, params: Params) -> Any:
    wanted = _ids(params, "hostids")
    prefix = str((params.get("search") or {}).get("key_", ""))
    rows = []
    for _, device in _everything(server):
        if wanted is None or device.hostid in wanted:
            for offset, key in enumerate(("icmpping", "icmppingloss", "icmppingsec", "agent.ping")):
                if key.startswith(prefix):
                    rows.append(_item(device, key, offset))
    return rows


def _item(device: Device, key: str, offset: int) -> Row:
    number = int(device.itemid) + offset * 10_000_000
    row = {"itemid": str(number), "hostid": device.hostid, "key_": key, "delay": "1m", "history": "31d"}
    return row | {
        "value_type": "3" if key == "icmpping" else "0",
        "trends": "365d",
        "state": "0",
        "status": "0",
    }


def trend_get(server: str, params: Params) -> Any:
    wanted = _ids(params, "itemids")
    start, till = int(params["time_from"]), min(int(params["time_till"]), now() - 1)
    rows = []
    for tenant, device in _everything(server):
        if wanted is None or device.itemid in wanted:
            rows += _trends(tenant, device, start, till)
    return rows


def _trends(tenant: Tenant, device: Device, start: int, till: int) -> list[Row]:
    weeks = mondays_between(tenant, start, till + 1, before=1)
    silent = [(g.start, g.end) for w in weeks for g in gaps(tenant, w) if g.device == device]
    down = [(d.start, d.end) for w in weeks for d in downs(tenant, w) if d.device == device]
    first = -(-start // HOUR) * HOUR
    rows = []
    for clock in range(first, till + 1, HOUR):
        if any(a <= clock < b for a, b in silent):
            continue
        touched = [(a, b) for a, b in down if a < clock + HOUR and clock < b]
        whole = any(a <= clock and clock + HOUR <= b for a, b in touched)
        low, high = ("0" if touched else "1"), ("0" if whole else "1")
        rows.append({
            "itemid": device.itemid,
            "clock": str(clock),
            "num": "60",
            "value_min": low,
            "value_avg": low if touched else "1",
            "value_max": high,
        })
    return rows


def history_get(server: str, params: Params) -> Any:
    """Raw samples; a wrong value type gives an empty list without an error."""
    if str(params.get("history", 3)) != "3":
        return []
    wanted = _ids(params, "itemids") or set()
    start, till = int(params["time_from"]), min(int(params["time_till"]), now() - 1)
    start = max(start, now() - 31 * 24 * HOUR)
    rows = []
    for tenant, device in _everything(server):
        if device.itemid in wanted:
            weeks = mondays_between(tenant, start, till + 1, before=1)
            down = [(d.start, d.end) for w in weeks for d in downs(tenant, w) if d.device == device]
            silent = [(g.start, g.end) for w in weeks for g in gaps(tenant, w) if g.device == device]
            for clock in range(-(-start // 60) * 60, till + 1, 60):
                if not any(a <= clock < b for a, b in silent):
                    up = not any(a <= clock < b for a, b in down)
                    rows.append({"itemid": device.itemid, "clock": str(clock), "value": str(int(up))})
    return rows[: int(params.get("limit", len(rows)) or len(rows))]


def event_get(server: str, params: Params) -> Any:
    if "eventids" in params:
        return [row for row in _recoveries(server) if row["eventid"] in (_ids(params, "eventids") or set())]
    rows = [row for row in _problems(server, params) if _in_time(row, params)]
    rows.sort(key=lambda row: (int(row["clock"]), int(row["eventid"])))
    return [_published(row) for row in rows]


def _published(row: Row) -> Row:
    return {key: value for key, value in row.items() if key != "_end"}


def _in_time(row: Row, params: Params) -> bool:
    """``problem_time_*`` finds what overlaps, ``time_*`` what began inside."""
    start, end = int(row["clock"]), row["_end"]
    if "problem_time_from" in params or "problem_time_till" in params:
        lower, upper = int(params.get("problem_time_from", 0)), int(params.get("problem_time_till", 2**40))
        return start <= upper and (end is None or end >= lower)
    return int(params.get("time_from", 0)) <= start <= int(params.get("time_till", 2**40))


def _problems(server: str, params: Params) -> Iterable[Row]:
    hosts = _ids(params, "hostids")
    wanted = params.get("tags") or []
    lower = int(params.get("problem_time_from") or params.get("time_from") or now() - 7 * 24 * HOUR)
    upper = int(params.get("problem_time_till") or params.get("time_till") or now())
    for tenant in _tenants(server):
        for monday in mondays_between(tenant, lower, upper + 1, before=1):
            for row in _week_problems(tenant, monday):
                host_ok = hosts is None or row["hosts"][0]["hostid"] in hosts
                if host_ok and int(row["clock"]) <= now() and _matches(row["tags"], wanted):
                    yield row


def _week_problems(tenant: Tenant, monday: Any) -> Iterable[Row]:
    for down in downs(tenant, monday):
        yield _event(down, tenant.marked("ICMP: Unavailable by ICMP ping"), "availability", down.end)
    random = rng(tenant, monday, "noise")
    start, end = window(tenant, monday)
    for n, device in enumerate(random.sample(devices(tenant), k=min(3, tenant.devices))):
        begin = random.randrange(start, end)
        noise = Down(900_000_000 + device.number * 100 + n * 2, device, begin, begin + 2 * HOUR, False)
        yield _event(noise, f"High CPU utilization ({label_of(monday)})", "performance", noise.end)


def _event(down: Down, name: str, scope: str, end: int) -> Row:
    recovered = end <= now()
    return {
        "eventid": str(down.event),
        "objectid": str(down.device.number + 7_000_000),
        "clock": str(down.start),
        "r_eventid": str(down.event + 1) if recovered else "0",
        "name": name,
        "severity": "4",
        "suppressed": "1" if down.planned else "0",
        "hosts": [{"hostid": down.device.hostid}],
        "tags": [{"tag": "scope", "value": scope}],
        "_end": end if recovered else None,
    }


def _recoveries(server: str) -> Iterable[Row]:
    for tenant in _tenants(server):
        for monday in mondays_between(tenant, now() - 61 * 7 * 24 * HOUR, now()):
            for down in downs(tenant, monday):
                if down.end <= now():
                    yield {"eventid": str(down.event + 1), "clock": str(down.end)}


def maintenance_get(server: str, params: Params) -> Any:
    group_key = _group_key(server, params)
    hosts, groups = _ids(params, "hostids"), _ids(params, "groupids")
    rows = []
    for tenant in _tenants(server):
        for monday in mondays_between(tenant, now() - 61 * 7 * 24 * HOUR, now() + 14 * 24 * HOUR):
            for planned in maintenances(tenant, monday):
                members = {device.hostid for device in planned.devices}
                if (hosts is None or hosts & members) and groups is None:
                    rows.append(_maintenance(planned.number, planned.start, planned.end, members, group_key))
    return rows


def _maintenance(number: int, start: int, end: int, members: set[str], group_key: str | None) -> Row:
    period = {"timeperiod_type": "0", "start_date": str(start), "period": str(end - start), "every": "1"}
    period |= {"start_time": "0", "day": "0", "dayofweek": "0", "month": "0"}
    row: Row = {"maintenanceid": str(number), "name": "Patch night", "maintenance_type": "0", "tags": []}
    row |= {"active_since": str(start - HOUR), "active_till": str(end + HOUR), "timeperiods": [period]}
    row["hosts"] = [{"hostid": hostid} for hostid in sorted(members)]
    if group_key:
        row[group_key] = []
    return row


def service_get(server: str, params: Params) -> Any:
    rows = []
    for tenant in _tenants(server):
        tags = [{"tag": "customer", "value": tenant.tag}]
        if tenant.has_sla and _matches(tags, params.get("tags") or []):
            name = tenant.marked(f"{tenant.tag} core network")
            rows.append({"serviceid": str(tenant.number), "name": name, "tags": tags})
    return rows


def sla_get(server: str, params: Params) -> Any:
    wanted = _ids(params, "serviceids")
    mine = [t for t in _tenants(server) if t.has_sla and (wanted is None or str(t.number) in wanted)]
    return [
        {
            "slaid": str(t.number),
            "name": "Gold",
            "slo": "99.9",
            "period": "1",
            "timezone": t.zone,
            "status": "1",
        }
        for t in mine
    ]


def sla_getsli(server: str, params: Params) -> Any:
    """One weekly period; numbers are JSON numbers here, unlike everywhere else."""
    from demo.vendors.truth import truth

    tenant = next(t for t in _tenants(server) if str(t.number) == str(params["slaid"]))
    monday = mondays_between(tenant, int(params["period_from"]), int(params["period_from"]) + 1)[0]
    start, end = window(tenant, monday)
    percent = truth(tenant.code, label_of(monday))["uptime"]["percent"]
    uptime = round((end - start) * percent / 100)
    sli = {"uptime": uptime, "downtime": end - start - uptime, "sli": round(percent, 4)}
    sli |= {"error_budget": 0, "excluded_downtimes": []}
    periods = [{"period_from": start, "period_to": end}]
    return {"periods": periods, "serviceids": [tenant.number], "sli": [[sli]]}


METHODS: dict[str, Callable[[str, Params], Any]] = {
    "host.get": host_get,
    "item.get": item_get,
    "trend.get": trend_get,
    "history.get": history_get,
    "event.get": event_get,
    "maintenance.get": maintenance_get,
    "service.get": service_get,
    "sla.get": sla_get,
    "sla.getsli": sla_getsli,
}


def routes() -> list[BaseRoute]:
    return [Route("/zabbix{server:str}/api_jsonrpc.php", answer, methods=["POST"])]
