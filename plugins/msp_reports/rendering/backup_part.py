"""The backup matrix: machines by days, worst first."""

from __future__ import annotations

from msp_reports.domain.report import BackupSection, DayState, MachineRow, ReportModel
from msp_reports.rendering.blocks import Block, Cell, Paragraph, Table, Tone, cells, columns
from msp_reports.rendering.common import figures
from msp_reports.rendering.format import NOT_KNOWN, Clock, hours_text, whole

LEGEND = "● good   ✕ failed   ◐ good and failed runs   – no run   ? not known"

_DAYS: dict[DayState, Cell] = {
    DayState.GOOD: Cell(text="●", tone=Tone.GOOD, symbol=True),
    DayState.FAILED: Cell(text="✕", tone=Tone.CRITICAL, symbol=True),
    DayState.MIXED: Cell(text="◐", tone=Tone.WARNING, symbol=True),
    DayState.NONE: Cell(text="–", symbol=True),
    DayState.UNKNOWN: Cell(text="?", tone=Tone.UNKNOWN, symbol=True),
}


def backup_blocks(section: BackupSection, model: ReportModel, clock: Clock) -> tuple[Block, ...]:
    numbers = figures(
        "Figures",
        (
            ("Machines within their target", section.met),
            ("Machines protected", section.machines),
            ("Good runs", section.runs_good),
            ("Failed runs", section.runs_failed),
        ),
        compared=model.comparison is not None,
    )
    if not section.rows:
        return (numbers, Paragraph(text="No machines are protected."))
    matrix = Table(
        title="Backup matrix",
        columns=columns(
            "Machine",
            *(f"{'MTWTFSS'[day.weekday()]} {day.day}." for day in clock.days),
            "Last good@",
            "Age / target#",
            "Runs#",
            "Restore proven#",
            "State!",
        ),
        rows=tuple(_row(row, clock) for row in section.rows),
        more=f"{LEGEND}. Age is counted to the week's end; runs are good / failed.",
        style="matrix",
    )
    return (numbers, matrix)


def _row(row: MachineRow, clock: Clock) -> tuple[Cell, ...]:
    return cells(
        Cell(text=row.name, under=row.appliance),
        *(_DAYS[day] for day in row.days),
        _last_good(row, clock),
        f"{hours_text(row.hours_since)} / {hours_text(row.rpo_hours)}",
        f"{whole(row.runs_good)} / {whole(row.runs_failed)}"
        if row.runs_good is not None or row.runs_failed is not None
        else NOT_KNOWN,
        _proven(row, clock),
        _state(row),
    )


def _last_good(row: MachineRow, clock: Clock) -> str:
    if not row.last_good_known:
        return NOT_KNOWN
    return "never" if row.last_good_at is None else clock.moment(row.last_good_at)


def _proven(row: MachineRow, clock: Clock) -> str:
    if not row.verification_known:
        return NOT_KNOWN
    return "never" if row.verified_at is None else clock.date(row.verified_at)


def _state(row: MachineRow) -> Cell:
    if row.paused:
        return Cell(text="Paused", tone=Tone.NOTICE)
    if row.rpo_met is None:
        return Cell(text=NOT_KNOWN, tone=Tone.UNKNOWN)
    return Cell(text="In target", tone=Tone.GOOD) if row.rpo_met else Cell(text="Late", tone=Tone.CRITICAL)
