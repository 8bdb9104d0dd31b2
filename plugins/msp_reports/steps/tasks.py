"""The procedure's verbs, as the Dags know them.

Each imports its step when it runs: what the Dag file imports is paid by every task of every
customer, so the Dag file imports this and no more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from msp_reports.operators.review import Answer, ReviewForm
    from msp_reports.steps.run import CustomerWeek, ReportRef


def list_customers() -> list[CustomerWeek]:
    from msp_reports.steps import customers

    return customers.list_customers()


def collect(*, system: str, customer: CustomerWeek) -> dict[str, str]:
    from msp_reports.steps import collect as step

    return step.collect(system=system, customer=customer)


def reconcile(*, customer: CustomerWeek) -> dict[str, int]:
    from msp_reports.steps import compare

    return compare.reconcile(customer=customer)


def render_report(*, customer: CustomerWeek) -> ReportRef:
    from msp_reports.steps import render

    return render.render_report(customer=customer)


def review_form(report: ReportRef) -> ReviewForm | None:
    from msp_reports.steps import approve

    return approve.review_form(report)


def record_answer(report: ReportRef, answer: Answer) -> None:
    from msp_reports.steps import approve

    approve.record_answer(report, answer)


def release_report(*, report: ReportRef, answer: Mapping[str, Any] | None) -> ReportRef:
    from msp_reports.steps import release

    return release.release_report(report=report, answer=answer)


def email(*, report: ReportRef) -> dict[str, str]:
    from msp_reports.steps import deliver

    return deliver.email(report=report)


def teams(*, report: ReportRef) -> dict[str, str]:
    from msp_reports.steps import deliver

    return deliver.teams(report=report)


def archive(*, report: ReportRef | None) -> dict[str, str]:
    from msp_reports.steps import deliver

    return deliver.archive(report=report)


def close_report(*, report: ReportRef | None) -> dict[str, str]:
    from msp_reports.steps import notices

    return notices.close_report(report=report)


def post_rollup(*, customers: Sequence[CustomerWeek] | None) -> dict[str, str]:
    from msp_reports.steps import rollup

    return rollup.post_rollup(customers=customers)


def close_week(*, customers: Sequence[CustomerWeek] | None) -> dict[str, str]:
    from msp_reports.steps import rollup

    return rollup.close_week(customers=customers)


def keep_standings() -> dict[str, int]:
    from msp_reports.steps import standings

    return standings.keep_standings()


def check_sites() -> dict[str, int]:
    from msp_reports.steps import site_checks

    return site_checks.check_sites()
