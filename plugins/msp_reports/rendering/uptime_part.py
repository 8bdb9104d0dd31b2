"""Uptime and SLA, per site and device class."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from msp_reports.domain.dates import day
from msp_reports.domain.language import say, say_of
from msp_reports.domain.report import GroupUptime, OutageRow, ReportModel, ServiceRow, UptimeSection
from msp_reports.domain.wording import agreed, count, some
from msp_reports.rendering.blocks import Block, Cell, Chart, Paragraph, Table, Tone, cells, columns
from msp_reports.rendering.charts import outage_strip, outage_text
from msp_reports.rendering.common import MOST_ROWS, and_more, figures
from msp_reports.rendering.format import Clock, change, minutes, not_known, percentage, whole
from msp_reports.rendering.text import CELL, plain

_NAMED = 3
"""Devices of one outage whose names are shown."""


def uptime_blocks(section: UptimeSection, model: ReportModel, clock: Clock) -> tuple[Block, ...]:
    compared = model.comparison is not None
    blocks: list[Block] = [
        Paragraph(text=_intro(section)),
        figures(
            say("Figures"),
            ((say("Uptime"), section.uptime), (say("Devices at or above the target"), section.sla)),
            compared=compared,
        ),
    ]
    for title, label, groups in (
        (say("By site"), say("Site"), section.sites),
        (say("By device class"), say("Device class"), section.classes),
    ):
        if groups:
            blocks.append(_groups(title, label, groups, section.target, compared=compared))
    if section.services:
        blocks.append(_services(section.services))
    if not section.outages:
        return (*blocks, Paragraph(text=say("No unplanned outages this week.")))
    strip = outage_strip(section.outages, model.week_start, model.week_end, [day(d) for d in clock.days])
    blocks.append(Chart(title=say("Outages over the week"), svg=strip, text=outage_text(section.outages)))
    return (*blocks, _outages(section.outages, clock))


def _intro(section: UptimeSection) -> str:
    return say_of(
        section.devices,
        "{number} device monitored, agreed uptime {target}. Not counted, summed over all devices:"
        " {planned} of planned maintenance and {unknown} without data.",
        "{number} devices monitored, agreed uptime {target}. Not counted, summed over all devices:"
        " {planned} of planned maintenance and {unknown} without data.",
        target=agreed(section.target),
        planned=minutes(section.planned_minutes),
        unknown=minutes(section.unknown_minutes),
    )


def _groups(title: str, label: str, groups: Sequence[GroupUptime], target: float, *, compared: bool) -> Table:
    heads = [
        label,
        say("Devices") + "#",
        say("Uptime") + "#",
        *([say("Change") + "#"] if compared else []),
        say("Planned") + "#",
        say("No data") + "#",
        say("State") + "!",
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
        return Cell(text=not_known(), tone=Tone.UNKNOWN)
    if group.below_target:
        return Cell(text=say("Below target"), tone=Tone.WARNING)
    return Cell(text=say("On target"), tone=Tone.GOOD)


def _services(services: Sequence[ServiceRow]) -> Table:
    return Table(
        title=say("Services with an agreed level of their own"),
        columns=columns(say("Service"), say("Reached") + "#", say("Agreed") + "#", say("State") + "!"),
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
        return Cell(text=not_known(), tone=Tone.UNKNOWN)
    if service.sli_percent < service.slo_percent:
        return Cell(text=say("Below target"), tone=Tone.WARNING)
    return Cell(text=say("On target"), tone=Tone.GOOD)


def _outages(outages: Sequence[OutageRow], clock: Clock) -> Table:
    together = _together(outages)
    shown = together[:MOST_ROWS]
    return Table(
        title=say("Outages, longest first"),
        columns=columns(
            say("Device"), say("Start") + "@", say("End") + "@", say("In the week") + "#", say("Cause")
        ),
        rows=tuple(_outage(devices, clock) for devices in shown),
        more=and_more(len(outages) - sum(map(len, shown))),
        style="outages",
    )


def _together(outages: Sequence[OutageRow]) -> list[list[OutageRow]]:
    """Devices of one site that went and came back at once: one row. The attached tables have each."""
    found: dict[OutageRow, list[OutageRow]] = {}
    for outage in outages:
        found.setdefault(replace(outage, name=""), []).append(outage)
    return list(found.values())


def _outage(devices: Sequence[OutageRow], clock: Clock) -> tuple[Cell, ...]:
    first = devices[0]
    return cells(
        _down(devices),
        say("before the week") if first.began_before else clock.moment(first.started_at),
        say("still down") if first.ended_at is None else clock.moment(first.ended_at),
        minutes(first.minutes),
        first.cause or not_known(),
    )


def _down(devices: Sequence[OutageRow]) -> Cell:
    """One device and its site, unless that is a part of its name; or how many, and some of them."""
    first = devices[0]
    if len(devices) == 1:
        is_told = first.name != first.site and _word(first.site).search(first.name)
        return Cell(text=first.name, under="" if is_told else first.site)
    number = count(len(devices), "device")
    text = say("{devices} at {site}", devices=number, site=plain(first.site, CELL)) if first.site else number
    return Cell(text=text, under=some([plain(device.name, CELL) for device in devices], most=_NAMED))


def _word(text: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(text)}(?!\w)")
