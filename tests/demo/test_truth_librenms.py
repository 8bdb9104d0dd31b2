"""LibreNMS: what is told of a week, now and long after, is what happened, device by device."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from demo.setting import Setting
from msp_reports.customer_files import read_customer
from msp_reports.domain.customer import Customer, SourceBinding
from msp_reports.domain.records import DeviceUptime, Outage
from msp_reports.domain.snapshot import Facts
from msp_reports.domain.week import ReportingWeek
from msp_reports.hooks.librenms import LibreNMSHook
from msp_reports.sources.catalog import BY_SYSTEM
from msp_reports.sources.librenms import parse
from tests.demo.conftest import label, truth
from tests.notes import sentences

pytestmark = pytest.mark.airflow

CUSTOMERS = ("clearview", "olympia")


def used(code: str) -> tuple[Customer, SourceBinding]:
    customer = read_customer(code)
    binding = customer.binding("librenms")
    assert binding is not None
    return customer, binding


def told(facts: Facts) -> dict[str, dict[str, int]]:
    return {
        record.device_id.removeprefix("librenms-"): {
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
    pull = LibreNMSHook(binding.connection).fetch(binding.scope, week)
    facts = parse(pull.payload, binding=binding, week=week)
    assert facts.skipped == facts.incomplete == ()
    assert told(facts) == truth(pointed, code, week.label)["uptime"]["devices"]
    lengths: dict[str, timedelta] = {}
    for outage in (record for record in facts.records if isinstance(record, Outage)):
        inside = week.clip(outage.started_at, outage.ended_at)
        assert inside is not None
        lengths[outage.device_id] = lengths.get(outage.device_id, timedelta()) + inside[1] - inside[0]
    assert {d.removeprefix("librenms-"): t.total_seconds() for d, t in lengths.items()} == {
        number: seconds["down"] for number, seconds in told(facts).items() if seconds["down"]
    }
    assert {record.site for record in facts.records if isinstance(record, DeviceUptime)} <= {
        "London", "Leeds", "Αθήνα", "Пирей", "横浜",
    }  # fmt: skip


def test_a_young_device_counts_from_its_first_day(pointed: Setting) -> None:
    customer, binding = used("clearview")
    hook = LibreNMSHook(binding.connection)
    sizes = {}
    for weeks_before in (30, 5, 1):
        week = ReportingWeek.parse(label(weeks_before), customer.zone)
        facts = parse(hook.fetch(binding.scope, week).payload, binding=binding, week=week)
        sizes[weeks_before] = {seconds["window"] for seconds in told(facts).values()}, len(told(facts))
        whole = week.seconds
        if weeks_before == 5:
            assert sizes[5] == ({whole, whole - 2 * 86_400 - 10 * 3600}, 16)
        else:
            assert sizes[weeks_before] == ({whole}, 15 if weeks_before == 30 else 16)


def test_a_device_that_was_kept_and_is_gone_is_not_known(pointed: Setting) -> None:
    """A day's standing takes the place of today's list; the outages of the gone went with it."""
    customer, binding = used("olympia")
    week = ReportingWeek.parse(label(30), customer.zone)
    hook = LibreNMSHook(binding.connection)
    pull, standing = hook.fetch(binding.scope, week), hook.standing(binding.scope)
    assert tuple(standing.payload) == BY_SYSTEM["librenms"].standing
    kept: list[dict[str, Any]] = standing.payload["devices"]
    gone = kept[0] | {"device_id": 99, "hostname": "gone", "sysName": "gone"}
    payload = pull.payload | {"devices": [*kept, gone], "standing_at": week.end_utc.isoformat()}
    facts = parse(payload, binding=binding, week=week)
    seconds = told(facts)
    assert seconds.pop("99") == {
        "window": week.seconds, "planned": 0, "unknown": week.seconds, "down": 0,
    }  # fmt: skip
    assert seconds == truth(pointed, "olympia", week.label)["uptime"]["devices"]
    assert any("1 device" in line for line in sentences(facts))


def test_time_after_the_last_poll_is_not_known(pointed: Setting) -> None:
    customer, binding = used("olympia")
    week = ReportingWeek.parse(label(1), customer.zone)
    payload = LibreNMSHook(binding.connection).fetch(binding.scope, week).payload
    quiet = next(row for row in payload["watched"] if not row["outages"] or _old(row, week))
    quiet["last_polled"] = (week.end_utc - timedelta(hours=3)).isoformat()
    seconds = told(parse(payload, binding=binding, week=week))[str(quiet["device_id"])]
    assert seconds["unknown"] == 3 * 3600


def _old(row: dict[str, Any], week: ReportingWeek) -> bool:
    edges = [edge for outage in row["outages"] for edge in outage.values()]
    return max(edges) < (week.end_utc - timedelta(hours=3)).timestamp()


@pytest.mark.parametrize("code", CUSTOMERS)
def test_a_pull_takes_one_request_per_device_and_three_more(pointed: Setting, code: str) -> None:
    customer, binding = used(code)
    week = ReportingWeek.parse(label(), customer.zone)
    pull = LibreNMSHook(binding.connection).fetch(binding.scope, week)
    assert pull.requests == 3 + len(pull.payload["members"])
    assert "demo-snmp" not in str(pull.payload)


def test_a_group_named_like_another_s_id_is_still_found_by_name(pointed: Setting) -> None:
    """Asked for by its name, ``11`` would be the group of everybody's devices."""
    _, binding = used("olympia")
    assert binding.scope.group == "11"
    hook = LibreNMSHook(binding.connection)
    names = {row["sysName"] for row in hook.standing(binding.scope).payload["devices"]}
    assert all(name.startswith("olympia-") for name in names)
    assert hook.test_connection() == (True, "LibreNMS 26.7.0: 4 device groups readable")
