"""What every task of every Dag shares."""

from __future__ import annotations

from typing import Any

from msp_reports.steps.retries import VerdictRetryPolicy

RETRIES = 2

DEFAULT_ARGS: dict[str, Any] = {
    "owner": "msp-reports",
    "retries": RETRIES,
    "retry_policy": VerdictRetryPolicy(),
}
"""The wait between tries is Airflow's own ``[core] default_task_retry_delay``."""

CUSTOMER = "{{ task.op_kwargs['customer']['code'] }}"
REPORT = "{{ task.op_kwargs['report']['code'] }}"
"""Name a mapped task instance after its customer."""
