"""The ticket section alone, as drawn from one system's answers, held against what happened."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from demo.setting import Setting
from demo.vendors.tenants import BY_CODE
from demo.vendors.truths.tickets import known_tickets
from demo.vendors.world import PRIORITIES, monday_of, window
from msp_reports.customer_files import read_customer
from msp_reports.domain.report import TicketSection
from msp_reports.domain.week import ReportingWeek
from tests.demo.conftest import label, truth
from tests.demo.drawn import model_of

NUMBERS = ("opened", "closed", "open_at_end", "response_breaches", "resolution_breaches")
NAMES = {rank: name for rank, name, _ in PRIORITIES}


def hold_against_truth(setting: Setting, system: str, code: str, weeks_before: int) -> None:
    """A week before the service began has no tickets, and must come out as zeros too."""
    customer = read_customer(code)
    week = ReportingWeek.parse(label(weeks_before), customer.zone)
    binding = customer.binding(system)
    assert binding is not None
    section = model_of(replace(customer, sources=(binding,)), week, setting).tickets
    assert section is not None
    true = truth(setting, code, week.label)["tickets"]
    assert {name: getattr(section, name).value for name in NUMBERS} == {name: true[name] for name in NUMBERS}
    priorities_are_true(section, code, week)


def priorities_are_true(section: TicketSection, code: str, week: ReportingWeek) -> None:
    tenant, monday = BY_CODE[code], monday_of(week.label)
    start, end = window(tenant, monday)
    opened = Counter(
        NAMES[ticket.rank] for ticket in known_tickets(tenant, start, end) if start <= ticket.opened < end
    )
    assert {row.priority: row.opened for row in section.priorities if row.opened} == dict(opened)
    names = [row.priority for row in section.priorities]
    assert names == sorted(names), "the most urgent first"
