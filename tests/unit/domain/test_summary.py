from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msp_reports.domain.kpis.security import SEVERITIES
from msp_reports.domain.language import speaking
from msp_reports.domain.records import Record, Source
from msp_reports.domain.snapshot import WeekFacts
from msp_reports.languages import language, language_codes
from tests.unit.domain.builders import (
    MILLION,
    WEEK,
    device,
    facts,
    incident,
    last,
    machine,
    outage,
    report,
    scores,
    site,
    ticket,
    tickets_in,
)


def summary(
    *records: Record, before: WeekFacts | None = None, sources: tuple[Source, ...]
) -> tuple[str, ...]:
    """`before` is a week of which nothing is known for the same sources, where it is not told."""
    return report(facts(*records, sources=sources), before or last(sources=_others(sources))).summary


def _others(sources: tuple[Source, ...]) -> tuple[Source, ...]:
    return tuple(source for source in Source if source not in sources)


def test_only_what_is_known_is_called_quiet() -> None:
    silent = replace(device(), unknown_seconds=MILLION)
    unknown = replace(machine("b"), last_good_known=False)
    paused = replace(machine("c", hours=None), paused=True)
    used = (Source.UPTIME, Source.BACKUP, Source.AVAILABILITY)
    unseen = site(made=0, good=0)
    assert summary(silent, machine("a"), unknown, paused, unseen, sources=used) == (
        "A quiet week: 1 of 2 backups within target, 1 not known.",
        "Uptime is not known this week.",
        "The availability of public sites is not known this week.",
    )
    assert summary(silent, unknown, unseen, sources=used) == (
        "Uptime is not known this week.",
        "The state of the backups is not known this week.",
        "The availability of public sites is not known this week.",
    )
    assert summary(sources=(Source.BACKUP,)) == ("No machine is in the backup.",)


def test_a_week_without_any_source_is_not_known() -> None:
    assert summary(sources=()) == ("Nothing is known of this week.",)


def test_what_is_fine_fills_up_with_its_change() -> None:
    used = (Source.SECURITY, Source.UPTIME)
    before = last(device(down=500), sources=used)
    assert summary(device(down=100), incident(), *scores(70.0, 70.5), before=before, sources=used) == (
        "A high-severity security incident has been open for 3 days: Suspicious sign-in 1.",
        "Uptime was 99.99 % (as last week).",
        "The share of devices at or above the target of 99.9 % was 100 % (as last week).",
    )


def test_nothing_is_said_twice_to_reach_three_sentences() -> None:
    assert summary(device(down=5000), sources=(Source.UPTIME,)) == (
        "Uptime was 99.50 %, under the agreed 99.9 %.",
    )


def test_numbers_of_the_same_kind_share_a_sentence() -> None:
    used = (Source.TICKETS,)
    late = [ticket(n, late=True) for n in range(8)]
    assert summary(*late, before=last(*tickets_in(WEEK.prior(), 9), sources=used), sources=used) == (
        (
            "Ticket numbers rose: open tickets from 0 to 8 and tickets answered late from 0 to 8; "
            "8 tickets were opened (1 fewer than last week) and 0 closed."
        ),
    )


@pytest.mark.parametrize("code", language_codes())
def test_a_second_clause_goes_on_in_the_middle_of_the_sentence(code: str) -> None:
    """It begins with its number in every language, not with a word in capitals."""
    used = (Source.TICKETS,)
    late = [ticket(n, late=True) for n in range(8)]
    before = last(*tickets_in(WEEK.prior(), 9), sources=used)
    with speaking(language(code)):
        (told,) = summary(*late, before=before, sources=used)
    assert re.search(r"; 8 tickets? ", told, re.IGNORECASE), told


def test_the_fall_of_a_site_is_not_told_again_for_its_class() -> None:
    used = (Source.UPTIME,)
    now = [device("a", down=300_000, site="Ulm", kind="ap"), device("b")]
    before = last(*(replace(d, down_seconds=0) for d in now), sources=used)
    told = " ".join(summary(*now, before=before, sources=used))
    assert "at Ulm" in told
    assert "device class" not in told
    assert "under the agreed target" not in told


def test_incidents_that_were_open_before_are_not_new() -> None:
    old = incident(2, opened=WEEK.end_utc - timedelta(days=7))
    assert summary(incident(1), old, sources=(Source.SECURITY,))[0] == (
        "2 high-severity security incidents are open, 1 of them new this week: "
        "Suspicious sign-in 2 (for 7 days) and Suspicious sign-in 1 (for 3 days)."
    )


def test_second_sentences_tell_runs_score_and_outages() -> None:
    used = (Source.UPTIME, Source.BACKUP)
    assert summary(device(down=9000), machine(), sources=used)[1:] == (
        "All backups are within target: 1 machine.",
        "7 backup runs succeeded and 0 failed.",
    )
    used = (Source.UPTIME, Source.AVAILABILITY)
    assert summary(device(down=9000), site(), sources=used)[1:] == (
        "Public sites were available 100 % of the time.",
        "No outage of the public sites was seen.",
    )
    used = (Source.UPTIME, Source.SECURITY)
    assert summary(device(down=9000), *scores(None, 71.0), sources=used)[1:] == (
        "No security incident is open.",
        "The secure score was 71.0 % at the week's end.",
    )


def test_runs_that_are_not_known_are_not_told() -> None:
    partly = replace(machine(), runs_known=False)
    told = summary(device(down=9000), partly, sources=(Source.UPTIME, Source.BACKUP))
    assert told[1:] == ("All backups are within target: 1 machine.",)


def test_a_missed_target_is_not_told_after_the_fall_but_for_others() -> None:
    used = (Source.UPTIME,)
    now = [device("a", down=100_000, site="Ulm"), device("b", down=2000), device("c", site="Bonn")]
    before = last(
        *(replace(d, down_seconds=0 if d.name == "a" else d.down_seconds) for d in now), sources=used
    )
    assert summary(*now, before=before, sources=used) == (
        ("Uptime fell by 3.3 points to 96.6 %, under the agreed 99.9 %; 1 of 3 devices reached it."),
        "Uptime at Ulm fell by 10 points to 90.0 %, under the agreed 99.9 %.",
        ("Uptime at Berlin was 99.80 % (as last week), under the agreed 99.9 %, for at least 2 weeks."),
    )


def test_a_first_report_says_last_that_it_is_the_first() -> None:
    used = (Source.UPTIME, Source.BACKUP)
    model = report(facts(device(down=5000), machine(), sources=used))
    assert model.summary == (
        "Uptime was 99.50 %, under the agreed 99.9 %.",
        "All backups are within target: 1 machine.",
        "This is the first report; the next one will compare with this week.",
    )
    later = report(facts(device(down=5000), machine(), sources=used), facts(week=WEEK.prior(3)))
    assert "first report" not in " ".join(later.summary)


def test_a_grave_incident_has_a_sentence_before_those_of_less_weight() -> None:
    old = [
        replace(
            incident(n, severity="informational", opened=WEEK.end_utc - timedelta(days=30 + n)),
            title="Dormant",
        )
        for n in range(3)
    ]
    told = summary(*old, incident(9, severity="low"), incident(1), sources=(Source.SECURITY,))
    assert told[:2] == (
        "A high-severity security incident has been open for 3 days: Suspicious sign-in 1.",
        (
            "4 more security incidents are open, 1 of them new this week: "
            "3 × Dormant (informational, the oldest for 32 days) and "
            "Suspicious sign-in 9 (low severity, for 3 days)."
        ),
    )


def test_what_is_as_severe_is_said_of_all_incidents_at_once() -> None:
    old = [
        replace(
            incident(n, severity="low", opened=WEEK.end_utc - timedelta(days=30 + n)),
            title=f"Dormant {n % 4}",
        )
        for n in range(7)
    ]
    assert summary(*old, incident(8), sources=(Source.SECURITY,))[1] == (
        "7 low-severity security incidents are open, none new this week: "
        "2 × Dormant 2 (the oldest for 36 days), 2 × Dormant 1 (the oldest for 35 days) and 3 more."
    )


def test_closed_incidents_are_counted_by_title_and_are_no_more_than_those_still_open() -> None:
    before = incident(opened=WEEK.start_utc - timedelta(days=9), closed=WEEK.start_utc)
    closed = [replace(before, incident_id=f"C{n}") for n in range(2)]
    assert summary(incident(8), *closed, sources=(Source.SECURITY,))[1] == (
        "2 security incidents were closed: 2 × Suspicious sign-in 1."
    )


@pytest.mark.parametrize("grade", SEVERITIES)
@given(number=st.integers(2, 20))
def test_incidents_of_one_severity_are_all_counted_once(grade: str, number: int) -> None:
    drawn = [replace(incident(n, severity=grade), title=f"Sign-in {n % 5}") for n in range(number)]
    told = summary(*drawn, sources=(Source.SECURITY,))[0]
    named = sum(int(times or 1) for times in re.findall(r"(?:(\d+) × )?Sign-in", told))
    hidden = sum(map(int, re.findall(r"(\d+) more\.", told)))
    assert told.startswith(f"{number} ")
    assert named + hidden == number


def test_incidents_of_one_title_are_not_named_twice() -> None:
    old = [replace(incident(n, severity="low"), title="Dormant") for n in range(2)]
    assert summary(*old, sources=(Source.SECURITY,))[0] == (
        "2 low-severity security incidents are open, all new this week: 2 × Dormant (the oldest for 3 days)."
    )


def test_a_quiet_week_tells_open_tickets_where_they_moved() -> None:
    before = last(*tickets_in(WEEK.prior(), 4), sources=(Source.TICKETS,))
    steady = [*tickets_in(WEEK, 3), ticket(1)]
    assert summary(*steady, before=before, sources=(Source.TICKETS,)) == (
        "A quiet week: 4 tickets opened, 1 still open (1 more than last week).",
    )


def test_an_outage_of_a_whole_site_is_told_once() -> None:
    used = (Source.UPTIME,)
    down = [device(f"u{n}", down=100_000, site="Ulm", kind=f"k{n}") for n in range(2)]
    now = [*down, *(device(f"b{n}", kind=f"k{n}") for n in range(2))]
    outages = [outage(d, hours=17) for d in down]
    before = last(*(replace(d, down_seconds=0) for d in now), sources=used)
    assert summary(*now, *outages, before=before, sources=used) == (
        (
            "Ulm was down for 17 hours from Wed 18 Nov, 03:12 (all 2 devices): "
            "uptime fell by 5 points to 95.0 %, under the agreed 99.9 %; 2 of 4 devices reached it."
        ),
    )
