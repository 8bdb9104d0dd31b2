"""Security: incidents and the secure score."""

from __future__ import annotations

from collections.abc import Sequence

from msp_reports.domain.report import ControlRow, IncidentRow, Measure, ReportModel, SecuritySection
from msp_reports.domain.wording import count
from msp_reports.rendering.blocks import Beside, Block, Cell, Paragraph, Table, Tone, cells, columns
from msp_reports.rendering.common import figures, first_rows
from msp_reports.rendering.format import Clock, change, percentage, whole

_TONES = {"high": Tone.CRITICAL, "medium": Tone.WARNING, "low": Tone.NOTICE, "informational": Tone.NOTICE}


def security_blocks(section: SecuritySection, model: ReportModel, clock: Clock) -> tuple[Block, ...]:
    numbers = figures(
        "Figures",
        (
            ("Incidents opened", section.opened),
            ("Incidents closed", section.closed),
            ("Incidents open at the week's end", section.open_at_end),
        ),
        compared=model.comparison is not None,
    )
    first = Beside(left=numbers, right=_severities(section)) if section.severities else numbers
    blocks: list[Block] = [first, Paragraph(text=_score(section.score))]
    if section.open_incidents:
        blocks.append(_incidents(section.open_incidents, clock))
    if section.controls:
        blocks.append(_controls(section.controls))
    return tuple(blocks)


def _score(score: Measure) -> str:
    if score.value is None:
        return "The secure score is not known this week."
    if score.before is None:
        return f"Secure score at the week's end: {percentage(score.value)}."
    before, after = percentage(score.before), percentage(score.value)
    return f"Secure score: {before} at the week's start, {after} at its end ({change(score)})."


def _severities(section: SecuritySection) -> Table:
    most = max(1, *(max(row.opened, row.closed, row.open_at_end) for row in section.severities))
    return Table(
        title="Incidents by severity",
        columns=columns("Severity!", "Opened#", "Closed#", "Open at end#"),
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
        title="Open incidents",
        columns=columns("Severity!", "Incident", "Opened@", "Open for#"),
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
        title="Controls that moved",
        columns=columns("Control", "Start of week#", "End of week#", "Direction!"),
        rows=tuple(
            cells(control.title, f"{control.before:g}", f"{control.after:g}", _direction(control))
            for control in shown
        ),
        more=more,
    )


def _direction(control: ControlRow) -> Cell:
    if control.after < control.before:
        return Cell(text="Worse", tone=Tone.WARNING)
    return Cell(text="Better", tone=Tone.GOOD)


def _severity(name: str) -> Cell:
    return Cell(text=name.capitalize(), tone=_TONES.get(name.lower(), Tone.UNKNOWN))
