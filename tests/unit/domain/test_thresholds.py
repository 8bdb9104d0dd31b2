"""Every threshold of the findings: at it, just under and just over, with the default and a customer's own.

One table per rule. What is missing, zero or tiny stands in the same tables.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from msp_reports.domain.customer import Targets, Thresholds
from msp_reports.domain.records import Record, Source
from msp_reports.domain.report import Rule
from tests.unit.domain.builders import (
    MILLION,
    WEEK,
    bad,
    device,
    facts,
    incident,
    last,
    machine,
    of,
    report,
    scores,
    site,
    site_outage,
    ticket,
    tickets_in,
)

DEFAULTS = Thresholds()
LOOSE = Targets(uptime=50.0, site_availability=50.0)
"""Targets that no figure here misses, where a fall alone is tested."""


TINY = 1
"""Seconds of monitored time: the smallest denominator there is."""


@pytest.mark.parametrize(
    ("before", "after", "points", "fires"),
    [
        (10_000, 39_999, 3.0, False),
        (10_000, 40_000, 3.0, True),
        (10_000, 40_001, 3.0, True),
        (10_000, 59_999, 5.0, False),
        (10_000, 60_000, 5.0, True),
        (0, 1, 0.0001, True),
        (0, 1, 0.00011, False),
        (40_000, 40_000, 0.0, False),
        (0, MILLION, 100.0, True),
        (0, MILLION, 100.1, False),
        (None, 900_000, 3.0, False),
    ],
)
def test_sla_drop(before: int | None, after: int, points: float, fires: bool) -> None:
    """A fall of uptime; the share of devices on target stays (the target is far away)."""
    limits, targets = Thresholds(sla_drop_points=points), Targets(uptime=0.0)
    was = None if before is None else device(down=before)
    assert bad(Rule.SLA_DROP, device(down=after), was, thresholds=limits, targets=targets) is fires


@pytest.mark.parametrize(
    ("late", "points", "fires"), [(2, 3.0, False), (3, 3.0, True), (4, 3.0, True), (3, 3.1, False)]
)
def test_sla_drop_by_the_share_of_devices_on_target(late: int, points: float, fires: bool) -> None:
    now = tuple(device(f"d{n}", down=1001 * (n < late)) for n in range(100))
    before = tuple(device(f"d{n}") for n in range(100))
    assert bad(Rule.SLA_DROP, now, before, thresholds=Thresholds(sla_drop_points=points)) is fires


@pytest.mark.parametrize(
    ("now", "before"),
    [
        (replace(device(), unknown_seconds=MILLION), device()),
        (device(down=900_000), replace(device(), unknown_seconds=MILLION)),
        (device(down=900_000), replace(device(), planned_seconds=MILLION)),
    ],
    ids=["nothing monitored now", "nothing monitored before", "in maintenance before"],
)
def test_no_monitored_time_is_no_fall(now: Record, before: Record) -> None:
    assert not bad(Rule.SLA_DROP, now, before, targets=LOOSE)


def test_a_single_second_of_monitored_time_is_a_figure() -> None:
    tiny = device(window=TINY)
    assert bad(Rule.SLA_DROP, replace(tiny, down_seconds=1), tiny, targets=LOOSE)
    assert bad(Rule.BELOW_TARGET, replace(tiny, down_seconds=1))
    assert not bad(Rule.BELOW_TARGET, tiny)


@pytest.mark.parametrize(
    ("down", "target", "fires"),
    [
        (999, 99.9, False),
        (1000, 99.9, False),
        (1001, 99.9, True),
        (4999, 99.5, False),
        (5000, 99.5, False),
        (5001, 99.5, True),
        (0, 100.0, False),
        (1, 100.0, True),
        (MILLION, 0.0, False),
    ],
)
def test_below_target(down: int, target: float, fires: bool) -> None:
    assert bad(Rule.BELOW_TARGET, device(down=down), targets=Targets(uptime=target)) is fires
    steady = bad(Rule.BELOW_TARGET, device(down=down), device(down=down), targets=Targets(uptime=target))
    assert steady is fires, "even if it did not fall"


@pytest.mark.parametrize(
    ("hours", "rpo", "own", "fires"),
    [
        (47.99, 0, 48, False),
        (48.0, 0, 48, False),
        (48.01, 0, 48, True),
        (11.99, 0, 12, False),
        (12.0, 0, 12, False),
        (12.01, 0, 12, True),
        (23.99, 24, 48, False),
        (24.0, 24, 48, False),
        (24.01, 24, 48, True),
        (71.0, 72, 48, False),
        (0.0, 1, 48, False),
        (None, 24, 48, True),
    ],
)
def test_backup_stale(hours: float | None, rpo: int, own: int, fires: bool) -> None:
    """The machine's own target comes first, else the customer's threshold."""
    found = bad(
        Rule.BACKUP_STALE, machine(hours=hours, rpo=rpo), thresholds=Thresholds(backup_stale_hours=own)
    )
    assert found is fires


@pytest.mark.parametrize("change", [{"last_good_known": False}, {"paused": True}])
def test_backup_stale_is_not_told_of_what_is_unknown_or_paused(change: dict[str, bool]) -> None:
    assert not bad(Rule.BACKUP_STALE, replace(machine(hours=None), **change))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("days", "limit", "fires"),
    [
        (29.99, 30, False),
        (30.0, 30, False),
        (30.01, 30, True),
        (6.99, 7, False),
        (7.0, 7, False),
        (7.01, 7, True),
        (0.0, 30, False),
        (None, 30, True),
        (None, 365, True),
    ],
)
def test_backup_unverified(days: float | None, limit: int, fires: bool) -> None:
    limits = Thresholds(backup_unverified_days=limit)
    assert bad(Rule.BACKUP_UNVERIFIED, machine(proven_days=days), thresholds=limits) is fires
    unknown = replace(machine(proven_days=days), verification_known=False)
    assert not bad(Rule.BACKUP_UNVERIFIED, unknown, thresholds=limits)


@pytest.mark.parametrize(
    ("opened", "closed", "fires"),
    [
        (timedelta(seconds=-1), None, True),
        (timedelta(0), None, False),
        (timedelta(days=-90), None, True),
        (timedelta(days=-1), timedelta(seconds=-1), False),
        (timedelta(days=-1), timedelta(0), True),
        (timedelta(days=-1), timedelta(seconds=1), True),
    ],
)
def test_open_incident(opened: timedelta, closed: timedelta | None, fires: bool) -> None:
    """Times are from the week's end on, which itself is outside."""
    end = WEEK.end_utc
    told = incident(opened=end + opened, closed=None if closed is None else end + closed)
    assert bad(Rule.OPEN_INCIDENT, told) is fires


@pytest.mark.parametrize(
    ("start", "end", "points", "fires"),
    [
        (70.0, 68.01, 2.0, False),
        (70.0, 68.0, 2.0, True),
        (70.0, 67.99, 2.0, True),
        (70.3, 68.3, 2.0, True),
        (70.0, 65.1, 5.0, False),
        (70.0, 65.0, 5.0, True),
        (2.0, 0.0, 2.0, True),
        (70.0, 70.0, 0.0, False),
        (None, 10.0, 2.0, False),
        (70.0, None, 2.0, False),
    ],
)
def test_posture_drop(start: float | None, end: float | None, points: float, fires: bool) -> None:
    limits = Thresholds(posture_drop_points=points)
    assert bad(Rule.POSTURE_DROP, scores(start, end), thresholds=limits) is fires


@pytest.mark.parametrize(
    ("before", "after", "limits", "fires"),
    [
        # a fifth more, far beyond chance
        (1000, 1199, DEFAULTS, False),
        (1000, 1200, DEFAULTS, True),
        (1000, 1201, DEFAULTS, True),
        (1000, 1499, Thresholds(tickets_rise_percent=50.0), False),
        (1000, 1500, Thresholds(tickets_rise_percent=50.0), True),
        # three more, where chance is shut out
        (1, 3, Thresholds(tickets_chance_p=1.0), False),
        (1, 4, Thresholds(tickets_chance_p=1.0), True),
        (1, 5, Thresholds(tickets_rise_count=5, tickets_chance_p=1.0), False),
        (1, 6, Thresholds(tickets_rise_count=5, tickets_chance_p=1.0), True),
        # chance: at least 8 when 4 are usual has p = 0.051, at least 9 has p = 0.021
        (4, 8, DEFAULTS, False),
        (4, 9, DEFAULTS, True),
        (4, 9, Thresholds(tickets_chance_p=0.02), False),
        # small and empty denominators
        (1, 2, DEFAULTS, False),
        (0, 1, DEFAULTS, False),
        (0, 3, DEFAULTS, False),
        (0, 4, DEFAULTS, True),
        (0, 0, DEFAULTS, False),
        (7, 7, DEFAULTS, False),
    ],
)
def test_tickets_worse(before: int, after: int, limits: Thresholds, fires: bool) -> None:
    now, was = tickets_in(WEEK, after), tickets_in(WEEK.prior(), before)
    assert bad(Rule.TICKETS_WORSE, now, was, thresholds=limits) is fires


@pytest.mark.parametrize(("after", "fires"), [(8, False), (9, True)])
@pytest.mark.parametrize("entity", ["open tickets", "response breaches", "resolution breaches"])
def test_tickets_worse_holds_for_each_number(entity: str, after: int, fires: bool) -> None:
    """Four a week before; nine are beyond chance and eight are not."""

    def told(number: int, week_end: bool) -> tuple[Record, ...]:
        week = WEEK if week_end else WEEK.prior()
        opened = week.start_utc + timedelta(hours=1)
        closed = None if entity == "open tickets" else opened + timedelta(hours=1)
        late = entity == "response breaches", entity == "resolution breaches"
        return tuple(
            replace(
                ticket(n, opened=opened, closed=closed),
                response_breached=late[0],
                resolution_breached=late[1],
            )
            for n in range(number)
        )

    model = report(facts(*told(after, True)), last(*told(4, False)))
    assert (entity in {f.entity for f in of(model, Rule.TICKETS_WORSE)}) is fires


def test_breaches_that_nobody_flags_are_no_rise() -> None:
    unknown = tuple(replace(t, response_breached=None, resolution_breached=None) for t in tickets_in(WEEK, 9))
    assert not bad(Rule.TICKETS_WORSE, unknown, tickets_in(WEEK.prior(), 9))


@pytest.mark.parametrize(
    ("made", "bad_probes", "target", "fires"),
    [
        (1000, 1, 99.9, False),
        (1000, 2, 99.9, True),
        (10_000, 10, 99.9, False),
        (10_000, 11, 99.9, True),
        (1000, 10, 99.0, False),
        (1000, 11, 99.0, True),
        (1, 0, 100.0, False),
        (1, 1, 0.1, True),
        (1, 1, 0.0, False),
        (0, 0, 99.9, False),
    ],
)
def test_site_down_by_availability(made: int, bad_probes: int, target: float, fires: bool) -> None:
    told = site(due=max(made, 1), made=made, good=made - bad_probes)
    assert bad(Rule.SITE_DOWN, told, targets=Targets(site_availability=target)) is fires


@pytest.mark.parametrize(
    ("seconds", "minutes", "fires"),
    [
        (299, 5, False),
        (300, 5, True),
        (301, 5, True),
        (599, 10, False),
        (600, 10, True),
        (1, 0, True),
        (0, 0, False),
    ],
)
def test_site_down_by_an_outage(seconds: int, minutes: int, fires: bool) -> None:
    told = site(), site_outage(seconds=seconds)
    assert bad(Rule.SITE_DOWN, told, thresholds=Thresholds(site_outage_minutes=minutes)) is fires


@pytest.mark.parametrize(
    ("days", "limit", "fires"),
    [
        (22, 21, False),
        (21, 21, True),
        (20, 21, True),
        (15, 14, False),
        (14, 14, True),
        (0, 0, True),
        (1, 0, False),
        (None, 21, False),
    ],
)
def test_certificate_expiring(days: int | None, limit: int, fires: bool) -> None:
    limits = Thresholds(certificate_days=limit)
    assert bad(Rule.CERTIFICATE_EXPIRING, site(certificate=days), thresholds=limits) is fires


@pytest.mark.parametrize(
    ("made", "least", "low"),
    [
        (899, 90.0, True),
        (900, 90.0, False),
        (901, 90.0, False),
        (499, 50.0, True),
        (500, 50.0, False),
        (0, 90.0, True),
    ],
)
def test_coverage_is_marked(made: int, least: float, low: bool) -> None:
    limits = Thresholds(site_coverage_percent=least)
    model = report(facts(site(due=1000, made=made, good=made)), thresholds=limits)
    assert model.availability is not None
    assert model.availability.sites[0].coverage_low is low


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [(1, 1, 0), (1, 2, 1), (2, 1, 1), (0, 1, 1), (1, 0, 1), (0, 0, 0)],
)
@pytest.mark.parametrize(
    ("source", "make"),
    [(Source.UPTIME, device), (Source.BACKUP, machine), (Source.AVAILABILITY, site)],
    ids=["devices", "machines", "sites"],
)
def test_fleet_changed(source: Source, make: object, before: int, after: int, told: int) -> None:
    names = ("a", "b")
    now, was = (tuple(make(name) for name in names[:n]) for n in (after, before))  # type: ignore[operator]
    found = of(report(facts(*now), last(*was)), Rule.FLEET_CHANGED)
    assert len(found) == told
    assert of(report(facts(*now)), Rule.FLEET_CHANGED) == [], "nothing to compare with"
    gap = facts(week=WEEK.prior(), missing=[source])
    assert of(report(facts(*now), gap), Rule.FLEET_CHANGED) == [], "last week is not known"


@pytest.mark.parametrize("source", list(Source))
def test_source_missing(source: Source) -> None:
    found = of(report(facts(missing=[source])), Rule.SOURCE_MISSING)
    assert [finding.source for finding in found] == [source]
    assert of(report(facts(sources=[source])), Rule.SOURCE_MISSING) == []
