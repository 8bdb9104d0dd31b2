"""Tickets: flow, ages and breaches."""

from __future__ import annotations

from msp_reports.domain.language import say
from msp_reports.domain.report import PriorityRow, ReportModel, TicketSection
from msp_reports.domain.wording import count
from msp_reports.rendering.blocks import Beside, Block, Cell, Chart, Paragraph, Table, cells, columns
from msp_reports.rendering.charts import flow_text, ticket_flow
from msp_reports.rendering.common import figures
from msp_reports.rendering.format import not_known, whole
from msp_reports.rendering.text import CELL, plain


def ticket_blocks(section: TicketSection, model: ReportModel) -> tuple[Block, ...]:
    numbers = figures(
        say("Figures"),
        (
            (say("Opened"), section.opened),
            (say("Closed"), section.closed),
            (say("Open at the week's end"), section.open_at_end),
            (say("First response later than agreed"), section.response_breaches),
            (say("Resolved later than agreed"), section.resolution_breaches),
            (say("Median time to first response"), section.median_first_response_minutes),
            (say("Median time to resolve"), section.median_resolve_minutes),
        ),
        compared=model.comparison is not None,
    )
    blocks: list[Block] = [numbers]
    if section.flow:
        flow = Chart(
            title=say("Opened (dark) and closed (light) per day"),
            svg=ticket_flow(section.flow),
            text=flow_text(section.flow),
        )
        blocks = [Beside(left=numbers, right=flow)]
    if section.priorities:
        blocks.append(_priorities(section.priorities))
    oldest = section.oldest_open
    if oldest is not None:
        name = f"{plain(oldest.ticket_id, CELL)}, {plain(oldest.title, CELL)}"
        age = count(oldest.age_days, "day") if oldest.age_days else say("less than a day")
        blocks.append(Paragraph(text=say("Oldest open ticket: {name}; open for {age}.", name=name, age=age)))
    return tuple(blocks)


def _priorities(priorities: tuple[PriorityRow, ...]) -> Table:
    most = max(1, *(max(row.opened, row.closed, row.open_at_end) for row in priorities))
    unknown = any(None in {row.response_breaches, row.resolution_breaches} for row in priorities)
    return Table(
        title=say("By priority"),
        columns=columns(
            say("Priority"),
            say("Opened") + "#",
            say("Closed") + "#",
            say("Open at end") + "#",
            say("Late responses") + "#",
            say("Late resolutions") + "#",
        ),
        rows=tuple(
            cells(
                row.priority,
                Cell(text=whole(row.opened), bar=row.opened / most),
                Cell(text=whole(row.closed), bar=row.closed / most),
                Cell(text=whole(row.open_at_end), bar=row.open_at_end / most),
                whole(row.response_breaches),
                whole(row.resolution_breaches),
            )
            for row in priorities
        ),
        more=say("{mark}: tickets of this priority carry no agreed time.", mark=not_known())
        if unknown
        else "",
    )
