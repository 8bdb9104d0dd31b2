"""Our own checks tell of a week long past what they told when it was over: the rows are kept."""

from __future__ import annotations

import pytest

from demo.setting import Setting
from msp_reports.customer_files import read_customer
from msp_reports.domain.records import SiteAvailability
from msp_reports.domain.snapshot import Facts
from msp_reports.domain.week import ReportingWeek
from msp_reports.sources.catalog import BY_SYSTEM, load
from tests.demo.conftest import label, truth
from tests.demo.drawn import probes

pytestmark = pytest.mark.airflow


@pytest.mark.parametrize("weeks_before", [0, 1, 5, 30])
def test_every_week_is_told_exactly(pointed: Setting, weeks_before: int) -> None:
    customer = read_customer("acme")
    binding = customer.binding("site_checks")
    assert binding is not None
    week = ReportingWeek.parse(label(weeks_before), customer.zone)
    pull = probes(pointed, customer, week)
    facts: Facts = load(BY_SYSTEM["site_checks"].parse)(pull.payload, binding=binding, week=week)
    told = {
        site.site: (site.probes_due, site.probes_made, site.probes_good)
        for site in facts.records
        if isinstance(site, SiteAvailability)
    }
    true = truth(pointed, "acme", week.label)["availability"]["sites"]
    assert told == {name: (row["due"], row["made"], row["good"]) for name, row in true.items()}
