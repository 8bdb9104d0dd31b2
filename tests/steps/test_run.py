"""What a run means is read from Airflow's context, never from the clock."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from msp_reports.domain.errors import ConfigurationError
from msp_reports.steps.run import run_of

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
    ("run_type", "conf", "delivers"),
    [
        ("scheduled", None, True),
        ("manual", {}, True),
        ("manual", {"deliver": False}, False),
        ("backfill", None, False),
        ("backfill", {}, False),
        ("backfill", {"deliver": False}, False),
        ("backfill", {"deliver": True}, True),
    ],
)
def test_a_backfill_delivers_only_when_asked_in_so_many_words(
    run_type: str, conf: dict[str, Any] | None, delivers: bool
) -> None:
    assert run_of(context(run_type=run_type, conf=conf)).delivers is delivers


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
