"""Sentinel's numbers are the estate's own, or not known where its log has lost the week."""

from __future__ import annotations

from typing import Any

import pytest

from demo.setting import Setting
from demo.vendors.sentinel_log import RETENTION_DAYS
from demo.vendors.tenants import BY_CODE, TENANTS
from msp_reports.customer_files import read_customer
from msp_reports.domain.customer import Customer
from msp_reports.domain.errors import NoLongerKnownError
from msp_reports.domain.merge import merge
from msp_reports.domain.records import Incident, Record
from msp_reports.domain.snapshot import Facts
from msp_reports.domain.week import ReportingWeek
from msp_reports.sources.catalog import BY_SYSTEM, load
from tests.demo.conftest import label, truth
from tests.demo.drawn import model_of
from tests.notes import sentences

pytestmark = pytest.mark.airflow

CUSTOMERS = ("clearview", "delta", "obrien")
KEPT, LOST = (0, 1, 5), 30
EVERY_WEEK = range(11)
"""As many as the log surely holds, whatever the day of the week."""


def told(customer: Customer, system: str, week: ReportingWeek) -> Facts:
    binding = customer.binding(system)
    assert binding is not None
    spec = BY_SYSTEM[system]
    pull = load(str(spec.hook))(binding.connection).fetch(binding.scope, week)
    facts: Facts = load(spec.parse)(pull.payload, binding=binding, week=week)
    assert not facts.skipped
    assert not facts.incomplete
    return facts


def counts(records: tuple[Record, ...], week: ReportingWeek) -> dict[str, int]:
    found = [record for record in records if isinstance(record, Incident)]
    return {
        "opened": sum(week.contains(i.opened_at) for i in found),
        "closed": sum(i.closed_at is not None and week.contains(i.closed_at) for i in found),
        "open_at_end": sum(i.closed_at is None for i in found),
    }


def of_week(pointed: Setting, code: str, weeks_before: int) -> tuple[Customer, ReportingWeek, dict[str, Any]]:
    customer = read_customer(code)
    week = ReportingWeek.parse(label(weeks_before), customer.zone)
    return customer, week, truth(pointed, code, week.label)["security"]


def test_these_are_its_customers() -> None:
    assert {tenant.code for tenant in TENANTS if tenant.uses("sentinel")} == set(CUSTOMERS)


@pytest.mark.parametrize("weeks_before", KEPT)
@pytest.mark.parametrize("code", CUSTOMERS)
def test_its_own_incidents_are_the_estate_s(pointed: Setting, code: str, weeks_before: int) -> None:
    customer, week, true = of_week(pointed, code, weeks_before)
    records = told(customer, "sentinel", week).records
    own = tuple(r for r in records if isinstance(r, Incident) and r.same_as is None)
    assert counts(own, week) == true["by_system"]["sentinel"]


@pytest.mark.parametrize("weeks_before", EVERY_WEEK)
@pytest.mark.parametrize("code", ["clearview", "delta"])
def test_what_defender_told_counts_once(pointed: Setting, code: str, weeks_before: int) -> None:
    customer, week, true = of_week(pointed, code, weeks_before)
    answers = {system: told(customer, system, week).records for system in ("defender", "sentinel")}
    both = merge(answers, tuple(BY_SYSTEM))
    assert counts(both, week) == {name: true[name] for name in ("opened", "closed", "open_at_end")}


def test_an_open_incident_that_both_have_is_one_of_the_report(pointed: Setting) -> None:
    customer, week, true = of_week(pointed, "clearview", 0)
    handed_on = [i for i in told(customer, "sentinel", week).records if isinstance(i, Incident) and i.same_as]
    assert [i.title for i in handed_on if i.severity == "high"] == ["Ransomware activity on one endpoint"]
    section = model_of(customer, week, pointed).security
    assert section is not None
    assert [row.title for row in section.open_incidents].count("Ransomware activity on one endpoint") == 1
    assert section.open_at_end.value == true["open_at_end"]
    (high,) = [row for row in section.severities if row.severity == "high"]
    assert (high.opened, high.closed, high.open_at_end) == (1, 0, 1)


def test_a_customer_of_sentinel_alone_has_incidents_and_no_score(pointed: Setting) -> None:
    customer, week, true = of_week(pointed, "obrien", 0)
    section = model_of(customer, week, pointed).security
    assert section is not None
    assert section.open_at_end.value == true["open_at_end"]
    assert (section.score.value, section.score.before, section.score.history) == (None, None, ())
    assert section.controls == ()


@pytest.mark.parametrize("code", CUSTOMERS)
def test_an_incident_that_nobody_touched_is_told_for_longer_than_the_log(pointed: Setting, code: str) -> None:
    """The estate always has one that has been open for longer than the log is kept."""
    customer, week, _ = of_week(pointed, code, 0)
    facts = told(customer, "sentinel", week)
    ages = [(week.end_utc - i.opened_at).days for i in facts.records if isinstance(i, Incident)]
    assert max(ages) >= RETENTION_DAYS - 7
    assert any("nobody has changed" in line for line in sentences(facts))


@pytest.mark.parametrize("code", CUSTOMERS)
def test_a_week_that_the_log_has_lost_is_not_known(pointed: Setting, code: str) -> None:
    customer, week, true = of_week(pointed, code, LOST)
    with pytest.raises(NoLongerKnownError, match="begins at"):
        told(customer, "sentinel", week)
    if BY_CODE[code].uses("defender"):
        records = told(customer, "defender", week).records
        assert counts(records, week) == true["by_system"]["defender"]
