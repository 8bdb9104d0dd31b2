"""Samples of Prometheus, as far back as it keeps them, against what happened to the sites."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from demo.setting import Setting
from demo.vendors.tenants import BY_CODE
from demo.vendors.web import site_week
from demo.vendors.world import monday_of
from msp_reports.domain.records import SiteAvailability, SiteOutage
from tests.bad_input.table import pull
from tests.demo.conftest import label, truth

pytestmark = pytest.mark.airflow
SCRAPED_AFTER = 7.25


@pytest.mark.parametrize("weeks_before", [0, 1, 5])
def test_every_check_is_counted(pointed: Setting, weeks_before: int) -> None:
    true = truth(pointed, "obrien", label(weeks_before))["availability"]["sites"]
    facts = pull("blackbox", "obrien", weeks_before)
    told = {r.site.removeprefix("blackbox-"): r for r in facts.records if isinstance(r, SiteAvailability)}
    assert set(told) == set(true)
    for name, site in told.items():
        assert (site.probes_due, site.probes_made, site.probes_good) == (
            true[name]["due"],
            true[name]["made"],
            true[name]["good"],
        )
        assert site.p95_ms == round(1000 * true[name]["p95"])
        assert site.certificate_days == true[name]["certificate"]
    assert not facts.incomplete


@pytest.mark.parametrize("weeks_before", range(12))
def test_outages_are_two_failures_in_a_row(pointed: Setting, weeks_before: int) -> None:
    del pointed
    obrien, week = BY_CODE["obrien"], label(weeks_before)
    facts = pull("blackbox", "obrien", weeks_before)
    told = [(r.site, r.started_at) for r in facts.records if isinstance(r, SiteOutage)]
    happened = []
    for site in obrien.web:
        failing, in_a_row, seen = [], 0, 0
        for at, well in site_week(obrien, site, monday_of(week)).made():
            in_a_row = 0 if well else 1 + (in_a_row if at == seen + 300 else 0)
            failing += [at - 300] if in_a_row == 2 else []
            seen = at
        happened += [(f"blackbox-{site}", datetime.fromtimestamp(at + SCRAPED_AFTER, UTC)) for at in failing]
    assert told == happened


def test_a_week_that_the_server_no_longer_keeps_is_not_known(pointed: Setting) -> None:
    del pointed
    facts = pull("blackbox", "obrien", 30)
    sites = [record for record in facts.records if isinstance(record, SiteAvailability)]
    assert [(site.probes_made, site.p95_ms, site.certificate_days) for site in sites] == [(0, None, None)] * 2
    assert facts.rows_read == 0


def test_another_target_of_the_same_server_is_not_this_customer_s(pointed: Setting) -> None:
    """The estate answers a question without labels with every series that it has."""
    import requests

    headers = {"Authorization": "Bearer demo-prometheus-token"}
    url = f"{pointed.estate_url}/prometheus/api/v1/query"
    asked = {"query": 'probe_success{job="blackbox"}[600s]'}
    rows = requests.get(url, params=asked, headers=headers, timeout=10).json()["data"]["result"]
    assert {row["metric"]["instance"].split("/")[-3] for row in rows} == {"acme", "obrien"}
