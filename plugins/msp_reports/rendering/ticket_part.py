"""Tickets: flow, ages and breaches."""

from __future__ import annotations

from msp_reports.domain.report import PriorityRow, ReportModel, TicketSection
from msp_reports.domain.wording import count
from msp_reports.rendering.blocks import Beside, Block, Cell, Chart, Paragraph, Table, cells, columns
from msp_reports.rendering.charts import flow_text, ticket_flow
from msp_reports.rendering.common import figures
from msp_reports.rendering.format import NOT_KNOWN, whole
from msp_reports.rendering.text import CELL, plain


def ticket_blocks(section: TicketSection, model: ReportModel) -> tuple[Block, ...]:
    numbers = figures(
        "Figures",
        (
            ("Opened", section.opened),
            ("Closed", section.closed),
            ("Open at the week's end", section.open_at_end),
            ("First response later than agreed", section.response_breaches),
            ("Resolved later than agreed", section.resolution_breaches),
            ("Median time to first response", section.median_first_response_minutes),
            ("Median time to resolve", section.median_resolve_minutes),
        ),
        compared=model.comparison is not None,
    )
    blocks: list[Block] = [numbers]
    if section.flow:
        flow = Chart(
            title="Opened (dark) and closed (light) per day",
            svg=ticket_flow(section.flow),
            text=flow_text(section.flow),
        )
        blocks = [Beside(left=numbers, right=flow)]
    if section.priorities:
        blocks.append(_priorities(section.priorities))
    oldest = section.oldest_open
    if oldest is not None:
        name = f"{plain(oldest.ticket_id, CELL)}, {plain(oldest.title, CELL)}"
        blocks.append(
            Paragraph(text=f"Oldest open ticket: {name}; open for {count(oldest.age_days, 'day')}.")
        )
    return tuple(blocks)


def _priorities(priorities: tuple[PriorityRow, ...]) -> Table:
    most = max(1, *(max(row.opened, row.closed, row.open_at_end) for row in priorities))
    unknown = any(None in {row.response_breaches, row.resolution_breaches} for row in priorities)
    return Table(
        title="By priority",
        columns=columns(
            "Priority", "Opened#", "Closed#", "Open at end#", "Late responses#", "Late resolutions#"
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
        more=f"{NOT_KNOWN}: tickets of this priority carry no agreed time." if unknown else "",
    )
