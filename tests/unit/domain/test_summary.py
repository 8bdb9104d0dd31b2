from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from msp_reports.domain.records import Record, Source
from msp_reports.domain.snapshot import WeekFacts
from tests.unit.domain.builders import (
    MILLION,
    WEEK,
    device,
    facts,
    incident,
    last,
    machine,
    report,
    scores,
    site,
    ticket,
    tickets_in,
)


def summary(
    *records: Record, before: WeekFacts | None = None, sources: tuple[Source, ...]
) -> tuple[str, ...]:
    history = () if before is None else (before,)
    return report(facts(*records, sources=sources), *history).summary


def test_a_quiet_week_says_what_is_not_known() -> None:
    silent = replace(device(), unknown_seconds=MILLION)
    unknown = replace(machine("b"), last_good_known=False)
    paused = replace(machine("c", hours=None), paused=True)
    used = (Source.UPTIME, Source.BACKUP, Source.AVAILABILITY)
    assert summary(silent, machine("a"), unknown, paused, site(made=0, good=0), sources=used) == (
        "A quiet week: uptime not known, 1 of 2 backups within target, 1 not known, public sites not known.",
    )
    assert summary(unknown, sources=(Source.BACKUP,)) == ("A quiet week: state of the backups not known.",)
    assert summary(sources=(Source.BACKUP,)) == ("A quiet week: no machine in the backup.",)


def test_a_week_without_any_source_has_nothing_to_report() -> None:
    assert summary(sources=()) == ("A quiet week: nothing to report.",)


def test_what_is_fine_fills_up_with_its_change() -> None:
    used = (Source.SECURITY, Source.UPTIME)
    before = last(device(down=500), sources=used)
    assert summary(device(down=100), incident(), *scores(70.0, 70.5), before=before, sources=used) == (
        "Security incident open at the week's end: Suspicious sign-in 1 (high severity, open for 3 days).",
        "Uptime was 99.99 % (as last week).",
        "The share of devices at or above the target of 99.9 % was 100 % (as last week).",
    )


def test_nothing_is_said_twice_to_reach_three_sentences() -> None:
    assert summary(device(down=5000), sources=(Source.UPTIME,)) == (
        "Uptime was 99.50 %, under the agreed target of 99.9 %.",
    )


def test_numbers_of_the_same_kind_share_a_sentence() -> None:
    used = (Source.TICKETS,)
    late = [ticket(n, late=True) for n in range(8)]
    assert summary(*late, before=last(*tickets_in(WEEK.prior(), 9), sources=used), sources=used) == (
        "Open tickets rose from 0 to 8 and response breaches rose from 0 to 8.",
    )


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
        "2 security incidents are open, 1 of them new this week: "
        "Suspicious sign-in 2 (high severity, open for 7 days) and "
        "Suspicious sign-in 1 (high severity, open for 3 days)."
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
        (
            "Uptime fell by 3.3 points to 96.6 %, the agreed target is 99.9 %; "
            "the share of devices on target fell by 33.3 points to 33.3 %."
        ),
        (
            "Uptime at Ulm fell by 10.0 points to 90.0 %, the agreed target is 99.9 %; "
            "the share of devices on target fell by 100.0 points to 0.0 %."
        ),
        (
            "Uptime at Berlin was 99.80 % (as last week), under the agreed target of 99.9 %, "
            "for at least two weeks."
        ),
    )
