"""What vendors can only tell about now, kept once a day for the weeks that are asked for later."""

from __future__ import annotations

from datetime import UTC, datetime

from airflow.sdk import DAG, CronDataIntervalTimetable, task

from msp_reports.in_use import provider_zone
from msp_reports.steps import tasks
from msp_reports.steps.defaults import DEFAULT_ARGS

with DAG(
    dag_id="source_snapshots",
    description="Every night: backup state, device lists, secure scores as they are now.",
    schedule=CronDataIntervalTimetable("30 0 * * *", timezone=provider_zone()),
    start_date=datetime(2024, 1, 1, tzinfo=UTC),
    catchup=False,  # yesterday's state cannot be asked for any more
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    doc_md="Asks every system of every customer that keeps no past of some things (backup state, lists of "
    "devices, secure scores) for these once a night and stores them in `msp_reports.standing`. A report "
    "about a past week reads the first taken after the week's end, else the last before it, within 36 hours; "
    "without one the number is *not known*. A red run names each customer and system whose standing is "
    "missing; the others are stored.",
    tags=["customer reports"],
) as source_snapshots:
    task(tasks.keep_standings)()
