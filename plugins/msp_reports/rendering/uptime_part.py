"""Uptime and SLA, per site and device class."""

from __future__ import annotations

from collections.abc import Sequence

from msp_reports.domain.report import GroupUptime, OutageRow, ReportModel, ServiceRow, UptimeSection
from msp_reports.domain.wording import agreed, count
from msp_reports.rendering.blocks import Block, Cell, Chart, Paragraph, Table, Tone, cells, columns
from msp_reports.rendering.charts import outage_strip, outage_text
from msp_reports.rendering.common import figures, first_rows
from msp_reports.rendering.format import Clock, change, day, minutes, percentage, whole


def uptime_blocks(section: UptimeSection, model: ReportModel, clock: Clock) -> tuple[Block, ...]:
    compared = model.comparison is not None
    blocks: list[Block] = [
        Paragraph(text=_intro(section)),
        figures(
            "Figures",
            (("Uptime", section.uptime), ("Devices at or above the target", section.sla)),
            compared=compared,
        ),
    ]
    for title, label, groups in (
        ("By site", "Site", section.sites),
        ("By device class", "Device class", section.classes),
    ):
        if groups:
            blocks.append(_groups(title, label, groups, section.target, compared=compared))
    if section.services:
        blocks.append(_services(section.services))
    if not section.outages:
        return (*blocks, Paragraph(text="No unplanned outages this week."))
    strip = outage_strip(section.outages, model.week_start, model.week_end, [day(d) for d in clock.days])
    blocks.append(Chart(title="Outages over the week", svg=strip, text=outage_text(section.outages)))
    return (*blocks, _outages(section.outages, clock))


def _intro(section: UptimeSection) -> str:
    devices = count(section.devices, "device")
    return (
        f"{devices} monitored, agreed uptime {agreed(section.target)}. Not counted, summed over all devices:"
        f" {minutes(section.planned_minutes)} of planned maintenance and {minutes(section.unknown_minutes)}"
        " without data."
    )


def _groups(title: str, label: str, groups: Sequence[GroupUptime], target: float, *, compared: bool) -> Table:
    heads = [
        label,
        "Devices#",
        "Uptime#",
        *(["Change#"] if compared else []),
        "Planned#",
        "No data#",
        "State!",
    ]
    rows = []
    for group in groups:
        row: list[str | Cell] = [
            group.name,
            whole(group.devices),
            percentage(group.uptime.value, apart_from=target),
        ]
        row += [change(group.uptime)] if compared else []
        row += [minutes(group.planned_minutes), minutes(group.unknown_minutes), _state(group)]
        rows.append(cells(*row))
    return Table(title=title, columns=columns(*heads), rows=tuple(rows))


def _state(group: GroupUptime) -> Cell:
    if group.uptime.value is None:
        return Cell(text="not known", tone=Tone.UNKNOWN)
    if group.below_target:
        return Cell(text="Below target", tone=Tone.WARNING)
    return Cell(text="On target", tone=Tone.GOOD)


def _services(services: Sequence[ServiceRow]) -> Table:
    return Table(
        title="Services with an agreed level of their own",
        columns=columns("Service", "Reached#", "Agreed#", "State!"),
        rows=tuple(
            cells(
                service.service,
                percentage(service.sli_percent, apart_from=service.slo_percent),
                agreed(service.slo_percent),
                _reached(service),
            )
            for service in services
        ),
    )


def _reached(service: ServiceRow) -> Cell:
    if service.sli_percent is None:
        return Cell(text="not known", tone=Tone.UNKNOWN)
    if service.sli_percent < service.slo_percent:
        return Cell(text="Below target", tone=Tone.WARNING)
    return Cell(text="On target", tone=Tone.GOOD)


def _outages(outages: Sequence[OutageRow], clock: Clock) -> Table:
    shown, more = first_rows(outages)
    return Table(
        title="Outages, longest first",
        columns=columns("Device", "Start@", "End@", "In the week#", "Cause"),
        rows=tuple(
            cells(
                Cell(text=outage.name, under=outage.site),
                "before the week" if outage.began_before else clock.moment(outage.started_at),
                "still down" if outage.ended_at is None else clock.moment(outage.ended_at),
                minutes(outage.minutes),
                outage.cause or "not known",
            )
            for outage in shown
        ),
        more=more,
    )
