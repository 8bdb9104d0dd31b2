"""The numbers a CTO looks at first, and the state of the week in two words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from msp_reports.domain.findings.tickets import OPEN, OPENED
from msp_reports.domain.language import say
from msp_reports.domain.report import Finding, Measure, ReportModel, Rule, Severity, Unit
from msp_reports.rendering.blocks import Cell, Headline, Tone
from msp_reports.rendering.charts import sparkline
from msp_reports.rendering.format import amount, change, history, whole

_LEAST_SPAN = {Unit.PERCENT: 2.0, Unit.COUNT: 4.0}
"""What the height of a sparkline stands for at least: less than that is no slope to worry about."""

_TONES = {
    Severity.CRITICAL: Tone.CRITICAL,
    Severity.WARNING: Tone.WARNING,
    Severity.NOTICE: Tone.NOTICE,
    Severity.GOOD: Tone.GOOD,
}
_TICKETS = {OPENED: ("opened",), OPEN: ("open_at_end",)}
_NUMBERS = {
    Rule.BELOW_TARGET: ("uptime",),
    Rule.BACKUP_STALE: ("backup",),
    Rule.OPEN_INCIDENT: ("incidents",),
    Rule.POSTURE_DROP: ("score",),
    Rule.SITE_DOWN: ("sites",),
}


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
    """The numbers in their order, each in the tone of what was found about it."""
    return tuple(_numbers(model))


def _numbers(model: ReportModel) -> Iterator[Headline]:
    tones = _tones(model)
    if model.uptime is not None:
        target = model.uptime.target
        value = amount(model.uptime.uptime.value, model.uptime.uptime.unit, apart_from=target)
        yield _headline(say("Uptime"), model.uptime.uptime, tones["uptime"], value=value)
        yield _headline(say("Devices at target"), model.uptime.sla, tones["sla"])
    if model.tickets is not None:
        yield _headline(say("Tickets opened"), model.tickets.opened, tones["opened"])
        yield _headline(say("Tickets open"), model.tickets.open_at_end, tones["open_at_end"])
    if model.backup is not None:
        met, machines = model.backup.met, model.backup.machines.value
        value = whole(met.value)
        if met.value is not None and machines is not None:
            value = say("{part} of {whole}", part=value, whole=whole(machines))
        yield _headline(say("Backups within target"), met, tones["backup"], value=value)
    if model.security is not None:
        yield _headline(say("Open security incidents"), model.security.open_at_end, tones["incidents"])
        yield _headline(say("Secure score"), model.security.score, tones["score"])
    if model.availability is not None:
        yield _headline(say("Public sites"), model.availability.availability, tones["sites"])


def _headline(label: str, measure: Measure, tone: Tone, *, value: str | None = None) -> Headline:
    told = history(measure)
    return Headline(
        label=label,
        value=value or amount(measure.value, measure.unit),
        change=say("no comparison") if measure.change is None else change(measure),
        tone=tone,
        svg=sparkline(
            measure.history,
            say("{title}: {text}", title=label, text=told),
            least_span=_LEAST_SPAN.get(measure.unit, 0.0),
        ),
        history=told,
    )


def _tones(model: ReportModel) -> dict[str, Tone]:
    """The worst of the findings behind each number; a number behind which none stands is plain.

    A number that moved too little to be found worth telling is neither good nor bad.
    """
    worst: dict[str, Tone] = defaultdict(lambda: Tone.PLAIN)
    for severity in reversed(Severity):
        for finding in model.findings:
            if finding.severity is severity:
                worst.update(dict.fromkeys(_numbers_of(finding, model), _TONES[severity]))
    return worst


def _numbers_of(finding: Finding, model: ReportModel) -> tuple[str, ...]:
    """Name the headline numbers that a finding is about; none where none shows it."""
    match finding.rule:
        case Rule.SLA_DROP:
            return _moved(finding, model)
        case Rule.TICKETS_WORSE:
            return _TICKETS.get(finding.entity, ())
        case _:
            return _NUMBERS.get(finding.rule, ())


def _moved(finding: Finding, model: ReportModel) -> tuple[str, ...]:
    """Tell an uptime from a share of devices: a finding has the unit of both, and the figures of one.

    The customer's own tells both in one sentence where both moved as far.
    """
    if model.uptime is None or finding.unit is Unit.COUNT:
        return ("uptime",)
    customer = model.uptime.uptime
    groups = (*model.uptime.classes, *model.uptime.sites)
    figures = (finding.before, finding.after)
    if figures == (customer.before, customer.value):
        return ("uptime", "sla") if _is_as_far(model.uptime.sla, finding) else ("uptime",)
    is_uptime = any(figures == (group.uptime.before, group.uptime.value) for group in groups)
    return ("uptime",) if is_uptime else ("sla",)


def _is_as_far(share: Measure, finding: Finding) -> bool:
    if share.change is None or finding.threshold is None:
        return False
    return (share.change if finding.severity is Severity.GOOD else -share.change) >= finding.threshold
