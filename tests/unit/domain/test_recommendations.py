from __future__ import annotations

from datetime import timedelta

from msp_reports.domain.records import Outage, Record
from msp_reports.domain.snapshot import WeekFacts
from tests.unit.domain.builders import (
    WEEK,
    device,
    facts,
    incident,
    last,
    machine,
    quiet,
    report,
    scores,
    site,
    ticket,
    tickets_in,
)


def advice(*records: Record, before: WeekFacts | None = None) -> list[str]:
    history = () if before is None else (before,)
    return [step.text for step in report(facts(*records), *history).recommendations]


def outage(name: str, hours: int, where: str = "Berlin") -> Outage:
    began = WEEK.start_utc + timedelta(hours=5)
    return Outage(
        device_id=name,
        name=name,
        site=where,
        started_at=began,
        ended_at=began + timedelta(hours=hours),
        began_before=False,
        cause="",
    )


def test_nothing_to_recommend() -> None:
    assert advice(*quiet()) == []


def test_one_machine_and_many() -> None:
    late = [machine(name, hours=60, proven_days=40) for name in "AB"]
    assert advice(late[0]) == [
        "Find out why A has no good backup within target, and run one.",
        "Test a restore of A.",
    ]
    assert advice(*late) == [
        "Find out why 2 machines have no good backup within target, beginning with A.",
        "Plan restore tests for 2 machines, beginning with A.",
    ]


def test_one_public_site_and_many() -> None:
    bad = [site(name, good=1000, certificate=3) for name in "AB"]
    assert advice(bad[0]) == ["Find out why A could not always be reached.", "Renew the certificate of A."]
    assert advice(*bad) == [
        "Find out why 2 public sites could not always be reached, beginning with A.",
        "Renew the certificates of 2 public sites, beginning with A.",
    ]


def test_one_incident_and_many() -> None:
    assert advice(incident(1), incident(2, severity="low")) == [
        "Of the 2 open security incidents, settle this one first: Suspicious sign-in 1."
    ]
    assert advice(incident(1)) == ["Settle the open security incident: Suspicious sign-in 1."]
    assert advice(incident(1), incident(2), incident(3, severity="low")) == [
        "Settle 2 of the 3 open security incidents, beginning with: Suspicious sign-in 1."
    ]
    assert advice(incident(1), incident(2)) == [
        "Settle the 2 open security incidents, beginning with: Suspicious sign-in 1."
    ]


def test_uptime_points_to_the_longest_outage() -> None:
    assert advice(device(down=9000), outage("fw1", 1), outage("sw9", 2)) == [
        "Find the cause of the longest outage: sw9 was down for 2 hours."
    ]
    assert advice(device(down=9000)) == ["Go through the devices that missed the uptime target."]


def test_a_site_points_to_its_own_outage() -> None:
    small = device("u1", down=5000, site="Ulm", window=100_000)
    large = device("b1", window=100_000_000)
    assert advice(small, large, outage("b1", 9), outage("u1", 1, "Ulm")) == [
        "Find the cause of the longest outage: u1 was down for 1 hour."
    ]


def test_tickets_have_advice_for_each_number() -> None:
    before = last(*tickets_in(WEEK.prior(), 4))
    steps = advice(*(ticket(n, late=True) for n in range(20)), before=before)
    assert steps == [
        "Set time aside for the 20 tickets still open; the oldest has been open for 6 days: Ticket 0.",
        "Find out why 20 tickets were answered later than agreed.",
        "Look for a common cause of the 20 tickets opened this week.",
    ]


def test_late_resolutions_are_named_as_such() -> None:
    closed = WEEK.end_utc - timedelta(hours=1)
    opened = WEEK.start_utc - timedelta(days=2)
    steps = advice(*(ticket(n, opened=opened, closed=closed, late=True) for n in range(6)), before=last())
    assert steps == ["Find out why 6 tickets were resolved later than agreed."]


def test_a_score_that_fell_without_a_control_is_looked_into() -> None:
    assert advice(*scores(70.0, 60.0)) == ["Find out which security controls lowered the secure score."]


def test_an_outage_of_a_whole_site_is_named_by_its_site() -> None:
    down = [device(name, down=40_000, site="Ulm") for name in "ab"]
    outages = (outage(name, 11, "Ulm") for name in ("id-a", "id-b"))
    assert advice(*down, *outages) == ["Find the cause of the outage at Ulm."]
