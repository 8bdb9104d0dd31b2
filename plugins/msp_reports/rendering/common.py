"""Titles, tables and rows that several parts share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from msp_reports.domain.language import say, say_of
from msp_reports.domain.records import Source
from msp_reports.domain.report import Measure
from msp_reports.rendering.blocks import Table, cells, columns
from msp_reports.rendering.format import amount, change

MOST_ROWS = 25
"""Longest list of outages, findings or incidents; the rest is counted."""

Row = TypeVar("Row")


def title_of(source: Source) -> str:
    return {
        Source.UPTIME: say("Uptime and SLA"),
        Source.TICKETS: say("Tickets"),
        Source.BACKUP: say("Backup"),
        Source.SECURITY: say("Security"),
        Source.AVAILABILITY: say("Public sites"),
    }[source]


def not_available() -> str:
    return say("Not available this week.")


def figures(title: str, measures: Sequence[tuple[str, Measure]], *, compared: bool) -> Table:
    """Each number with last week's and the change; without a comparison the number alone."""
    this_week = say("This week")
    if not compared:
        rows = tuple(cells(label, amount(measure.value, measure.unit)) for label, measure in measures)
        return Table(title=title, columns=columns(say("Figure"), f"{this_week}#"), rows=rows, style="figures")
    return Table(
        title=title,
        columns=columns(say("Figure"), f"{this_week}#", say("Last week") + "#", say("Change") + "#"),
        rows=tuple(
            cells(label, amount(measure.value, measure.unit), _before(measure), change(measure))
            for label, measure in measures
        ),
        style="figures",
    )


def _before(measure: Measure) -> str:
    return "–" if measure.before is None else amount(measure.before, measure.unit)


def first_rows(rows: Sequence[Row]) -> tuple[Sequence[Row], str]:
    """Return what is shown of a long list, and how much more there is."""
    return rows[:MOST_ROWS], and_more(len(rows) - MOST_ROWS)


def and_more(left: int) -> str:
    return say_of(left, "and {number} more", "and {number} more") if left > 0 else ""
