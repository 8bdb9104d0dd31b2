"""Zabbix: what is told of a week, now and long after and by every version, is what happened."""

from __future__ import annotations

import json
from typing import Any

import pytest

from demo.setting import Setting
from demo.vendors.zabbix import VERSIONS
from msp_reports.customer_files import read_customer
from msp_reports.domain.customer import Customer, SourceBinding
from msp_reports.domain.records import DeviceUptime, Outage
from msp_reports.domain.snapshot import Facts
from msp_reports.domain.week import ReportingWeek
from msp_reports.hooks.zabbix import ZabbixHook
from msp_reports.sources.catalog import BY_SYSTEM
from msp_reports.sources.zabbix import parse
from tests.demo.conftest import label, truth

pytestmark = pytest.mark.airflow

CUSTOMERS = ("acme", "bergmann", "obrien")
"""On 7.4, on 6.0, and one whose zone is far from UTC."""


def used(code: str) -> tuple[Customer, SourceBinding]:
    customer = read_customer(code)
    binding = customer.binding("zabbix")
    assert binding is not None
    return customer, binding


def told(facts: Facts) -> dict[str, dict[str, int]]:
    return {
        record.device_id: {
            "window": record.window_seconds,
            "planned": record.planned_seconds,
            "unknown": record.unknown_seconds,
            "down": record.down_seconds,
        }
        for record in facts.records
        if isinstance(record, DeviceUptime)
    }


@pytest.mark.parametrize("weeks_before", [0, 1, 5, 30])
@pytest.mark.parametrize("code", CUSTOMERS)
def test_every_device_s_seconds_are_those_that_happened(
    pointed: Setting, code: str, weeks_before: int
) -> None:
    customer, binding = used(code)
    week = ReportingWeek.parse(label(weeks_before), customer.zone)
    payload = ZabbixHook(binding.connection).fetch(binding.scope, week).payload
    facts = parse(payload, binding=binding, week=week)
    assert facts.skipped == facts.incomplete == ()
    assert told(facts) == truth(pointed, code, week.label)["uptime"]["devices"]
    down = sum(
        (inside[1] - inside[0]).total_seconds()
        for record in facts.records
        if isinstance(record, Outage) and (inside := week.clip(record.started_at, record.ended_at))
    )
    assert down == sum(seconds["down"] for seconds in told(facts).values())


@pytest.mark.parametrize("server", sorted(VERSIONS))
def test_every_version_tells_the_same(pointed: Setting, monkeypatch: pytest.MonkeyPatch, server: str) -> None:
    """A customer on 7.4 told by 6.4 and 7.0, whose servers mirror it; 6.0 has customers of its own."""
    code = "bergmann" if server == "60" else "acme"
    customer, binding = used(code)
    connection = pointed.connections()["zabbix_74"]
    connection["host"] = f"{pointed.estate_url}/zabbix{server}/api_jsonrpc.php"
    monkeypatch.setenv("AIRFLOW_CONN_ZABBIX_ASKED", json.dumps(connection))
    hook = ZabbixHook("zabbix_asked")
    version = ".".join(VERSIONS[server].split(".")[:2])
    assert hook.test_connection()[1].startswith(f"Zabbix {version}: ")
    week = ReportingWeek.parse(label(1), customer.zone)
    facts = parse(hook.fetch(binding.scope, week).payload, binding=binding, week=week)
    assert told(facts) == truth(pointed, code, week.label)["uptime"]["devices"]


@pytest.fixture
def kept(pointed: Setting) -> tuple[dict[str, Any], SourceBinding, ReportingWeek]:
    """A pull of a week long past, and the names of its standing parts kept at that week's end."""
    customer, binding = used("bergmann")
    week = ReportingWeek.parse(label(30), customer.zone)
    hook = ZabbixHook(binding.connection)
    standing = hook.standing(binding.scope).payload
    assert tuple(standing) == BY_SYSTEM["zabbix"].standing
    payload = hook.fetch(binding.scope, week).payload | standing
    return json.loads(json.dumps(payload)), binding, week


def test_a_device_that_was_kept_and_is_gone_is_not_known(
    pointed: Setting, kept: tuple[dict[str, Any], SourceBinding, ReportingWeek]
) -> None:
    payload, binding, week = kept
    payload["hosts"].append(payload["hosts"][0] | {"hostid": "99", "name": "gone"})
    payload["items"].append(payload["items"][0] | {"hostid": "99", "itemid": "990"})
    seconds = told(parse(payload, binding=binding, week=week))
    gone = seconds.pop("99")
    assert gone["unknown"] == gone["window"] - gone["planned"]
    assert seconds == truth(pointed, "bergmann", week.label)["uptime"]["devices"]


def test_a_device_that_came_since_does_not_refuse_the_week(
    pointed: Setting, kept: tuple[dict[str, Any], SourceBinding, ReportingWeek]
) -> None:
    """It is the customer's today and was asked for; the list of that day does not have it."""
    payload, binding, week = kept
    late = next(row["hosts"][0]["hostid"] for row in payload["problems"])
    payload["hosts"] = [row for row in payload["hosts"] if row["hostid"] != late]
    payload["items"] = [row for row in payload["items"] if row["hostid"] != late]
    true = truth(pointed, "bergmann", week.label)["uptime"]["devices"]
    del true[late]
    assert told(parse(payload, binding=binding, week=week)) == true
