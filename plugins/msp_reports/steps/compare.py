"""This week against the weeks before: facts in, report model and findings out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from msp_reports.customer_files import read_customer, read_provider
from msp_reports.domain.customer import Customer
from msp_reports.domain.errors import SnapshotAbsentError
from msp_reports.domain.language import say, speaking
from msp_reports.domain.report import Provenance, ReportModel
from msp_reports.domain.snapshot import WeekFacts
from msp_reports.domain.week import ReportingWeek
from msp_reports.languages import language
from msp_reports.sources.catalog import BY_SYSTEM
from msp_reports.steps.earlier_weeks import WEEKS_COMPARED, unsettled_weeks
from msp_reports.steps.model_json import dump_model
from msp_reports.steps.run import CustomerWeek, current_run
from msp_reports.store.collections import CollectionRepository
from msp_reports.store.database import transaction
from msp_reports.store.reports import ReportRepository
from msp_reports.store.snapshots import SnapshotRepository

WAIT = timedelta(seconds=5)


def reconcile(*, customer: CustomerWeek) -> dict[str, int]:
    """Compare the customer's week and store the report model with its findings.

    Waits, without holding a worker, for earlier weeks that are being collected side by side.

    Raises:
        SnapshotAbsentError: a source's task failed without storing even a reason.
    """
    from airflow.sdk.exceptions import AirflowRescheduleException

    run = current_run()
    config = read_customer(customer["code"])
    week = ReportingWeek.parse(customer["week"], config.zone)
    with transaction() as connection:
        CollectionRepository(connection).settle(config.code, week.label)
    if unsettled_weeks(config.code, week, run):
        raise AirflowRescheduleException(datetime.now(UTC) + WAIT)
    return compare_week(config, week, run_id=run.run_id)


def compare_week(customer: Customer, week: ReportingWeek, *, run_id: str) -> dict[str, int]:
    """Read what is stored, compare, store the model; return how many findings of each severity."""
    from msp_reports.domain.reconcile import reconcile as compare

    current, history = load_weeks(customer, week)
    with speaking(language(customer.language)):
        model = _named(
            compare(customer=customer, provider=read_provider(), week=week, current=current, history=history)
        )
    with transaction() as connection:
        reports = ReportRepository(connection)
        reports.save_findings(customer.code, week.label, model.findings)
        reports.save_comparison(customer.code, week.label, model=dump_model(model), run_id=run_id)
    counts: dict[str, int] = {}
    for finding in model.findings:
        counts[finding.severity.value] = counts.get(finding.severity.value, 0) + 1
    return counts


def _named(model: ReportModel) -> ReportModel:
    """Call each system by the name its vendor gives it: part 9 is read by customers."""
    return replace(
        model,
        provenance=_labelled(model.provenance),
        earlier=tuple(replace(week, provenance=_labelled(week.provenance)) for week in model.earlier),
    )


def _labelled(entries: Iterable[Provenance]) -> tuple[Provenance, ...]:
    return tuple(replace(entry, system=_label(entry.system)) for entry in entries)


def _label(system: str) -> str:
    spec = BY_SYSTEM[system]
    return say("Own site checks") if spec.hook is None else spec.label


def load_weeks(customer: Customer, week: ReportingWeek) -> tuple[WeekFacts, tuple[WeekFacts, ...]]:
    """Return this week's facts and the stored weeks before it, oldest first.

    Raises:
        SnapshotAbsentError: a system of the customer has no snapshot of this week.
    """
    labels = [week.prior(n).label for n in range(WEEKS_COMPARED, 0, -1)]
    with transaction() as connection:
        stored = SnapshotRepository(connection).load_weeks(
            customer.code, [*labels, week.label], precedence=list(BY_SYSTEM)
        )
    current = next((facts for facts in stored if facts.week == week.label), None)
    told = {snapshot.system for snapshot in current.snapshots} if current else set()
    silent = [binding.system for binding in customer.sources if binding.system not in told]
    if current is None or silent:
        raise SnapshotAbsentError(
            f"{customer.code} {week}: nothing stored by {', '.join(silent)}; see the failed task of "
            "that system, mend its cause and clear it with everything after it"
        )
    return current, tuple(facts for facts in stored if facts.week != week.label)
