"""Public sites, probed every five minutes: the rows that the weekly report counts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from airflow.sdk import DAG, CronDataIntervalTimetable, task

from msp_reports.steps import tasks
from msp_reports.steps.defaults import DEFAULT_ARGS

with DAG(
    dag_id="site_checks",
    description="Every five minutes: one probe of each customer's public sites.",
    schedule=CronDataIntervalTimetable("*/5 * * * *", timezone="UTC"),
    start_date=datetime(2024, 1, 1, tzinfo=UTC),
    catchup=False,  # a missed probe cannot be made up
    max_active_runs=1,
    default_args=DEFAULT_ARGS | {"retries": 0},
    dagrun_timeout=timedelta(minutes=5),
    doc_md="Probes every public site named in the customers' files once per five-minute slot and "
    "stores each result in `msp_reports.probe`. A missed slot stays missing: it lowers the coverage "
    "shown in the report, never the availability.",
    tags=["customer reports"],
) as site_checks:
    task(tasks.check_sites)()
