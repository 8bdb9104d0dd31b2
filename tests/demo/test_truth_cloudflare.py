"""Requests through Cloudflare, as its plan still keeps them, against what the visitors really got."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from demo.setting import Setting
from msp_reports.customer_files import read_customer
from msp_reports.domain.records import Basis, SiteAvailability, SiteOutage
from msp_reports.domain.snapshot import Facts
from msp_reports.domain.week import ReportingWeek
from tests.bad_input.table import pull
from tests.demo.conftest import label, truth
from tests.demo.drawn import model_of
from tests.notes import sentences

pytestmark = pytest.mark.airflow


def sites(facts: Facts, basis: Basis = Basis.REQUESTS) -> dict[str, SiteAvailability]:
    found = [record for record in facts.records if isinstance(record, SiteAvailability)]
    assert {site.basis for site in found} == {basis}
    assert {(site.probes_due, site.p95_ms, site.certificate_days) for site in found} == {(None, None, None)}
    return {site.site.removeprefix("cloudflare-"): site for site in found}


def down(facts: Facts) -> dict[str, list[list[float | None]]]:
    found: dict[str, list[list[float | None]]] = {}
    for record in facts.records:
        if isinstance(record, SiteOutage):
            end = record.ended_at.timestamp() if record.ended_at else None
            name = record.site.removeprefix("cloudflare-")
            found.setdefault(name, []).append([record.started_at.timestamp(), end])
    return found


KEPT = [(code, weeks) for code in ("olympia", "delta", "enoteca") for weeks in (0, 1, 5)]
KEPT.remove(("enoteca", 5))  # its plan keeps a month


@pytest.mark.parametrize(("code", "weeks_before"), KEPT)
def test_requests_and_outages_are_those_of_the_visitors(
    pointed: Setting, code: str, weeks_before: int
) -> None:
    facts, true = pull("cloudflare", code, weeks_before), truth(pointed, code, label(weeks_before))
    visited = true["availability"]["visited"]
    counted = {name: (site.probes_made, site.probes_good) for name, site in sites(facts).items()}
    assert counted == {name: (site["made"], site["good"]) for name, site in visited.items()}
    assert down(facts) == {name: site["down"] for name, site in visited.items() if site["down"]}


def test_the_shop_that_was_down_for_45_minutes_is_told_so(pointed: Setting) -> None:
    del pointed
    facts = pull("cloudflare", "enoteca")
    assert [end - start for start, end in down(facts)["shop"] if start and end] == [45 * 60]


@pytest.mark.parametrize(("code", "weeks_before"), [("olympia", 30), ("enoteca", 5), ("enoteca", 30)])
def test_of_a_week_that_the_plan_no_longer_keeps_a_site_among_several_is_not_known(
    pointed: Setting, code: str, weeks_before: int
) -> None:
    del pointed
    facts = pull("cloudflare", code, weeks_before)
    assert {(site.probes_made, site.probes_good) for site in sites(facts).values()} == {(0, 0)}
    assert down(facts) == {}
    assert "no longer keeps" in sentences(facts)[-1]


def test_of_a_week_that_the_plan_no_longer_keeps_a_site_alone_has_its_domain_s_daily_sums(
    pointed: Setting,
) -> None:
    facts, true = pull("cloudflare", "delta", 30), truth(pointed, "delta", label(30))
    days = true["availability"]["domain_days"]
    site = sites(facts, Basis.DAYS)["quotes"]
    assert (site.probes_made, site.probes_good) == (days["made"], days["good"])
    assert site.probes_made > true["availability"]["visited"]["quotes"]["made"]
    assert down(facts) == {}
    assert "only daily sums" in sentences(facts)[-1]


def test_a_site_that_our_own_checks_know_is_counted_once(pointed: Setting) -> None:
    customer = read_customer("enoteca")
    week = ReportingWeek.parse(label(), customer.zone)
    model = model_of(customer, week, pointed)
    assert model.availability is not None
    assert [(row.name, row.coverage is None) for row in model.availability.sites] == [
        ("Customer portal", False),
        ("Web shop", False),
    ]
    assert [row.minutes for row in model.availability.outages] == [45]


def test_checks_and_requests_stand_side_by_side(pointed: Setting) -> None:
    customer = read_customer("delta")
    model = model_of(customer, ReportingWeek.parse(label(), customer.zone), pointed)
    assert model.availability is not None
    assert [(row.name, row.coverage is None) for row in model.availability.sites] == [
        ("Customer portal", False),
        ("Quotes", True),
        ("Web shop", False),
    ]


def test_a_pull_needs_its_zone_its_limits_and_a_question_a_day(pointed: Setting) -> None:
    del pointed
    from msp_reports.hooks.cloudflare import CloudflareHook

    customer = read_customer("olympia")
    binding = customer.binding("cloudflare")
    assert binding is not None
    week = ReportingWeek.parse(label(), customer.zone)
    days = -(-week.seconds // 86400)
    asked = CloudflareHook(str(binding.connection)).fetch(binding.scope, week)  # type: ignore[arg-type]
    assert asked.requests == 2 + days
    assert asked.fetched_at <= datetime.now(UTC)
