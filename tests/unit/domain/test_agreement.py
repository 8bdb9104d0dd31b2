"""A noun has the form that goes with the number before it, in every language and wherever it is said."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from msp_reports.domain.customer import Thresholds
from msp_reports.domain.kpis.security import SEVERITIES
from msp_reports.domain.language import speaking
from msp_reports.domain.report import ReportModel
from msp_reports.domain.wording import exact_points, points
from msp_reports.languages import language, language_codes
from tests.unit.domain.builders import (
    WEEK,
    device,
    facts,
    incident,
    last,
    machine,
    report,
    scores,
    site,
    site_outage,
    ticket,
    tickets_in,
)

ONE = {
    "en": "ticket machine device site incident day hour minute week point outage run",
    "de": "Ticket System Gerät Standort Website Sicherheitsvorfall Tag Stunde Minute Woche "
    "Prozentpunkt Ausfall",
    "fr": "ticket machine équipement site incident jour heure minute semaine point interruption",
}
MANY = {
    "en": "tickets machines devices sites incidents days hours minutes weeks points outages runs",
    "de": "Tickets Systeme Systemen Geräte Geräten Standorte Standorten Websites Sicherheitsvorfälle "
    "Sicherheitsvorfällen Tage Tagen Stunden Minuten Wochen Prozentpunkte Prozentpunkten "
    "Ausfälle Ausfällen",
    "fr": "tickets machines équipements sites incidents jours heures minutes semaines points interruptions",
}
DRAWN = settings(max_examples=60, deadline=None)
FEW = st.integers(0, 3)


def is_one(number: float, code: str) -> bool:
    return number < 2 if code == "fr" else number == 1


def wrong(text: str, code: str) -> Iterator[str]:
    for found in re.finditer(r"(?<![\d.,])(\d+(?:[.,]\d+)?)[ \u00a0\u202f](\w+)", text):
        number, noun = float(found[1].replace(",", ".")), found[2]
        if noun in (MANY if is_one(number, code) else ONE)[code].split():
            yield found[0]


def sentences(model: ReportModel) -> list[str]:
    told = [finding.sentence for finding in model.findings]
    return [*model.summary, *told, *(r.text for r in model.recommendations), *model.rules]


@pytest.mark.parametrize("code", language_codes())
@DRAWN
@given(
    late=FEW, before=FEW, stale=st.lists(st.integers(1, 200), max_size=3), old=st.lists(FEW, max_size=3),
    grade=st.sampled_from(SEVERITIES), down=st.lists(st.integers(0, 40_000), min_size=1, max_size=3),
    outages=st.lists(st.integers(60, 8000), max_size=2), certificate=st.integers(-2, 3),
    fell=st.sampled_from((0.0, 1.0, 1.5, 2.0)),
)  # fmt: skip
def test_nouns_agree_with_their_numbers(
    code: str, late: int, before: int, stale: list[int], old: list[int], grade: str, down: list[int],
    outages: list[int], certificate: int, fell: float,
) -> None:  # fmt: skip
    began = [WEEK.start_utc + timedelta(days=n + 1) for n in range(len(outages))]
    current = facts(
        *(ticket(n, late=True) for n in range(late)),
        *(machine(f"M{n}", hours=hours, rpo=1) for n, hours in enumerate(stale)),
        *(incident(n, severity=grade, opened=WEEK.end_utc - timedelta(days=d)) for n, d in enumerate(old)),
        *(device(f"d{n}", down=parts, site=f"S{n}") for n, parts in enumerate(down)),
        *(site_outage(seconds=s, began=at) for s, at in zip(outages, began, strict=True)),
        replace(site(good=1990), certificate_days=certificate),
        *scores(70.0, 70.0 - fell),
    )
    limits = Thresholds(
        sla_drop_points=1.0, posture_drop_points=1.0, tickets_rise_count=1, tickets_chance_p=1.0,
        site_outage_minutes=1, certificate_days=1, backup_unverified_days=1,
    )  # fmt: skip
    history = last(*tickets_in(WEEK.prior(), before), *(device(f"d{n}", site=f"S{n}") for n in range(3)))
    with speaking(language(code)):
        model = report(current, history, thresholds=limits)
    assert [found for sentence in sentences(model) for found in wrong(sentence, code)] == []


@pytest.mark.parametrize(
    ("code", "told"),
    [("de", "1 von 2 Geräten hat "), ("fr", "1 équipement sur 2 les a ")],
)
def test_a_part_rules_its_verb_and_not_the_whole(code: str, told: str) -> None:
    now = [device("a", down=100_000), device("b")]
    with speaking(language(code)):
        (first, *_) = report(facts(*now), last(*(replace(d, down_seconds=0) for d in now))).summary
    assert told in first


@pytest.mark.parametrize("code", language_codes())
@given(tenths=st.integers(0, 1000))
def test_points_agree_with_their_number(code: str, tenths: int) -> None:
    with speaking(language(code)):
        told = [points(-tenths / 10), exact_points(tenths / 10)]
    assert told[0] == told[1]
    assert list(wrong(told[0], code)) == []


def test_a_wrong_form_would_be_seen() -> None:
    assert list(wrong("1 points, 2 points and 1.5 point", "en")) == ["1 points", "1.5 point"]
    assert list(wrong("um 1 Prozentpunkte und 2 Tag", "de")) == ["1 Prozentpunkte", "2 Tag"]
    assert list(wrong("0 jours, 1,5 points et 2 jour", "fr")) == ["0 jours", "1,5 points", "2 jour"]
