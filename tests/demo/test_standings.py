"""A past week told from a standing of its end is the estate's truth; without one it is not known."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from demo.setting import Setting
from demo.vendors.world import label_of, story_monday
from msp_reports.customer_files import read_customer
from msp_reports.domain.customer import Customer, SourceBinding
from msp_reports.domain.errors import ForeignRowError
from msp_reports.domain.records import BackupMachine, DeviceUptime
from msp_reports.domain.snapshot import Facts, Pull
from msp_reports.domain.week import ReportingWeek
from msp_reports.sources.catalog import BY_SYSTEM, load
from msp_reports.steps.collect import fetch
from msp_reports.steps.standings import told_for
from msp_reports.store.database import transaction
from msp_reports.store.standings import Standing, StandingRepository
from tests.demo.conftest import estate_of, label, point_at, truth

pytestmark = [pytest.mark.airflow, pytest.mark.db, pytest.mark.usefixtures("database")]

CODES = ("acme", "delta", "enoteca")
"""Backed up by Datto alone."""


@contextmanager
def estate_at(moment: datetime, build: Path) -> Iterator[Setting]:
    """The estate as it stood at another moment; the story is the same."""
    past = {"ESTATE_NOW": moment.isoformat(), "ESTATE_STORY_WEEK": label_of(story_monday())}
    with estate_of(build, environment={**os.environ, **past}) as setting:
        yield setting


def bound(code: str, system: str, weeks_before: int) -> tuple[Customer, SourceBinding, ReportingWeek]:
    customer = read_customer(code)
    binding = customer.binding(system)
    assert binding is not None
    return customer, binding, ReportingWeek.parse(label(weeks_before), customer.zone)


def keep(customer: Customer, system: str, pull: Pull, taken_at: datetime) -> None:
    parts = {name: pull.payload[name] for name in BY_SYSTEM[system].standing}
    with transaction() as connection:
        StandingRepository(connection).save(
            customer.code, system, Standing(taken_at=taken_at, payload=parts), zone=customer.zone
        )


def parsed(customer: Customer, binding: SourceBinding, week: ReportingWeek) -> Facts:
    pull, _ = told_for(customer.code, binding.system, week, fetch(customer, binding, week))
    facts: Facts = load(BY_SYSTEM[binding.system].parse)(pull.payload, binding=binding, week=week)
    return facts


def machines(facts: Facts) -> dict[str, BackupMachine]:
    return {m.name: m for m in facts.records if isinstance(m, BackupMachine) and not m.paused}


@pytest.mark.parametrize("weeks_before", [5, 30])
@pytest.mark.parametrize("code", CODES)
def test_without_a_standing_a_past_weeks_backups_are_not_known(
    pointed: Setting, code: str, weeks_before: int
) -> None:
    found = machines(parsed(*bound(code, "datto", weeks_before)))
    assert found
    for machine in found.values():
        assert (machine.last_good_known, machine.last_good_at) == (False, None)
        assert (machine.runs_known, machine.runs_good, machine.runs_failed) == (False, None, None)


@pytest.mark.parametrize("weeks_before", [1, 5, 30])
def test_with_one_of_the_weeks_end_they_are_the_truth(
    pointed: Setting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, weeks_before: int
) -> None:
    week = ReportingWeek.parse(label(weeks_before), "Europe/Berlin")
    moment = week.end_utc + timedelta(hours=2)
    with estate_at(moment, tmp_path) as then:
        point_at(then, monkeypatch)
        for code in CODES:
            customer, binding, _ = bound(code, "datto", weeks_before)
            hook = load(str(BY_SYSTEM["datto"].hook))(binding.connection)
            keep(customer, "datto", hook.standing(binding.scope), moment)
    point_at(pointed, monkeypatch)
    for code in CODES:
        found = machines(parsed(*bound(code, "datto", weeks_before)))
        true: dict[str, Any] = truth(pointed, code, week.label)["backup"]["machines"]
        assert set(found) == set(true)
        for name, happened in true.items():
            machine = found[name]
            assert machine.last_good_known
            assert machine.last_good_at is not None
            assert machine.last_good_at.isoformat() == happened["last_good"]
            assert (machine.runs_good, machine.runs_failed) == (happened["good"], happened["failed"])


def test_a_standing_from_before_the_weeks_end_tells_nothing_of_its_end(
    pointed: Setting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer, binding, week = bound("acme", "datto", 5)
    moment = week.end_utc - timedelta(hours=12)
    with estate_at(moment, tmp_path) as then:
        point_at(then, monkeypatch)
        hook = load(str(BY_SYSTEM["datto"].hook))(binding.connection)
        keep(customer, "datto", hook.standing(binding.scope), moment)
    point_at(pointed, monkeypatch)
    found = machines(parsed(customer, binding, week))
    assert found
    assert {(m.runs_known, m.runs_good, m.runs_failed) for m in found.values()} == {(False, None, None)}
    assert {(m.last_good_known, m.last_good_at) for m in found.values()} == {(False, None)}
    assert {(m.verification_known, m.verified_at) for m in found.values()} == {(False, None)}


def test_a_device_that_has_gone_since_is_not_known_and_one_that_came_since_is_not_counted(
    pointed: Setting,
) -> None:
    customer, binding, week = bound("acme-labs", "zabbix", 5)
    now = fetch(customer, binding, week)
    hosts = now.payload["hosts"]
    gone = {**hosts[0], "hostid": "4242", "host": "gone", "name": "gone"}
    came = hosts[1]["hostid"]
    then = replace(now, payload={**now.payload, "hosts": [gone, *(h for h in hosts if h["hostid"] != came)]})
    keep(customer, "zabbix", then, week.end_utc + timedelta(hours=1))
    facts = parsed(customer, binding, week)
    devices = {d.device_id: d for d in facts.records if isinstance(d, DeviceUptime)}
    assert set(devices) == {"4242", *(h["hostid"] for h in hosts)} - {came}
    assert devices["4242"].monitored_seconds == 0, "nothing is known of it: never 100 %"
    assert devices["4242"].unknown_seconds == week.seconds
    assert any("no more" in line for line in facts.incomplete)
    pull = {d.device_id: d for d in _as_now(customer, binding, week) if isinstance(d, DeviceUptime)}
    assert all(devices[number] == pull[number] for number in set(devices) - {"4242"}), "the others as ever"


def _as_now(customer: Customer, binding: SourceBinding, week: ReportingWeek) -> tuple[Any, ...]:
    pull = fetch(customer, binding, week)
    facts: Facts = load(BY_SYSTEM["zabbix"].parse)(pull.payload, binding=binding, week=week)
    return facts.records


def test_a_host_of_another_customer_in_the_days_list_is_refused(pointed: Setting) -> None:
    customer, binding, week = bound("acme-labs", "zabbix", 5)
    now = fetch(customer, binding, week)
    other, theirs, _ = bound("acme", "zabbix", 5)
    foreign = replace(now, payload={**now.payload, "hosts": fetch(other, theirs, week).payload["hosts"]})
    keep(customer, "zabbix", foreign, week.end_utc)
    with pytest.raises(ForeignRowError):
        parsed(customer, binding, week)
