"""The numbers a CTO looks at first, and the state of the week in two words."""

from __future__ import annotations

from collections.abc import Iterator

from msp_reports.domain.report import Measure, ReportModel, Severity, Unit
from msp_reports.rendering.blocks import Cell, Headline, Tone
from msp_reports.rendering.charts import sparkline
from msp_reports.rendering.format import NO_CHANGE, amount, change, history, whole

_STATES = {
    Severity.CRITICAL: Cell(text="Action needed", tone=Tone.CRITICAL),
    Severity.WARNING: Cell(text="Needs attention", tone=Tone.WARNING),
    Severity.NOTICE: Cell(text="In order, with notes", tone=Tone.NOTICE),
}
_IN_ORDER = Cell(text="In order", tone=Tone.GOOD)
_INCOMPLETE = Cell(text="In order as far as known", tone=Tone.UNKNOWN)


_LEAST_SPAN = {Unit.PERCENT: 2.0, Unit.COUNT: 4.0}
"""What the height of a sparkline stands for at least: less than that is no slope to worry about."""


def overall(model: ReportModel) -> Cell:
    """Return the state of the week: the worst finding. Something missing never reads as all in order."""
    found = {finding.severity for finding in model.findings}
    worst = next((state for severity, state in _STATES.items() if severity in found), _IN_ORDER)
    missing = any(getattr(model, source.value) is None for source in model.used)
    return _INCOMPLETE if missing and worst.tone in {Tone.GOOD, Tone.NOTICE} else worst


def headline_numbers(model: ReportModel) -> tuple[Headline, ...]:
    return tuple(_numbers(model))


def _numbers(model: ReportModel) -> Iterator[Headline]:
    if model.uptime is not None:
        target = model.uptime.target
        value = amount(model.uptime.uptime.value, model.uptime.uptime.unit, apart_from=target)
        yield _headline("Uptime", model.uptime.uptime, better=1, value=value)
        yield _headline("Devices at target", model.uptime.sla, better=1)
    if model.tickets is not None:
        yield _headline("Tickets opened", model.tickets.opened, better=0)
        yield _headline("Tickets open", model.tickets.open_at_end, better=-1)
    if model.backup is not None:
        met, machines = model.backup.met, model.backup.machines.value
        value = whole(met.value)
        value = f"{value} of {whole(machines)}" if met.value is not None and machines is not None else value
        yield _headline("Backups within target", met, better=1, value=value)
    if model.security is not None:
        yield _headline("Open incidents", model.security.open_at_end, better=-1)
        yield _headline("Secure score", model.security.score, better=1)
    if model.availability is not None:
        yield _headline("Public sites", model.availability.availability, better=1)


def _headline(label: str, measure: Measure, *, better: int, value: str | None = None) -> Headline:
    told = history(measure)
    return Headline(
        label=label,
        value=value or amount(measure.value, measure.unit),
        change="no comparison" if measure.change is None else change(measure),
        tone=_tone(measure, better),
        svg=sparkline(measure.history, f"{label}: {told}", least_span=_LEAST_SPAN.get(measure.unit, 0.0)),
        history=told,
    )


def _tone(measure: Measure, better: int) -> Tone:
    moved = measure.change
    if moved is None or better == 0 or change(measure) == NO_CHANGE:
        return Tone.PLAIN
    return Tone.GOOD if moved * better > 0 else Tone.WARNING
