"""Thresholds and figures drawn at random: a finding fires exactly where its rule says."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from msp_reports.domain.customer import Targets, Thresholds
from msp_reports.domain.records import SiteAvailability
from msp_reports.domain.report import Rule, Severity
from tests.unit.domain.builders import (
    MILLION,
    WEEK,
    bad,
    device,
    facts,
    last,
    machine,
    of,
    report,
    scores,
    site,
    tickets_in,
)

COUNTS = st.integers(0, 60)


@settings(max_examples=80, deadline=None)
@given(
    before=COUNTS, after=COUNTS, percent=st.floats(0, 200), least=st.integers(0, 10), p=st.floats(0.001, 0.2)
)
def test_a_rise_of_tickets_is_large_in_every_respect_or_no_finding(
    before: int, after: int, percent: float, least: int, p: float
) -> None:
    limits = Thresholds(tickets_rise_percent=percent, tickets_rise_count=least, tickets_chance_p=p)
    fires = bad(
        Rule.TICKETS_WORSE, tickets_in(WEEK, after), tickets_in(WEEK.prior(), before), thresholds=limits
    )
    if fires:
        assert after > before
        assert after - before >= least
        assert (after - before) * 100 >= percent * before
    if after <= before:
        assert not fires


@settings(max_examples=60, deadline=None)
@given(before=st.integers(0, 8), more=st.integers(0, 2))
def test_up_to_two_tickets_more_are_never_a_finding(before: int, more: int) -> None:
    assert not bad(Rule.TICKETS_WORSE, tickets_in(WEEK, before + more), tickets_in(WEEK.prior(), before))


@settings(max_examples=60, deadline=None)
@given(hours=st.floats(0, 500), limit=st.integers(1, 300))
def test_backups_follow_their_threshold(hours: float, limit: int) -> None:
    told = machine(hours=hours, rpo=0)
    assert told.last_good_at is not None
    late = WEEK.end_utc - told.last_good_at > timedelta(hours=limit)
    assert bad(Rule.BACKUP_STALE, told, thresholds=Thresholds(backup_stale_hours=limit)) is late


@settings(max_examples=60, deadline=None)
@given(made=st.integers(0, 3000), lost=st.integers(0, 3000), target=st.floats(0, 100))
def test_sites_follow_their_target(made: int, lost: int, target: float) -> None:
    told: SiteAvailability = site(made=made, good=max(0, made - lost))
    fires = bad(Rule.SITE_DOWN, told, targets=Targets(site_availability=target))
    assert fires is (made > 0 and 100 * told.probes_good / made < target)


@settings(max_examples=60, deadline=None)
@given(start=st.floats(0, 100), end=st.floats(0, 100), points=st.floats(0.1, 50))
def test_the_score_follows_its_threshold(start: float, end: float, points: float) -> None:
    fires = bad(Rule.POSTURE_DROP, scores(start, end), thresholds=Thresholds(posture_drop_points=points))
    assert fires is (round(start - end, 9) >= points)


@settings(max_examples=60, deadline=None)
@given(before=st.integers(0, MILLION), after=st.integers(0, MILLION))
def test_a_fall_is_bad_and_the_same_rise_is_good(before: int, after: int) -> None:
    targets = Targets(uptime=0.0)
    fell = bad(Rule.SLA_DROP, device(down=after), device(down=before), targets=targets)
    model = report(facts(device(down=before)), last(device(down=after)), targets=targets)
    rose = [finding for finding in of(model, Rule.SLA_DROP) if finding.severity is Severity.GOOD]
    assert fell is bool(rose)
