from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from msp_reports.domain.customer import SourceBinding
from msp_reports.domain.errors import ChangedShapeError, ForeignRowError
from msp_reports.domain.records import DeviceUptime, Outage, ServiceLevel
from msp_reports.domain.snapshot import Facts
from msp_reports.domain.week import ReportingWeek
from msp_reports.sources.zabbix import ZabbixScope, parse
from tests.notes import sentences

HOUR = 3600
BINDING = SourceBinding(system="zabbix", connection="z", scope=ZabbixScope(customer="ACME"))
Load = Callable[[str], Any]


def read(payload: Any, week: ReportingWeek) -> Facts:
    return parse(payload, binding=BINDING, week=week)


def devices(facts: Facts) -> dict[str, DeviceUptime]:
    return {r.device_id: r for r in facts.records if isinstance(r, DeviceUptime)}


def outages(facts: Facts) -> list[Outage]:
    return [r for r in facts.records if isinstance(r, Outage)]


def test_seconds_are_planned_down_or_unknown_and_never_two_of_them(
    payload: Load, week: ReportingWeek
) -> None:
    firewall = devices(read(payload("zabbix/week.json"), week))["10501"]
    assert firewall.window_seconds == 168 * HOUR
    assert firewall.planned_seconds == 2 * HOUR
    assert firewall.unknown_seconds == HOUR + 1800
    assert firewall.down_seconds == 1800 + 5400 + 1800 + 600


def test_outages_are_joined_clipped_and_told_as_of_the_week_s_end(payload: Load, week: ReportingWeek) -> None:
    found = outages(read(payload("zabbix/week.json"), week))
    spans = [
        (o.started_at - week.start_utc, o.ended_at and o.ended_at - week.start_utc, o.began_before, o.cause)
        for o in found
    ]
    icmp = "ICMP: Unavailable by ICMP ping"
    assert spans == [
        (timedelta(0), timedelta(minutes=30), True, icmp),
        (timedelta(hours=10), timedelta(hours=11.5), False, "Down twice"),
        (timedelta(hours=30), timedelta(hours=30.5), False, icmp),
        (timedelta(hours=167, minutes=50), None, False, icmp),
    ]


def test_a_suppressed_outage_is_planned_time(payload: Load, week: ReportingWeek) -> None:
    facts = read(payload("zabbix/week.json"), week)
    switch = devices(facts)["10502"]
    assert (switch.planned_seconds, switch.down_seconds) == (HOUR, 0)
    assert all(o.device_id != "10502" for o in outages(facts))


def test_a_device_without_a_ping_item_is_unknown_all_week(payload: Load, week: ReportingWeek) -> None:
    access_point = devices(read(payload("zabbix/week.json"), week))["10503"]
    assert access_point.unknown_seconds == access_point.window_seconds
    assert access_point.monitored_seconds == 0


def test_a_device_without_any_data_is_unknown_all_week(payload: Load, week: ReportingWeek) -> None:
    answers = payload("zabbix/week.json")
    answers["trends"] = []
    firewall = devices(read(answers, week))["10501"]
    assert firewall.monitored_seconds == 0
    assert firewall.down_seconds == 0


def test_site_and_class_come_from_tags_else_from_the_inventory(payload: Load, week: ReportingWeek) -> None:
    found = devices(read(payload("zabbix/week.json"), week))
    assert sorted((d.name, d.site, d.device_class) for d in found.values()) == [
        ("ACME AP 01", "Berlin", "wifi"),
        ("ACME FW 01", "Berlin", "firewall"),
        ("acme-sw01", "Hamburg", "Switch"),
    ]


def test_service_levels_go_by_the_answered_order_and_minus_one_is_unknown(
    payload: Load, week: ReportingWeek
) -> None:
    found = [r for r in read(payload("zabbix/week.json"), week).records if isinstance(r, ServiceLevel)]
    assert [(s.service, s.sli_percent, s.slo_percent) for s in found] == [
        ("ACME New", None, 99.9),
        ("ACME Berlin", 99.4012, 99.9),
    ]


def test_a_service_level_of_other_weeks_is_unknown(payload: Load, week: ReportingWeek) -> None:
    answers = payload("zabbix/week.json")
    answers["slas"][0]["indicators"]["periods"][0]["period_from"] += HOUR
    facts = read(answers, week)
    assert {s.sli_percent for s in facts.records if isinstance(s, ServiceLevel)} == {None}
    assert any("do not make up this week" in line for line in sentences(facts))


def test_daily_service_levels_add_up(payload: Load, week: ReportingWeek) -> None:
    answers = payload("zabbix/week.json")
    start = int(week.start.timestamp())
    days = [{"period_from": start + d * 86_400, "period_to": start + (d + 1) * 86_400} for d in range(7)]
    cell = {"uptime": 86_400, "downtime": 0, "sli": 100}
    worse = {"uptime": 43_200, "downtime": 43_200, "sli": 50}
    answers["slas"][0]["indicators"] = {
        "periods": days,
        "serviceids": [50],
        "sli": [[worse]] + [[cell]] * 6,
    }
    (found,) = [r for r in read(answers, week).records if isinstance(r, ServiceLevel)]
    assert found.sli_percent == pytest.approx(100 * 6.5 / 7)


def test_service_levels_that_may_not_be_read_leave_the_rest(payload: Load, week: ReportingWeek) -> None:
    answers = payload("zabbix/week.json") | {"services": [], "slas": [], "sla_refused": "not permitted"}
    facts = read(answers, week)
    assert facts.incomplete == ("not permitted",)
    assert len(devices(facts)) == 3


@pytest.mark.parametrize("tags", [[], [{"tag": "customer", "value": "ACME-LABS"}], None])
def test_a_host_of_another_customer_refuses_the_snapshot(
    payload: Load, week: ReportingWeek, tags: Any
) -> None:
    answers = payload("zabbix/week.json")
    answers["hosts"][1]["tags"] = tags
    with pytest.raises(ForeignRowError):
        read(answers, week)


def test_a_host_of_two_customers_refuses_the_snapshot(payload: Load, week: ReportingWeek) -> None:
    answers = payload("zabbix/week.json")
    answers["hosts"][0]["tags"].append({"tag": "customer", "value": "BETA"})
    with pytest.raises(ForeignRowError):
        read(answers, week)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("problems", {"hosts": [{"hostid": "9"}]}),
        ("items", {"hostid": "9"}),
        ("trends", {"itemid": "9"}),
        ("services", {"tags": [{"tag": "customer", "value": "BETA"}]}),
    ],
)
def test_a_foreign_row_anywhere_refuses_the_snapshot(
    payload: Load, week: ReportingWeek, name: str, change: dict[str, Any]
) -> None:
    answers = payload("zabbix/week.json")
    answers[name][0] |= change
    with pytest.raises(ForeignRowError):
        read(answers, week)


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        ("problems", "clock", "yesterday"),
        ("problems", "clock", None),
        ("trends", "num", "many"),
        ("maintenances", "active_since", None),
    ],
)
def test_one_bad_row_is_skipped_and_counted(
    payload: Load, week: ReportingWeek, name: str, field: str, value: Any
) -> None:
    answers = payload("zabbix/week.json")
    answers[name].append(answers[name][0] | {field: value})
    facts = read(answers, week)
    assert len(facts.skipped) == 1
    assert field in facts.skipped[0]


@pytest.mark.parametrize("name", ["hosts", "items", "problems", "trends", "maintenances", "slas"])
@pytest.mark.parametrize("value", [None, {}, ["x"]])
def test_a_list_that_is_none_changes_the_shape(
    payload: Load, week: ReportingWeek, name: str, value: Any
) -> None:
    with pytest.raises(ChangedShapeError):
        read(payload("zabbix/week.json") | {name: value}, week)


def test_rows_that_can_all_not_be_read_change_the_shape(payload: Load, week: ReportingWeek) -> None:
    answers = payload("zabbix/week.json")
    for row in answers["trends"]:
        row["num"] = None
    with pytest.raises(ChangedShapeError, match="none of"):
        read(answers, week)


def test_an_end_that_was_deleted_is_unknown_time_not_uptime(payload: Load, week: ReportingWeek) -> None:
    answers = payload("zabbix/week.json")
    answers["recoveries"] = [r for r in answers["recoveries"] if r["eventid"] != "900141"]
    facts = read(answers, week)
    firewall = devices(facts)["10501"]
    assert len(facts.skipped) == 1
    assert firewall.unknown_seconds > 100 * HOUR


def test_a_delay_by_macro_is_read_off_the_fullest_hour(payload: Load, week: ReportingWeek) -> None:
    answers = payload("zabbix/week.json")
    answers["items"][0]["delay"] = "{$PING.INTERVAL}"
    assert devices(read(answers, week))["10501"].unknown_seconds == HOUR + 1800


def test_maintenance_without_data_explains_missing_samples(payload: Load, week: ReportingWeek) -> None:
    answers = payload("zabbix/week.json")
    start = int(week.start.timestamp())
    period = answers["maintenances"][0]["timeperiods"][0]
    period["start_date"], period["period"] = str(start + 101 * HOUR), "1800"
    with_data = devices(read(answers, week))["10501"].unknown_seconds
    answers["maintenances"][0]["maintenance_type"] = "1"
    without_data = devices(read(answers, week))["10501"].unknown_seconds
    assert (with_data, without_data) == (HOUR + 1800, HOUR)


def test_a_week_off_the_full_hour_counts_the_parts_of_its_first_and_last_hour(payload: Load) -> None:
    week = ReportingWeek.parse("2026-W47", "Asia/Kolkata")
    answers = payload("zabbix/week.json") | {"problems": [], "recoveries": [], "maintenances": [], "slas": []}
    start = int(week.start.timestamp())
    hours = range(start - start % HOUR, int(week.end.timestamp()), HOUR)
    answers["trends"] = [{"itemid": "44123", "clock": str(h), "num": "60"} for h in hours][1:]
    assert devices(read(answers, week))["10501"].unknown_seconds == 1800


def test_the_same_answers_give_the_same_facts(payload: Load, week: ReportingWeek) -> None:
    answers = payload("zabbix/week.json")
    shuffled = {k: v[::-1] if isinstance(v, list) and k not in {"slas"} else v for k, v in answers.items()}
    assert read(answers, week).records == read(shuffled, week).records


def test_hours_without_an_answer_and_without_an_event_are_pointed_out(
    payload: Load, week: ReportingWeek
) -> None:
    answers = payload("zabbix/week.json")
    for row in answers["trends"]:
        hour = (int(row["clock"]) - int(week.start.timestamp())) // HOUR
        row["value_max"] = "0" if row["itemid"] == "44123" and hour in {10, 30, 60, 61} else "1"
    (line,) = read(answers, week).incomplete
    assert line.startswith("In 2 device-hours")


def test_maintenance_limited_to_some_problems_is_not_planned_time(payload: Load, week: ReportingWeek) -> None:
    answers = payload("zabbix/week.json")
    answers["maintenances"][0]["tags"] = [{"tag": "component", "value": "cpu"}]
    facts = read(answers, week)
    assert devices(facts)["10501"].planned_seconds == 0
    assert any("limited to some problems" in line for line in sentences(facts))


def test_an_outage_that_begins_with_the_week_did_not_begin_before(payload: Load, week: ReportingWeek) -> None:
    answers = payload("zabbix/week.json")
    answers["problems"][0]["clock"] = str(int(week.start.timestamp()))
    first = min(outages(read(answers, week)), key=lambda o: o.started_at)
    assert (first.started_at, first.began_before) == (week.start_utc, False)


def test_an_event_that_cannot_be_read_makes_its_device_unknown(payload: Load, week: ReportingWeek) -> None:
    """Leaving it out would make the device look better than it was."""
    answers = payload("zabbix/week.json")
    answers["problems"].append(answers["problems"][0] | {"eventid": "1", "clock": None})
    firewall = devices(read(answers, week))["10501"]
    assert (firewall.monitored_seconds, firewall.down_seconds) == (0, 0)
    assert firewall.unknown_seconds + firewall.planned_seconds == firewall.window_seconds


@pytest.mark.parametrize("hosts", [None, [], "10501", ["10501"]])
def test_an_event_that_cannot_be_read_and_names_no_host_refuses_the_week(
    payload: Load, week: ReportingWeek, hosts: Any
) -> None:
    answers = payload("zabbix/week.json")
    answers["problems"].append(answers["problems"][0] | {"eventid": "1", "clock": None, "hosts": hosts})
    with pytest.raises(ChangedShapeError, match="names no host"):
        read(answers, week)


def test_hosts_and_items_that_came_after_the_kept_list_are_left_out(
    payload: Load, week: ReportingWeek
) -> None:
    answers = payload("zabbix/week.json")
    true = read(answers, week).records
    answers["problems"].append(answers["problems"][0] | {"eventid": "1", "hosts": [{"hostid": "77"}]})
    answers["trends"].append(answers["trends"][0] | {"itemid": "770"})
    with pytest.raises(ForeignRowError):
        read(answers, week)
    answers["asked"] = {"hosts": ["77"], "items": ["770"]}
    assert read(answers, week).records == true


def test_a_host_that_is_listed_twice_counts_once(payload: Load, week: ReportingWeek) -> None:
    answers = payload("zabbix/week.json")
    true = read(answers, week).records
    assert read(answers | {"hosts": answers["hosts"] * 2, "slas": answers["slas"] * 2}, week).records == true
