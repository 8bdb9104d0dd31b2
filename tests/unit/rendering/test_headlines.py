"""The tone of a headline number is that of what was found about it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from msp_reports.domain.findings.tickets import OPEN, OPENED
from msp_reports.domain.records import Source
from msp_reports.domain.report import Finding, ReportModel, Rule, Severity, Unit
from msp_reports.rendering.blocks import Tone
from msp_reports.rendering.headline import headline_numbers
from tests.unit.domain import builders as make
from tests.unit.rendering import models

QUIET = models.quiet()


def finding(rule: Rule, severity: Severity = Severity.WARNING, *, entity: str = "one of them") -> Finding:
    return Finding(
        rule=rule,
        source=Source.UPTIME,
        entity=entity,
        before=None,
        after=None,
        threshold=None,
        unit=Unit.COUNT,
        severity=severity,
        sentence="Something was found.",
    )


def tones(model: ReportModel) -> dict[str, Tone]:
    return {number.label: number.tone for number in headline_numbers(model) if number.tone is not Tone.PLAIN}


@pytest.mark.parametrize(
    ("found", "label"),
    [
        (finding(Rule.BELOW_TARGET), "Uptime"),
        (finding(Rule.TICKETS_WORSE, entity=OPENED), "Tickets opened"),
        (finding(Rule.TICKETS_WORSE, entity=OPEN), "Tickets open"),
        (finding(Rule.BACKUP_STALE), "Backups within target"),
        (finding(Rule.OPEN_INCIDENT), "Open security incidents"),
        (finding(Rule.POSTURE_DROP), "Secure score"),
        (finding(Rule.SITE_DOWN), "Public sites"),
    ],
)
def test_a_number_has_the_tone_of_its_finding_and_no_other_has_one(found: Finding, label: str) -> None:
    assert tones(replace(QUIET, findings=(found,))) == {label: Tone.WARNING}


def test_the_worst_of_a_number_s_findings_counts() -> None:
    found = tuple(finding(Rule.OPEN_INCIDENT, severity) for severity in reversed(Severity))
    assert tones(replace(QUIET, findings=found)) == {"Open security incidents": Tone.CRITICAL}


def test_a_number_that_moved_but_behind_which_nothing_was_found_is_plain() -> None:
    records = (*make.tickets_in(models.WEEK, 3), *make.quiet())
    moved = make.report(make.facts(*records), make.last(*make.quiet(models.WEEK.prior())))
    assert moved.tickets is not None
    assert moved.tickets.opened.change
    assert tones(replace(moved, findings=())) == {}


def test_a_share_of_devices_is_told_from_an_uptime_and_both_are_marked_where_both_fell() -> None:
    assert QUIET.uptime is not None
    uptime, share = QUIET.uptime.uptime, replace(QUIET.uptime.sla, value=80.0, before=90.0)
    model = replace(QUIET, uptime=replace(QUIET.uptime, sla=share))
    fell = replace(finding(Rule.SLA_DROP), unit=Unit.PERCENT, before=90.0, after=80.0)
    assert tones(replace(model, findings=(fell,))) == {"Devices at target": Tone.WARNING}
    fell = replace(fell, before=uptime.before, after=uptime.value)
    assert tones(replace(model, findings=(fell,))) == {"Uptime": Tone.WARNING}
    fell = replace(fell, threshold=3.0)
    both = {"Uptime": Tone.WARNING, "Devices at target": Tone.WARNING}
    assert tones(replace(model, findings=(fell,))) == both


def test_what_is_wrong_in_the_first_week_is_shown_though_nothing_can_be_compared() -> None:
    model = replace(models.first_week(), findings=(finding(Rule.BACKUP_STALE, Severity.CRITICAL),))
    assert tones(model) == {"Backups within target": Tone.CRITICAL}
