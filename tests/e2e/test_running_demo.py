"""Airflow itself runs the week: one customer, an earlier week, a backfill, sources in trouble.

In the order written, on one running demo; `make e2e` runs them, `make test` does not.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from demo.run import answer_until_ended
from demo.setting import DAG_ID
from tests.e2e.conftest import LIMIT, Running

pytestmark = pytest.mark.e2e

CUSTOMERS = 12
SECTIONS = ("uptime", "tickets", "backup", "security", "availability")


def latest_monday() -> datetime:
    """Monday on which the latest complete week had just ended."""
    now = datetime.now(UTC)
    return (now - timedelta(days=now.weekday())).replace(hour=0, minute=0, second=0, microsecond=0)


def label(monday: datetime) -> str:
    """Week that begins on that Monday."""
    year, week, _ = monday.isocalendar()
    return f"{year}-W{week:02d}"


LAST = label(latest_monday() - timedelta(weeks=1))


@pytest.fixture
def calm(running: Running) -> Iterator[Running]:
    yield running
    running.undisturb()


def reasons(running: Running, run_id: str, customer: str) -> str:
    """Text of a customer's review."""
    codes = running.demo.api.customers(run_id)
    return next(
        str(review["body"])
        for review in running.demo.api.reviews(run_id)
        if codes[review["task_instance"]["map_index"]] == customer
    )


def test_the_latest_week_has_twelve_drafts_and_has_sent_nothing(running: Running) -> None:
    assert len(running.undisturbed) == CUSTOMERS
    assert running.outbox()["mails"] == running.outbox()["files"] == []
    assert [post["channel"] for post in running.outbox()["posts"]] == ["19:weekly-reports@thread.tacv2"]


def test_one_customer_by_code(running: Running) -> None:
    run_id = running.trigger({"customer_code": "acme"})
    assert running.demo.api.customers(run_id) == ("acme",)
    assert list(running.models(run_id)) == ["acme"]


def test_an_unknown_code_fails_at_once_and_names_the_known_ones(running: Running) -> None:
    run_id = running.trigger({"customer_code": "nobody"}, until="ended")
    assert running.state(run_id) == "failed"
    log = running.task_log(run_id, "list_customers")
    assert "unknown customer code 'nobody'" in log
    assert "known: acme, acme-labs, bergmann" in log


def test_a_rehearsal_is_reviewed_and_shows_what_it_would_send_and_sends_nothing(running: Running) -> None:
    before = running.outbox()
    run_id = running.trigger({"deliver": False})
    answers = answer_until_ended(running.demo, run_id)
    assert running.state(run_id) == "success"
    assert running.outbox() == before
    assert running.demo.database.rows("select key from msp_reports.delivery") == []
    for task in ("deliver.email", "deliver.teams", "archive"):
        told = running.returned(run_id, f"customer_report.{task}")
        assert answers.rejected not in told
        assert {outcome["state"] for outcome in told.values()} == {"rehearsed"}
    assert set(running.returned(run_id, "customer_report.archive")) == {answers.edited, *answers.as_drafted}


def test_backup_refused_for_one_customer_changes_that_one_report_only(calm: Running) -> None:
    calm.disturb(system="datto", mode="refuse_401", customer="delta")
    run_id = calm.trigger({})
    disturbed = calm.models(run_id)
    report = disturbed.pop("delta")
    assert report["backup"] is None
    assert "backup" in report["used"]
    assert calm.snapshots("delta", LAST)["datto"] == "missing"
    assert "datto" in reasons(calm, run_id, "delta")
    assert len(disturbed) == CUSTOMERS - 1
    for code, model in disturbed.items():
        assert model == calm.undisturbed[code]


def test_without_any_monitoring_all_twelve_drafts_come_and_say_so(calm: Running) -> None:
    for system in ("zabbix", "librenms"):
        calm.disturb(system=system, mode="off")
    models = calm.models(calm.trigger({}))
    assert len(models) == CUSTOMERS
    for model in models.values():
        assert model["uptime"] is None
        assert "uptime" in model["used"]
        assert all(model[section] is not None for section in SECTIONS[1:3] if section in model["used"])


def test_an_earlier_week_asks_every_system_for_its_window_and_compares_with_the_week_before(
    running: Running,
) -> None:
    monday = latest_monday() - timedelta(weeks=8)
    before = len(running.exchanges())
    run_id = running.trigger(
        {"customer_code": "acme"}, logical_date=(monday + timedelta(weeks=1, hours=12)).isoformat()
    )
    model = running.models(run_id)["acme"]
    assert model["week"] == label(monday)
    assert model["comparison"] == label(monday - timedelta(weeks=1))
    assert windows_asked(running.exchanges(before)) == {
        "connectwise": {label(monday), label(monday - timedelta(weeks=1))},
        "defender": {label(monday), label(monday - timedelta(weeks=1))},
        "zabbix": {label(monday), label(monday - timedelta(weeks=1))},
    }


def windows_asked(exchanges: list[dict[str, Any]]) -> dict[str, set[str]]:
    """Weeks (Berlin time) whose start and end both stand in a request, by system."""
    from zoneinfo import ZoneInfo

    weeks = [latest_monday() - timedelta(weeks=n) for n in range(16)]
    asked: dict[str, set[str]] = {}
    for exchange in exchanges:
        request = exchange["url"] + exchange["body"]
        for monday in weeks:
            local = [(monday + timedelta(weeks=n)).replace(tzinfo=ZoneInfo("Europe/Berlin")) for n in (0, 1)]
            texts = [f"{edge.astimezone(UTC):%Y-%m-%dT%H}" for edge in local]
            first, end = (int(edge.timestamp()) for edge in local)
            epochs = (f'"problem_time_from": {first}', f'"problem_time_till": {end - 1}')
            if all(text in request for text in texts) or all(epoch in request for epoch in epochs):
                asked.setdefault(exchange["system"], set()).add(label(monday))
    return asked


def test_six_weeks_backfilled_are_compared_and_nothing_is_sent(running: Running) -> None:
    mondays = [latest_monday() - timedelta(weeks=n) for n in range(7, 1, -1)]
    sent = running.outbox()
    running.airflow(
        "backfill", "create", "--dag-id", DAG_ID,
        "--from-date", mondays[0].date().isoformat(),
        "--to-date", (mondays[-1] + timedelta(days=1)).date().isoformat(),
    )  # fmt: skip

    def backfilled() -> bool:
        params = {"run_type": "backfill", "limit": 50}
        runs = running.demo.api.call("GET", f"/dags/{DAG_ID}/dagRuns", params=params)["dag_runs"]
        return len(runs) == len(mondays) and all(run["state"] in {"success", "failed"} for run in runs)

    running.demo.wait("the backfill", backfilled, LIMIT * 2, pause=5)
    rows = running.demo.database.rows(
        "select customer, week, model ->> 'comparison' as compared, state from msp_reports.report "
        "where week = any(%s)",
        [label(monday) for monday in mondays],
    )
    served = {row["customer"] for row in rows}
    assert served == set(running.undisturbed) - {"gruen"}, "gruen's service begins later"
    for customer in served:
        compared = {row["week"]: row["compared"] for row in rows if row["customer"] == customer}
        assert compared == {label(monday): label(monday - timedelta(weeks=1)) for monday in mondays}
    assert {row["state"] for row in rows} == {"draft"}
    assert running.outbox() == sent
