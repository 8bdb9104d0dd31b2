"""What a run means is read from Airflow's context, never from the clock."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from msp_reports.domain.errors import ConfigurationError
from msp_reports.steps.run import Sending, failed_tasks, run_of

pytestmark = pytest.mark.airflow

MONDAY = datetime(2026, 11, 23, 5, tzinfo=UTC)


def context(
    *, run_type: str = "scheduled", conf: dict[str, Any] | None = None, **dag_run: Any
) -> dict[str, Any]:
    values: dict[str, Any] = {
        "run_id": "r",
        "dag_id": "weekly_customer_reports",
        "data_interval_end": MONDAY,
        "run_after": MONDAY,
        "logical_date": MONDAY,
        "conf": conf,
        "run_type": run_type,
    }
    return {
        "dag_run": SimpleNamespace(**values | dag_run),
        "ti": SimpleNamespace(try_number=1, max_tries=2),
        "params": {"customer_code": None},
    }


@pytest.mark.parametrize(
    ("run_type", "conf", "sending"),
    [
        ("scheduled", None, Sending.DELIVERS),
        ("manual", {}, Sending.DELIVERS),
        ("manual", {"deliver": True}, Sending.DELIVERS),
        ("manual", {"deliver": False}, Sending.REHEARSES),
        ("scheduled", {"deliver": False}, Sending.REHEARSES),
        ("backfill", None, Sending.STORES),
        ("backfill", {}, Sending.STORES),
        ("backfill", {"deliver": False}, Sending.STORES),
        ("backfill", {"deliver": True}, Sending.DELIVERS),
    ],
)
def test_a_backfill_delivers_and_another_run_rehearses_only_when_asked_in_so_many_words(
    run_type: str, conf: dict[str, Any] | None, sending: Sending
) -> None:
    run = run_of(context(run_type=run_type, conf=conf))
    assert run.sending is sending
    assert run.delivers is (sending is Sending.DELIVERS)


@pytest.mark.parametrize("asked", ["true", 1, None, "yes"])
def test_anything_but_true_or_false_is_refused(asked: object) -> None:
    with pytest.raises(ConfigurationError, match="deliver"):
        run_of(context(run_type="backfill", conf={"deliver": asked}))


def test_the_week_comes_from_the_data_interval() -> None:
    assert run_of(context()).week("Europe/Berlin").label == "2026-W47"


def test_a_run_without_an_interval_reports_the_week_before_its_date() -> None:
    run = run_of(
        context(data_interval_end=None, logical_date=None, run_after=datetime(2026, 11, 25, tzinfo=UTC))
    )
    assert run.week("Europe/Berlin").label == "2026-W47"


def test_the_failed_tasks_that_are_counted_are_those_of_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, Any]] = []

    def count(**kwargs: Any) -> int:
        asked.append(kwargs)
        return 2

    told = context()
    told["ti"].get_ti_count = count
    monkeypatch.setattr("airflow.sdk.get_current_context", lambda: told)
    assert failed_tasks(["b", "a"]) == 2
    assert asked == [
        {
            "dag_id": "weekly_customer_reports",
            "run_ids": ["r"],
            "task_ids": ["a", "b"],
            "states": ["failed"],
        }
    ]
