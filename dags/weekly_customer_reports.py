"""The weekly customer report: the procedure, and nothing but the procedure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from airflow.sdk import DAG, CronDataIntervalTimetable, Param, TaskGroup, TriggerRule, task, task_group

from msp_reports.in_use import provider_zone, systems_in_use
from msp_reports.operators.review import ApproveReportOperator
from msp_reports.sources.catalog import SourceSpec
from msp_reports.steps import tasks
from msp_reports.steps.defaults import CUSTOMER, DEFAULT_ARGS, REPORT

SETTLED = TriggerRule.ALL_DONE
"""Whatever became of what comes before. (`all_done_min_one_success` would say more, but counts a skip as
not done, and inside a mapped group gives up before the group is expanded.)"""


def labelled(step: Callable[..., Any], label: str = CUSTOMER, **options: Any) -> Any:
    """Make a step a task whose instances are named after their customer."""
    return task(map_index_template=label, **options)(step)


def ask(customer: Any, source: str, systems: tuple[SourceSpec, ...]) -> TaskGroup:
    """One task per system: fetch, parse and store in one link of the chain."""
    with TaskGroup(group_id=source) as group:
        for spec in systems:
            labelled(tasks.collect, task_id=spec.system, pool=spec.pool)(
                system=spec.system, customer=customer
            )
    return group


@task_group(group_id="customer_report")
def customer_report(customer: Any) -> None:
    asked = [ask(customer, source, systems) for source, systems in systems_in_use().items()]
    reconcile = labelled(tasks.reconcile, trigger_rule=SETTLED)(customer=customer)
    draft = labelled(tasks.render_report)(customer=customer)
    review = ApproveReportOperator(
        task_id="approve_report",
        customer=customer,
        report=draft,
        form=tasks.review_form,
        record=tasks.record_answer,
        map_index_template="{{ task.customer['code'] }}",
    )
    final = labelled(tasks.release_report, REPORT)(report=draft, answer=review.output)
    with TaskGroup(group_id="deliver"):
        sent = [labelled(channel, REPORT)(report=final) for channel in (tasks.email, tasks.teams)]
    filed = labelled(tasks.archive, REPORT, trigger_rule=SETTLED)(report=final)

    closed = labelled(tasks.close_report, REPORT, trigger_rule=SETTLED)(report=final)

    asked >> reconcile >> draft
    sent >> filed >> closed


with DAG(
    dag_id="weekly_customer_reports",
    description="Every Monday: each customer's week, drafted, reviewed, delivered and archived.",
    schedule=CronDataIntervalTimetable("0 6 * * 1", timezone=provider_zone()),
    start_date=datetime(2024, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=16,  # a review may take days, and next Monday's run must not wait for it
    default_args=DEFAULT_ARGS,
    params={
        "customer_code": Param(
            None,
            type=["string", "null"],
            title="Customer code",
            description="Report this customer only. Empty: every active customer.",
        )
    },
    doc_md=Path(__file__).with_suffix(".md").read_text(encoding="utf-8"),
    tags=["customer reports"],
) as weekly_customer_reports:
    listed = task(tasks.list_customers)()
    reports = customer_report.expand(customer=listed)
    drafts = weekly_customer_reports.get_task("customer_report.render_report")
    rolled_up = task(trigger_rule=SETTLED)(tasks.post_rollup)(customers=listed)
    closed = task(trigger_rule=SETTLED)(tasks.close_week)(customers=listed)

    drafts >> rolled_up
    [reports, rolled_up] >> closed
