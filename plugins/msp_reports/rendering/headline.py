"""The numbers a CTO looks at first, and the state of the week in two words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from msp_reports.domain.language import say
from msp_reports.domain.report import Measure, ReportModel, Severity, Unit
from msp_reports.rendering.blocks import Cell, Headline, Tone
from msp_reports.rendering.charts import sparkline
from msp_reports.rendering.format import amount, change, history, no_change, whole

_LEAST_SPAN = {Unit.PERCENT: 2.0, Unit.COUNT: 4.0}
"""What the height of a sparkline stands for at least: less than that is no slope to worry about."""


def overall(model: ReportModel) -> Cell:
    """Return the state of the week: the worst finding. Something missing never reads as all in order."""
    found = {finding.severity for finding in model.findings}
    if Severity.CRITICAL in found:
        return Cell(text=say("Action needed"), tone=Tone.CRITICAL)
    if Severity.WARNING in found:
        return Cell(text=say("Needs attention"), tone=Tone.WARNING)
    if any(getattr(model, source.value) is None for source in model.used):
        return Cell(text=say("In order as far as known"), tone=Tone.UNKNOWN)
    if Severity.NOTICE in found:
        return Cell(text=say("In order, with notes"), tone=Tone.NOTICE)
    return Cell(text=say("In order"), tone=Tone.GOOD)


def headline_numbers(model: ReportModel) -> tuple[Headline, ...]:
    """The numbers in their order. Without a week to compare with, none of them is better or worse."""
    numbers = tuple(_numbers(model))
    if model.comparison is not None:
        return numbers
    return tuple(replace(number, tone=Tone.PLAIN) for number in numbers)


def _numbers(model: ReportModel) -> Iterator[Headline]:
    if model.uptime is not None:
        target = model.uptime.target
        value = amount(model.uptime.uptime.value, model.uptime.uptime.unit, apart_from=target)
        yield _headline(say("Uptime"), model.uptime.uptime, better=1, value=value)
        yield _headline(say("Devices at target"), model.uptime.sla, better=1)
    if model.tickets is not None:
        yield _headline(say("Tickets opened"), model.tickets.opened, better=0)
        yield _headline(say("Tickets open"), model.tickets.open_at_end, better=-1)
    if model.backup is not None:
        met, machines = model.backup.met, model.backup.machines.value
        value = whole(met.value)
        if met.value is not None and machines is not None:
            value = say("{part} of {whole}", part=value, whole=whole(machines))
        yield _headline(say("Backups within target"), met, better=1, value=value)
    if model.security is not None:
        yield _headline(say("Open incidents"), model.security.open_at_end, better=-1)
        yield _headline(say("Secure score"), model.security.score, better=1)
    if model.availability is not None:
        yield _headline(say("Public sites"), model.availability.availability, better=1)


def _headline(label: str, measure: Measure, *, better: int, value: str | None = None) -> Headline:
    told = history(measure)
    return Headline(
        label=label,
        value=value or amount(measure.value, measure.unit),
        change=say("no comparison") if measure.change is None else change(measure),
        tone=_tone(measure, better),
        svg=sparkline(
            measure.history,
            say("{title}: {text}", title=label, text=told),
            least_span=_LEAST_SPAN.get(measure.unit, 0.0),
        ),
        history=told,
    )


def _tone(measure: Measure, better: int) -> Tone:
    moved = measure.change
    if moved is None or better == 0 or change(measure) == no_change():
        return Tone.PLAIN
    return Tone.GOOD if moved * better > 0 else Tone.WARNING
