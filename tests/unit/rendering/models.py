"""Report models to draw: a quiet week, a bad one, one full of an attacker's words."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from msp_reports.domain.records import Source
from msp_reports.domain.report import Comment, ReportModel
from tests.unit.domain import builders as make

WEEK = make.WEEK


def quiet() -> ReportModel:
    return make.report(make.facts(*make.quiet()), make.last(*make.quiet(WEEK.prior())))


def first_week() -> ReportModel:
    return make.report(make.facts(*make.quiet()))


def without(*missing: Source) -> ReportModel:
    """A quiet week in which some sources said nothing."""
    return make.report(make.facts(*make.quiet(), missing=missing), make.last())


def bad(name: str = "sw1") -> ReportModel:
    """Every section has something to tell, and every name that a vendor gives is `name`."""
    records = (
        make.device(name, down=200_000, site=name, kind=name),
        *make.tickets_in(WEEK, 12),
        replace(make.ticket(99, opened=WEEK.start_utc - timedelta(days=9)), title=name, priority=name),
        replace(make.machine("DC01", hours=90), name=name, appliance=name),
        replace(make.incident(severity="high"), title=name),
        *make.scores(71.0, 60.0),
        replace(make.site(good=1500), name=name, url=f"https://shop.example/{name}"),
        make.site_outage(name, seconds=5400),
    )
    model = make.report(make.facts(*records), make.last(*make.quiet(WEEK.prior())))
    return replace(model, customer_name=name, engineer_name=name, provider_name=name)


def commented(text: str, section: str = "summary") -> ReportModel:
    return replace(quiet(), comments=(Comment(section=section, text=text, author="Jana Richter"),))
