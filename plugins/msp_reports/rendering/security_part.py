"""Security: incidents and the secure score."""

from __future__ import annotations

from collections.abc import Sequence

from msp_reports.domain.language import numeral, say, say_as
from msp_reports.domain.report import ControlRow, IncidentRow, Measure, ReportModel, SecuritySection
from msp_reports.domain.wording import count
from msp_reports.rendering.blocks import Beside, Block, Cell, Paragraph, Table, Tone, cells, columns
from msp_reports.rendering.common import figures, first_rows
from msp_reports.rendering.format import Clock, change, percentage, whole

_TONES = {"high": Tone.CRITICAL, "medium": Tone.WARNING, "low": Tone.NOTICE, "informational": Tone.NOTICE}


def security_blocks(section: SecuritySection, model: ReportModel, clock: Clock) -> tuple[Block, ...]:
    numbers = figures(
        say("Figures"),
        (
            (say("Incidents opened"), section.opened),
            (say("Incidents closed"), section.closed),
            (say("Incidents open at the week's end"), section.open_at_end),
        ),
        compared=model.comparison is not None,
    )
    first = Beside(left=numbers, right=_severities(section)) if section.severities else numbers
    blocks: list[Block] = [Paragraph(text=_score(section.score)), first]
    if section.open_incidents:
        blocks.append(_incidents(section.open_incidents, clock))
    if section.controls:
        blocks.append(_controls(section.controls))
    return tuple(blocks)


def _score(score: Measure) -> str:
    if score.value is None:
        return say("The secure score is not known this week.")
    if score.before is None:
        return say("Secure score at the week's end: {score}.", score=percentage(score.value))
    return say(
        "Secure score: {before} at the week's start, {after} at its end ({change}).",
        before=percentage(score.before),
        after=percentage(score.value),
        change=change(score),
    )


def _severities(section: SecuritySection) -> Table:
    most = max(1, *(max(row.opened, row.closed, row.open_at_end) for row in section.severities))
    return Table(
        title=say("Incidents by severity"),
        columns=columns(
            say("Severity") + "!", say("Opened") + "#", say("Closed") + "#", say("Open at end") + "#"
        ),
        rows=tuple(
            cells(
                _severity(row.severity),
                Cell(text=whole(row.opened), bar=row.opened / most),
                Cell(text=whole(row.closed), bar=row.closed / most),
                Cell(text=whole(row.open_at_end), bar=row.open_at_end / most),
            )
            for row in section.severities
        ),
    )


def _incidents(incidents: Sequence[IncidentRow], clock: Clock) -> Table:
    shown, more = first_rows(incidents)
    return Table(
        title=say("Open incidents"),
        columns=columns(
            say("Severity") + "!", say("Incident"), say_as("time", "Opened") + "@", say("Open for") + "#"
        ),
        rows=tuple(
            cells(
                _severity(incident.severity),
                Cell(text=incident.title, under=incident.incident_id),
                clock.moment(incident.opened_at),
                count(incident.age_days, "day"),
            )
            for incident in shown
        ),
        more=more,
    )


def _controls(controls: Sequence[ControlRow]) -> Table:
    shown, more = first_rows(controls)
    return Table(
        title=say("Controls that moved"),
        columns=columns(
            say("Control"), say("Start of week") + "#", say("End of week") + "#", say("Direction") + "!"
        ),
        rows=tuple(
            cells(
                control.title,
                numeral(control.before, None),
                numeral(control.after, None),
                _direction(control),
            )
            for control in shown
        ),
        more=more,
    )


def _direction(control: ControlRow) -> Cell:
    if control.after < control.before:
        return Cell(text=say("Worse"), tone=Tone.WARNING)
    return Cell(text=say("Better"), tone=Tone.GOOD)


def _severity(name: str) -> Cell:
    named = {
        "high": say("High"),
        "medium": say("Medium"),
        "low": say("Low"),
        "informational": say("Informational"),
        "unknown": say("Unknown"),
    }
    return Cell(text=named.get(name.lower(), name.capitalize()), tone=_TONES.get(name.lower(), Tone.UNKNOWN))
