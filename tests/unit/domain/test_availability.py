from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from msp_reports.domain.customer import Targets, Thresholds
from msp_reports.domain.records import Basis, SiteAvailability, Source
from msp_reports.domain.report import Rule, Severity
from msp_reports.domain.snapshot import SnapshotStatus, WeekFacts
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
        "www.acme.com was down for 10 minutes from Wed 18 Nov, 00:00; shorter failures included, "
        "it was available 95.0 % of the time, under the agreed 99.9 %."
    )


@pytest.mark.parametrize(("failed", "besides"), [(8, False), (9, False), (10, True)])
def test_failures_besides_the_outage_are_told_where_checks_failed_outside_it(
    failed: int, besides: bool
) -> None:
    """A check every five minutes: at most nine of them are inside an outage of 45 minutes."""
    checked = site(due=2016, made=2016, good=2016 - failed)
    (found,) = of(report(facts(checked, site_outage(seconds=2700))), Rule.SITE_DOWN)
    assert ("shorter failures included" in found.sentence) is besides


def test_when_an_outage_began_is_told_of_a_single_one_that_began_in_the_week() -> None:
    before = site_outage(seconds=7200, began=WEEK.start_utc - timedelta(hours=1))
    later = site_outage(seconds=7200)
    sentences = [
        of(report(facts(site(), *outages)), Rule.SITE_DOWN)[0].sentence
        for outages in ((later,), (before,), (before, later))
    ]
    assert sentences == [
        "www.acme.com was down for 2 hours from Wed 18 Nov, 00:00.",
        "www.acme.com was down for 1 hour.",
        "www.acme.com was down for 3 hours in 2 outages.",
    ]


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


def visited(
    name: str = "www.acme.com", *, made: int = 2000, good: int = 2000, recorded: float | None = None
) -> SiteAvailability:
    checked = site(name, made=made, good=good)
    return replace(checked, basis=Basis.REQUESTS, probes_due=None, recorded_percent=recorded)


@pytest.mark.parametrize(("recorded", "low"), [(500 / 7, True), (89.9, True), (90.0, False), (None, False)])
def test_a_figure_of_too_little_of_the_week_is_marked(recorded: float | None, low: bool) -> None:
    model = report(facts(visited(recorded=recorded)))
    assert model.availability is not None
    (row,) = model.availability.sites
    assert (row.coverage_low, row.recorded, row.coverage) == (low, recorded, None)


def test_the_sentence_tells_of_how_much_of_the_week_requests_are_on_record() -> None:
    (found,) = of(report(facts(visited(good=1900, recorded=500 / 7))), Rule.SITE_DOWN)
    assert found.sentence == (
        "www.acme.com answered 95.0 % of requests well, under the agreed 99.9 %; "
        "requests are on record for only 71.4 % of the week."
    )


def test_a_share_of_requests_is_never_called_time() -> None:
    model = report(facts(visited(good=1900), site_outage(seconds=600)), last(visited()))
    (found,) = of(model, Rule.SITE_DOWN)
    assert found.sentence == (
        "www.acme.com was down for about 10 minutes and answered 95.0 % of requests well, "
        "under the agreed 99.9 %."
    )
    better = report(facts(visited()), last(visited(good=1900)))
    assert of(better, Rule.SITE_DOWN)[0].sentence == (
        "www.acme.com is back on target: it answered 100 % of requests well."
    )


def by_days(*, good: int = 2000) -> SiteAvailability:
    return replace(visited(good=good), basis=Basis.DAYS)


@pytest.mark.parametrize(
    ("now", "before"),
    [
        (by_days(), visited(good=1900)),
        (visited(), by_days(good=1900)),
        (by_days(), by_days(good=1900)),
    ],
)
def test_daily_sums_of_a_domain_bring_no_site_back_on_target(
    now: SiteAvailability, before: SiteAvailability
) -> None:
    assert of(report(facts(now), last(before)), Rule.SITE_DOWN) == []
    outage = site_outage(seconds=3600, began=WEEK.prior().start_utc)
    assert of(report(facts(by_days()), last(visited(), outage)), Rule.SITE_DOWN) == []


@pytest.mark.parametrize(
    ("now", "before"), [(by_days(), visited(good=1900)), (visited(), by_days(good=1900))]
)
def test_daily_sums_of_a_domain_are_not_compared_with_requests_to_one_site(
    now: SiteAvailability, before: SiteAvailability
) -> None:
    section = report(facts(now), last(before)).availability
    assert section is not None
    assert section.measured_otherwise
    assert section.availability.history == (100.0,)
    assert [(row.availability.history, row.measured_otherwise) for row in section.sites] == [((100.0,), True)]


def test_a_site_under_its_target_by_days_is_told_without_last_weeks_requests() -> None:
    (found,) = of(report(facts(by_days(good=1900)), last(visited(good=1000))), Rule.SITE_DOWN)
    assert (found.before, found.after, found.severity) == (None, 95.0, Severity.WARNING)
    assert "answered 95.0 % of requests well, under the agreed 99.9 %" in found.sentence


def test_daily_sums_are_compared_with_daily_sums() -> None:
    section = report(facts(by_days()), last(by_days(good=1900))).availability
    assert section is not None
    assert not section.measured_otherwise
    assert section.sites[0].availability.change == pytest.approx(5.0)


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


def measured(week: WeekFacts, **systems: str) -> WeekFacts:
    """`systems`: by the first letter of a site's address, the system that is believed of it."""
    return replace(week, measured_by={f"{site}.example": system for site, system in systems.items()})


def at(name: str, *, by: str, good: int = 2000) -> SiteAvailability:
    """A site under the id that a system gives it."""
    row = visited(name, good=good) if by == "cloudflare" else site(name, good=good)
    return replace(row, site=f"{by}-{name}", url=f"https://{name}.example/")


def test_a_share_of_time_is_not_compared_with_a_share_of_requests() -> None:
    now = measured(facts(at("a", by="cloudflare"), at("b", by="own")), a="cloudflare", b="own")
    before = measured(last(at("a", by="own", good=1000), at("b", by="own", good=1900)), a="own", b="own")
    model = report(now, before)
    section = model.availability
    assert section is not None
    by_name = {row.name: row for row in section.sites}
    assert (by_name["a"].availability.before, by_name["a"].measured_otherwise) == (None, True)
    assert (by_name["b"].availability.change, by_name["b"].measured_otherwise) == (pytest.approx(5.0), False)
    assert (section.availability.before, section.measured_otherwise) == (None, True)
    assert of(model, Rule.FLEET_CHANGED) == [], "the site is neither new nor gone"


def test_two_systems_checks_are_not_compared_either_and_leave_a_gap_in_the_history() -> None:
    now = measured(facts(at("a", by="own")), a="site_checks")
    before = measured(last(at("a", by="blackbox")), a="blackbox")
    older = replace(now, week=WEEK.prior(2).label)
    section = report(now, before, older).availability
    assert section is not None
    assert section.measured_otherwise
    assert section.availability.history == (100.0, None, 100.0)


def test_a_renamed_or_an_added_site_of_one_system_is_compared_as_ever() -> None:
    now = measured(facts(at("a", by="own"), at("b", by="own")), a="own", b="own")
    before = measured(last(replace(at("a", by="own", good=1000), site="old-id")), a="own")
    section = report(now, before).availability
    assert section is not None
    assert not section.measured_otherwise
    assert section.availability.before == pytest.approx(50.0)


def test_a_site_that_was_not_known_last_week_was_not_measured_in_another_way() -> None:
    unseen = replace(at("a", by="own"), probes_made=0, probes_good=0)
    now = measured(facts(at("a", by="blackbox"), at("b", by="own")), a="blackbox", b="own")
    before = measured(last(unseen, at("b", by="own", good=1000)), a="own", b="own")
    section = report(now, before).availability
    assert section is not None
    assert [row.measured_otherwise for row in section.sites] == [False, False]
    assert not section.measured_otherwise
