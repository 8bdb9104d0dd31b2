from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from msp_reports.domain.customer import Targets, Thresholds
from msp_reports.domain.records import Basis, SiteAvailability, Source
from msp_reports.domain.report import Rule, Severity
from msp_reports.domain.snapshot import SnapshotStatus
from tests.unit.domain.builders import WEEK, facts, last, machine, of, report, site, site_outage


@pytest.mark.parametrize(("good", "fires"), [(1999, False), (1998, False), (1997, True)])
def test_a_site_fires_under_its_target(good: int, fires: bool) -> None:
    assert bool(of(report(facts(site(good=good))), Rule.SITE_DOWN)) is fires


def test_the_target_is_the_customers() -> None:
    model = report(facts(site(good=1990)), targets=Targets(site_availability=99.5))
    assert of(model, Rule.SITE_DOWN) == []


@pytest.mark.parametrize(("seconds", "fires"), [(299, False), (300, True), (301, True)])
def test_an_outage_fires_from_five_minutes_on(seconds: int, fires: bool) -> None:
    model = report(facts(site(), site_outage(seconds=seconds)))
    assert bool(of(model, Rule.SITE_DOWN)) is fires


def test_only_the_part_inside_the_week_counts() -> None:
    before = site_outage(seconds=1000, began=WEEK.start_utc - timedelta(seconds=900))
    model = report(facts(site(), before))
    assert model.availability is not None
    assert [row.minutes for row in model.availability.outages] == [2]
    assert of(model, Rule.SITE_DOWN) == []


def test_the_sentence_tells_outages_figure_and_target() -> None:
    (found,) = of(report(facts(site(good=1900), site_outage(seconds=600))), Rule.SITE_DOWN)
    assert found.sentence == (
        "www.acme.com was down for 10 minutes and was available 95.0 % of the time, "
        "under the target of 99.9 %."
    )


@pytest.mark.parametrize(("made", "low"), [(1799, True), (1800, False), (1801, False)])
def test_low_coverage_is_marked(made: int, low: bool) -> None:
    model = report(facts(site(made=made, good=made)))
    assert model.availability is not None
    assert model.availability.sites[0].coverage_low is low


def test_no_probes_are_not_known() -> None:
    model = report(facts(site(made=0, good=0)))
    assert model.availability is not None
    assert model.availability.availability.value is None
    assert model.availability.sites[0].availability.value is None
    assert model.findings == ()


def test_the_customers_figure_is_weighted_by_probes() -> None:
    model = report(facts(site("a", made=1000, good=500), site("b", made=3000, good=3000)))
    assert model.availability is not None
    assert model.availability.availability.value == pytest.approx(87.5)


@pytest.mark.parametrize(("days", "fires"), [(22, False), (21, True), (20, True), (0, True), (-3, True)])
def test_a_certificate_fires_from_the_limit_on(days: int, fires: bool) -> None:
    assert bool(of(report(facts(site(certificate=days))), Rule.CERTIFICATE_EXPIRING)) is fires


def test_the_certificate_limit_is_the_customers() -> None:
    model = report(facts(site(certificate=21)), thresholds=Thresholds(certificate_days=14))
    assert model.findings == ()


def test_an_expired_certificate_is_said_to_be() -> None:
    (found,) = of(report(facts(site(certificate=-1))), Rule.CERTIFICATE_EXPIRING)
    assert found.sentence == "The certificate of www.acme.com had expired 1 day before the week's end."


def test_recovery_and_renewal_are_good() -> None:
    model = report(facts(site()), last(site(good=1900, certificate=3)))
    assert [(f.rule, f.severity) for f in model.findings] == [
        (Rule.SITE_DOWN, Severity.GOOD),
        (Rule.CERTIFICATE_EXPIRING, Severity.GOOD),
    ]


def test_a_partial_week_shows_nothing_as_vanished() -> None:
    now = facts(site("a"), sources=[Source.AVAILABILITY])
    partial = replace(now, snapshots=(replace(now.snapshots[0], status=SnapshotStatus.PARTIAL),))
    before = last(site("a"), site("b"), sources=[Source.AVAILABILITY])
    assert of(report(partial, before), Rule.FLEET_CHANGED) == []
    assert len(of(report(now, before), Rule.FLEET_CHANGED)) == 1


def test_many_sites_in_one_sentence_with_what_is_new() -> None:
    sites = site("a", good=1900, certificate=3), site("b", certificate=-1)
    before = last(site("a", good=1000, certificate=10), site("b", certificate=40))
    sentences = report(facts(*sites, site_outage("b", seconds=600)), before).summary
    assert sentences[:2] == (
        (
            "2 public sites were down or under target, 1 of them new this week: "
            "a with 95.0 % and b with an outage of 10 minutes."
        ),
        (
            "2 public sites have a certificate that expires soon, 1 of them new this week: "
            "b (expired) and a in 3 days."
        ),
    )


def test_an_outage_outside_the_week_is_not_listed() -> None:
    model = report(facts(site(), site_outage(seconds=600, began=WEEK.end_utc)))
    assert model.availability is not None
    assert model.availability.outages == ()
    assert model.findings == ()


def visited(name: str = "www.acme.com", *, made: int = 2000, good: int = 2000) -> SiteAvailability:
    return replace(site(name, made=made, good=good), basis=Basis.REQUESTS, probes_due=None)


def test_a_share_of_requests_is_never_called_time() -> None:
    model = report(facts(visited(good=1900), site_outage(seconds=600)), last(visited()))
    (found,) = of(model, Rule.SITE_DOWN)
    assert found.sentence == (
        "www.acme.com was down for about 10 minutes and answered 95.0 % of requests well, "
        "under the target of 99.9 %."
    )
    better = report(facts(visited()), last(visited(good=1900)))
    assert of(better, Rule.SITE_DOWN)[0].sentence == (
        "www.acme.com is back on target: it answered 100 % of requests well."
    )


def test_recovery_by_checks_is_told_in_time() -> None:
    model = report(facts(site()), last(site(good=1900)))
    assert of(model, Rule.SITE_DOWN)[0].sentence == (
        "www.acme.com is back on target: it was available 100 % of the time."
    )


@pytest.mark.parametrize(
    ("sites", "said"),
    [
        ((site(), site("b")), "Public sites were available 100 % of the time."),
        ((visited(),), "Public sites answered 100 % of requests well."),
        ((visited(), site("b")), "Public sites were available 100 % on average."),
    ],
)
def test_a_section_without_findings_says_of_what_the_figure_is_a_share(
    sites: tuple[SiteAvailability, ...], said: str
) -> None:
    model = report(facts(*sites, machine(hours=90), sources=[Source.AVAILABILITY, Source.BACKUP]))
    assert said in model.summary


def test_checks_and_requests_are_not_added_up() -> None:
    model = report(facts(visited("a", made=1_000_000, good=900_000), site("b", made=2000, good=2000)))
    assert model.availability is not None
    assert model.availability.availability.value == pytest.approx(95.0)
    assert [row.coverage for row in model.availability.sites] == [None, 100.0]
