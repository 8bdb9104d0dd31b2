"""The backup matrix: machines by days, worst first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Self

from msp_reports.domain.dates import column_day
from msp_reports.domain.language import say, say_as, say_of
from msp_reports.domain.report import BackupSection, DayState, MachineRow, ReportModel
from msp_reports.rendering.blocks import Block, Cell, Paragraph, Table, Tone, cells, columns
from msp_reports.rendering.common import figures
from msp_reports.rendering.format import Clock, hours_text, not_known, whole
from msp_reports.rendering.text import CELL, plain

MOST_MACHINES = 60
"""Machines that are listed however well they are."""

_DAYS: dict[DayState, Cell] = {
    DayState.GOOD: Cell(text="✓", tone=Tone.GOOD, symbol=True),
    DayState.FAILED: Cell(text="✕", tone=Tone.CRITICAL, symbol=True),
    DayState.MIXED: Cell(text="◐", tone=Tone.WARNING, symbol=True),
    DayState.NONE: Cell(text="–", symbol=True),
    DayState.UNKNOWN: Cell(text="?", tone=Tone.UNKNOWN, symbol=True),
}


def _legend() -> tuple[Cell, ...]:
    words = {
        DayState.GOOD: say_as("backup day", "good"),
        DayState.FAILED: say_as("backup day", "failed"),
        DayState.MIXED: say_as("backup day", "good and failed runs"),
        DayState.NONE: say_as("backup day", "no run"),
        DayState.UNKNOWN: not_known(),
    }
    return tuple(replace(_DAYS[state], under=word) for state, word in words.items())


def backup_blocks(section: BackupSection, model: ReportModel, clock: Clock) -> tuple[Block, ...]:
    numbers = figures(
        say("Figures"),
        (
            (say("Machines within their target"), section.met),
            (say("Machines protected"), section.machines),
            (say("Good runs"), section.runs_good),
            (say("Failed runs"), section.runs_failed),
        ),
        compared=model.comparison is not None,
    )
    if not section.rows:
        return (numbers, Paragraph(text=say("No machines are protected.")))
    return (numbers, _matrix(section.rows, clock))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """What there is to show of any machine; a column that is not known of all of them is a sentence."""

    places: bool
    days: bool
    runs: bool
    proofs: bool

    @classmethod
    def of(cls, rows: Sequence[MachineRow]) -> Self:
        return cls(
            places=len({row.appliance for row in rows}) > 1,
            days=any(day is not DayState.UNKNOWN for row in rows for day in row.days),
            runs=any(row.runs_good is not None or row.runs_failed is not None for row in rows),
            proofs=any(row.verification_known for row in rows),
        )


def _matrix(rows: Sequence[MachineRow], clock: Clock) -> Table:
    shown, left = _told(rows)
    what = _Shown.of(rows)
    return Table(
        title=say("Backup matrix"),
        columns=columns(
            say("Machine"),
            *(f"{column_day(day)}." for day in clock.days if what.days),
            say("Last good") + "@",
            say("Age / target") + "#",
            *([say("Runs") + "~"] if what.runs else []),
            *([say("Restore proven") + "@"] if what.proofs else []),
            say("State") + "!",
        ),
        rows=tuple(_row(row, clock, what) for row in shown),
        more=" ".join(_notes(rows, what, left)),
        legend=_legend() if what.days else (),
        style="matrix" if what.days else "matrix in-one-line",
    )


def _notes(rows: Sequence[MachineRow], what: _Shown, left: int) -> Iterator[str]:
    if left:
        yield say_of(
            left,
            "{number} more machine is within target, with no failed run known, and not listed here.",
            "{number} more machines are within target, with no failed run known, and not listed here.",
        )
    yield say("Age is counted to the week's end.")
    if what.runs:
        yield say("Runs are good / failed.")
    if not (what.days or what.runs):
        yield say("Runs are not known per machine.")
    if not what.proofs:
        yield say("Whether a restore was proven is not known.")
    if not what.places and rows[0].appliance:
        yield say("All on {appliance}.", appliance=plain(rows[0].appliance, CELL))


def _told(rows: Sequence[MachineRow]) -> tuple[Sequence[MachineRow], int]:
    """Leave out, of very many machines, those of which there is nothing to say; never a bad row."""
    shown = [row for place, row in enumerate(rows) if place < MOST_MACHINES or not _is_sound(row)]
    return shown, len(rows) - len(shown)


def _is_sound(row: MachineRow) -> bool:
    return bool(row.rpo_met) and not row.runs_failed and not {DayState.FAILED, DayState.MIXED} & set(row.days)


def _row(row: MachineRow, clock: Clock, what: _Shown) -> tuple[Cell, ...]:
    return cells(
        Cell(text=row.name, under=row.appliance if what.places else ""),
        *(_DAYS[day] for day in row.days if what.days),
        _last_good(row, clock),
        _age(row),
        *([_runs(row)] if what.runs else []),
        *([_proven(row, clock)] if what.proofs else []),
        _state(row),
    )


def _age(row: MachineRow) -> str:
    if row.hours_since is None:
        return not_known()
    return f"{hours_text(row.hours_since)} / {hours_text(row.rpo_hours)}"


def _runs(row: MachineRow) -> str:
    """``7 / 0``; the matrix's own sign where it is not known: the column has no room for words."""
    if row.runs_good is None and row.runs_failed is None:
        return _DAYS[DayState.UNKNOWN].text
    return f"{whole(row.runs_good)} / {whole(row.runs_failed)}"


def _last_good(row: MachineRow, clock: Clock) -> str:
    if not row.last_good_known:
        return not_known()
    return say("never") if row.last_good_at is None else clock.moment(row.last_good_at)


def _proven(row: MachineRow, clock: Clock) -> str:
    if not row.verification_known:
        return not_known()
    return say("never") if row.verified_at is None else clock.date(row.verified_at)


def _state(row: MachineRow) -> Cell:
    if row.paused:
        return Cell(text=say("Paused"), tone=Tone.NOTICE)
    if row.rpo_met is None:
        return Cell(text=not_known(), tone=Tone.UNKNOWN)
    if row.rpo_met:
        return Cell(text=say("In target"), tone=Tone.GOOD)
    return Cell(text=say("Late"), tone=Tone.CRITICAL)
