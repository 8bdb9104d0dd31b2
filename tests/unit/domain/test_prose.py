"""Numbers that a person writes: known as the report rounds them, told where the report has no such number."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msp_reports.domain.language import speaking
from msp_reports.domain.prose import UnknownNumber, unknown_numbers
from msp_reports.domain.records import Outage, Record
from msp_reports.domain.report import Comment, ReportModel
from msp_reports.languages import language
from tests.unit.domain import builders as make

DOWN = make.WEEK.start_utc + timedelta(hours=34, minutes=5)
"""Tuesday 17 November 2026, 10:05 in Berlin."""
OUTAGE = Outage(
    device_id="id-sw1",
    name="sw1",
    site="Berlin",
    started_at=DOWN,
    ended_at=DOWN + timedelta(minutes=200),
    began_before=False,
    cause="power",
)


def story(*records: Record, before: tuple[Record, ...] = make.quiet(make.WEEK.prior())) -> ReportModel:
    return make.report(make.facts(*records), make.last(*before))


STORY = story(
    make.device("sw1", down=470, site="Berlin"),
    make.device("fw1", site="Halle 9", kind="firewall"),
    OUTAGE,
    *make.tickets_in(make.WEEK, 1204),
    make.machine("DC01", hours=90.4),
    replace(make.incident(), title="Case 7311: sign-in"),
    *make.scores(71.04, 60.0),
)


def told(text: str, model: ReportModel = STORY) -> list[str]:
    comment = Comment(section="tickets", text=text, author="Jana")
    return [number.text for number in unknown_numbers(replace(model, comments=(comment,)))]


@pytest.mark.parametrize(
    "text",
    [
        "We closed 1,204 tickets, 1.204, 1 204, 1\u202f204 or 1'204.",
        "Secure score 71.0 %, 71,04 %, 71%, 71 percent, 71 Prozent, 71 pour cent.",
        "It fell by 11.0 points, by 11 points, um 11,0 Punkte.",
        "The switch was down for 200 minutes, 3 h 20 min, 3.3 hours or three hours.",
        "Der Ausfall dauerte 200 Minuten. Panne de 200 minutes.",
        "No backup for 90 hours, 3 days, drei Tage, trois jours.",
        "On 17 November at 10:05, 2026-11-17, 17.11.2026, 17/11/2026, am 17. November um 10 Uhr, Nov 17.",
        "Le 17 novembre à 10h05, at 10 am, at 10:30.",
        "In 2026-W47, week 47, KW 47, semaine 47 and week 46.",
        "Zwei Geräte; two devices; deux appareils.",
        "Case 7311 in Halle 9.",
        "This week 1,204 tickets were opened. Last week 2 devices failed. In der Woche 2 Geräte.",
        "Port 443 is open. Ticket 4711 is done. CVSS 9.8 on VLAN 30 of 10.0.0.0/24.",
        "Le 17 novembre à 10 h 05; am 16./17. November.",
        "See #4711, INC-9000, KB5031234, CVE-2024-21412, DC77, v2.4.1, 10.0.0.1 and 3CX.",
        "Windows 11 and Office 365 on the Server 2019 of 2024, on port 8443.",
        "Our desk is there 24/7 at +49 30 1234567 or https://status.example/77 or a77@b.example.",
        "The 3rd and the 21st; a 500 GB disk for 99 €, $99, 36 months of warranty.",
        "We will replace it on 3 December at 09:00, in 14 days.",
        "Wird in 14 Tagen getauscht. Sera remplacé le 9 février.",
        "The next window is 22 January 2027.",
        "One of them, ein Gerät, un appareil, un disque neuf.",
        "",
    ],
)
def test_what_the_report_holds_and_what_is_no_number_is_not_told(text: str) -> None:
    assert told(text) == []


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("We closed 1,205 tickets.", ["1,205"]),
        ("1.205 Tickets, 1 205 tickets.", ["1.205", "1 205"]),
        ("Uptime was 97.31 %.", ["97.31 %"]),
        ("Die Verfügbarkeit war 97,31 %.", ["97,31 %"]),
        ("The score was 71.05 %.", ["71.05 %"]),
        ("It was down for 7 hours.", ["7 hours"]),
        ("Es waren siebzehn Geräte, seventeen or dix-sept.", ["siebzehn", "seventeen", "dix-sept"]),
        ("On 3 February 2026 it failed.", ["3 February 2026"]),
        ("At 18:42 it failed.", ["18:42"]),
        ("In week 12 it failed.", ["week 12"]),
        ("The decrease was separate: 37 devices.", ["37"]),
        ("15 new and\n37 old.", ["15", "37"]),
        ("Last week 37 devices failed.", ["37"]),
        ("On Monday 88 tickets were opened.", ["88"]),
        ("Insgesamt wurden am Montag 88 Tickets eröffnet.", ["88"]),
        ("Es gab am Wochenende 88 Ausfälle.", ["88"]),
        ("Seit Dienstag 3500 Fehler.", ["3500"]),
        ("Es war bis 18:42 nicht erreichbar.", ["18:42"]),
        ("It was down for 31 hours by accident.", ["31 hours"]),
        ("There were 37-43 tickets.", ["37", "43"]),
    ],
)
def test_what_the_report_does_not_hold_is_told_as_written(text: str, numbers: list[str]) -> None:
    assert told(text) == numbers


def test_it_is_told_where_a_number_stands() -> None:
    comments = (Comment(section="backup", text="All fine. Since then 77 runs failed!", author="Jana"),)
    (number,) = unknown_numbers(replace(STORY, comments=comments))
    assert number == UnknownNumber(section="backup", text="77", sentence="Since then 77 runs failed!")


def test_an_edited_summary_does_not_vouch_for_itself() -> None:
    assert [n.section for n in unknown_numbers(replace(STORY, summary=("Uptime was 12.34 %.",)))] == [
        "summary"
    ]


@given(st.text(max_size=300))
def test_no_text_breaks_it(text: str) -> None:
    for number in unknown_numbers(
        replace(STORY, comments=(Comment(section="uptime", text=text, author=""),))
    ):
        assert number.text in text


COUNT = st.integers(0, 40)


@st.composite
def records(draw: Any) -> tuple[Record, ...]:
    """Anything from a quiet week to one in which everything is bad, many times over."""
    devices = [
        make.device(f"sw{n}", down=draw(st.integers(0, 400_000)), site=f"Site {n % 4}", kind=f"class{n % 3}")
        for n in range(draw(COUNT))
    ]
    machines = [
        make.machine(
            f"VM{n}",
            hours=draw(st.none() | st.floats(0, 900)),
            proven_days=draw(st.none() | st.floats(0, 99)),
        )
        for n in range(draw(st.integers(0, 12)))
    ]
    grades = st.sampled_from(["high", "medium", "low"])
    incidents = [make.incident(n, severity=draw(grades)) for n in range(draw(st.integers(0, 9)))]
    sites = [
        make.site(
            f"www{n}.acme.example", good=draw(st.integers(0, 2000)), certificate=draw(st.integers(-9, 90))
        )
        for n in range(draw(st.integers(0, 9)))
    ]
    outages = [make.site_outage("www0.acme.example", seconds=draw(st.integers(60, 90_000)))] if sites else []
    score = st.none() | st.floats(1, 99)
    tickets = [*make.tickets_in(make.WEEK, draw(COUNT))]
    tickets += [make.ticket(n, late=draw(st.none() | st.booleans())) for n in range(draw(COUNT))]
    return (
        *devices,
        *machines,
        *incidents,
        *sites,
        *outages,
        *make.scores(draw(score), draw(score)),
        *tickets,
    )


TIMES = ("opened_at", "closed_at", "last_good_at", "verified_at", "started_at", "ended_at", "taken_at")


def a_week_earlier(told: tuple[Record, ...]) -> tuple[Record, ...]:
    def moved(record: Record) -> Record:
        times = {name: at for name in TIMES if (at := getattr(record, name, None)) is not None}
        return replace(record, **{name: at - timedelta(days=7) for name, at in times.items()})

    return tuple(map(moved, told))


@given(records(), records(), st.sampled_from(["en", "de", "fr"]))
def test_all_that_the_report_says_by_itself_is_known(
    now: tuple[Record, ...], last: tuple[Record, ...], code: str
) -> None:
    with speaking(language(code)):
        model = story(*now, before=a_week_earlier(last))
    suggested = tuple(
        Comment(section=said.source.value, text=said.sentence, author="") for said in model.findings
    )
    advised = tuple(Comment(section="summary", text=said.text, author="") for said in model.recommendations)
    assert unknown_numbers(replace(model, comments=(*suggested, *advised))) == ()
