"""Weeks worth reading, as small facts: what each report must say stands in `markdown/<story>.md`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, timedelta

from msp_reports.domain.records import ControlMove, Incident, Outage, Record, SecureScore, Source, Ticket
from msp_reports.domain.report import ReportModel
from msp_reports.domain.snapshot import WeekFacts
from msp_reports.domain.week import ReportingWeek
from msp_reports.rendering.correction import corrected as mark_corrected
from tests.unit.domain.builders import (
    WEEK,
    device,
    facts,
    incident,
    machine,
    quiet,
    report,
    run,
    scores,
    site,
    site_outage,
    ticket,
    tickets_in,
)

Story = Callable[[], ReportModel]


def _history(weeks: int, told: Callable[[ReportingWeek], Iterable[Record]] = quiet) -> list[WeekFacts]:
    """That many weeks before this one, oldest first."""
    return [facts(*told(WEEK.prior(n)), week=WEEK.prior(n)) for n in range(weeks, 0, -1)]


def first_week() -> ReportModel:
    return report(facts(*quiet(), *scores(71.0, 71.5), machine("NAS01", hours=52)))


def source_missing() -> ReportModel:
    return report(facts(*quiet(), missing=[Source.SECURITY]), *_history(3))


def all_quiet() -> ReportModel:
    return report(facts(*quiet(), *scores(71.0, 71.5)), *_history(12))


def _outage(name: str, where: str, hours: float) -> Outage:
    began = WEEK.start_utc + timedelta(days=1, hours=8)
    return Outage(
        device_id=f"id-{name}",
        name=name,
        site=where,
        started_at=began,
        ended_at=began + timedelta(hours=hours),
        began_before=False,
        cause="Power failure",
    )


def _still_open(number: int, title: str) -> Ticket:
    opened = WEEK.start_utc - timedelta(days=3 * number)
    return replace(ticket(500 + number, opened=opened, late=True), title=title)


def everything_bad() -> ReportModel:
    lost = ControlMove(control="mfa", title="Require MFA for administrators", before=9.0, after=3.0)
    late = [_still_open(n, "ERP is slow") for n in range(1, 15)]
    return report(
        facts(
            *(device(f"sw{n}", down=60_000 * n, site=f"Site {n % 3}", kind="switch") for n in range(6)),
            _outage("sw5", "Site 2", 17),
            *late,
            *(ticket(n, late=n % 3 == 0) for n in range(45)),
            *(machine(f"SRV{n:02}", hours=50 + 9 * n, proven_days=40) for n in range(7)),
            *(
                run(f"SRV{n:02}", at=WEEK.start_utc + timedelta(hours=9 * n), good=n % 2 == 0)
                for n in range(7)
            ),
            *(incident(n, severity=["high", "low", "medium"][n % 3]) for n in range(5)),
            *scores(70.0, 64.0),
            lost,
            site(good=1900, certificate=5),
            site_outage(seconds=4500),
        ),
        *_history(2, _week_before_the_bad),
    )


def _week_before_the_bad(week: ReportingWeek) -> tuple[Record, ...]:
    return (
        *(device(f"sw{n}", site=f"Site {n % 3}") for n in range(6)),
        *tickets_in(week, 20),
        *(machine(f"SRV{n:02}", week=week) for n in range(7)),
        site(),
    )


def huge() -> ReportModel:
    return report(facts(*_huge(WEEK, down=5000)), *_history(2, lambda week: _huge(week, down=400)))


def _huge(week: ReportingWeek, *, down: int) -> tuple[Record, ...]:
    """Forty sites, six hundred devices, 1,500 tickets, three hundred machines."""
    return (
        *(
            device(f"dev{n:03}", down=down * (n % 7 == 0), site=f"Site {n % 40:02}", kind=f"class {n % 5}")
            for n in range(600)
        ),
        *tickets_in(week, 1500),
        *(machine(f"M{n:03}", hours=3 + 50 * (n % 30 == 0), week=week) for n in range(300)),
        *(site(f"www{n:02}.example.com") for n in range(40)),
    )


def non_latin() -> ReportModel:
    named = replace(incident(), title="Ύποπτη σύνδεση — 不審なサインイン")
    return report(
        facts(
            device("коммутатор-1", down=50_000, site="Αθήνα"),
            device("路由器", site="東京"),
            device("נתב", site="القاهرة"),
            replace(ticket(1), title="Принтер не печатает"),
            machine("サーバー01", hours=73),
            named,
            site("παράδειγμα.gr"),
        )
    )


def _in_trouble(week: ReportingWeek) -> tuple[Record, ...]:
    """From week 44 on: uptime under target, one stale machine, a shop in trouble, an open incident."""
    began = ReportingWeek.parse("2026-W44", week.zone)
    if week.monday < began.monday:
        return quiet(week)
    hours = (week.end_utc - began.start_utc) / timedelta(hours=1)
    return (
        device("sw1", down=9000),
        device("fw1", kind="firewall", site="Hamburg"),
        *tickets_in(week, 4),
        machine("DC01", week=week),
        machine("FS01", hours=hours, week=week),
        site(good=1960),
        _phished(began),
        *_steady_score(week),
    )


def _phished(began: ReportingWeek) -> Incident:
    opened = began.start_utc + timedelta(days=1)
    return replace(incident(opened=opened), title="Mailbox rule forwards to an outside address")


def _steady_score(week: ReportingWeek) -> tuple[SecureScore, ...]:
    edges = {"start": week.start_utc, "end": week.end_utc}
    return tuple(
        SecureScore(edge=e, taken_at=at - timedelta(hours=1), percent=70.0) for e, at in edges.items()
    )


def persisting_finding() -> ReportModel:
    return report(facts(*_in_trouble(WEEK)), *_history(8, _in_trouble))


def recovered_finding() -> ReportModel:
    closed = replace(
        _phished(ReportingWeek.parse("2026-W44", WEEK.zone)), closed_at=WEEK.start_utc + timedelta(days=2)
    )
    return report(facts(*quiet(), *_steady_score(WEEK), closed), *_history(8, _in_trouble))


def missing_and_back() -> ReportModel:
    """Backup figures come back after two weeks, with a machine that was late before the gap."""
    silent = [
        facts(*_in_trouble(week), week=week, missing=[Source.BACKUP])
        for week in (WEEK.prior(2), WEEK.prior())
    ]
    return report(facts(*_in_trouble(WEEK)), *_history(4, _in_trouble)[:-2], *silent)


def corrected() -> ReportModel:
    """Sent without security figures and with a machine taken for late; both came right on the next day."""
    told = (*_in_trouble(WEEK), machine("FS02", hours=20))
    before = _history(4, _in_trouble)
    late = (*_in_trouble(WEEK), machine("FS02", hours=60), *tickets_in(WEEK, 9)[4:])
    sent = report(facts(*late, missing=[Source.SECURITY]), *before)
    return mark_corrected(report(facts(*told), *before), sent, revision=1, sent_on=date(2026, 11, 23))


STORIES: dict[str, Story] = {
    story.__name__: story
    for story in (
        first_week,
        source_missing,
        all_quiet,
        everything_bad,
        huge,
        non_latin,
        persisting_finding,
        recovered_finding,
        missing_and_back,
        corrected,
    )
}
