"""This week against the weeks before: stored facts in, the report model out."""

from __future__ import annotations

from collections.abc import Sequence

from msp_reports.domain.customer import Customer, Provider
from msp_reports.domain.findings.judges import all_findings
from msp_reports.domain.findings.ranking import condense, rank
from msp_reports.domain.headlines import Sections
from msp_reports.domain.kpis.availability import availability_section
from msp_reports.domain.kpis.backup import backup_section
from msp_reports.domain.kpis.security import security_section
from msp_reports.domain.kpis.tickets import ticket_section
from msp_reports.domain.kpis.uptime import uptime_section
from msp_reports.domain.language import spoken
from msp_reports.domain.provenance import earlier_weeks, provenance, rules
from msp_reports.domain.recommendations import recommend
from msp_reports.domain.records import Source
from msp_reports.domain.report import ReportModel
from msp_reports.domain.snapshot import WeekFacts
from msp_reports.domain.summary import summarise
from msp_reports.domain.trends import Weeks
from msp_reports.domain.week import ReportingWeek


def reconcile(
    *,
    customer: Customer,
    provider: Provider,
    week: ReportingWeek,
    current: WeekFacts,
    history: Sequence[WeekFacts],
) -> ReportModel:
    """Compute every number of the report and judge it. Pure: equal facts in any order, equal model.

    Its sentences are in the language spoken.
    """
    weeks = Weeks.line_up(week, current, history)
    sections = _sections(weeks, customer)
    ranked = rank(all_findings(weeks, sections, customer))
    bound = {snapshot.source for snapshot in current.snapshots}
    used = tuple(source for source in Source if source in bound)
    summary = summarise(ranked, sections, week=week, is_first=weeks.is_first)
    return ReportModel(
        customer_code=customer.code,
        customer_name=customer.name,
        provider_name=provider.name,
        engineer_name=customer.engineer.name,
        engineer_email=customer.engineer.email,
        zone=week.zone,
        week=week.label,
        week_start=week.start,
        week_end=week.end,
        comparison=_comparison(weeks),
        used=used,
        summary=tuple(told.sentence for told in summary),
        summary_grounds=tuple(told.ground for told in summary),
        findings=condense(ranked),
        uptime=sections.uptime,
        tickets=sections.tickets,
        backup=sections.backup,
        security=sections.security,
        availability=sections.availability,
        recommendations=recommend(ranked, sections),
        provenance=provenance(current.snapshots, week.zone),
        rules=rules(customer, used),
        earlier=earlier_weeks(weeks.earlier, week.zone),
        language=spoken().code,
    )


def _sections(weeks: Weeks, customer: Customer) -> Sections:
    return Sections(
        uptime=uptime_section(weeks, customer),
        tickets=ticket_section(weeks),
        backup=backup_section(weeks, customer),
        security=security_section(weeks),
        availability=availability_section(weeks, customer),
    )


def _comparison(weeks: Weeks) -> str | None:
    """Label of last week, if anything is known about it."""
    last = weeks.last_week
    return last.week if last is not None and any(last.known(source) for source in Source) else None
