"""The gate fails closed: only the answer Approve lets anything past it."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.providers.standard.exceptions import HITLTimeoutError
from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk.exceptions import AirflowSkipException

from msp_reports.operators.review import Answer, ApproveReportOperator, ReviewForm

pytestmark = pytest.mark.airflow

REF = {"code": "acme", "week": "2026-W47", "revision": 1}
FORM = ReviewForm(
    subject="ACME",
    body="**state**",
    reviewer_id="jana",
    reviewer_name="Jana Richter",
    fields={"summary": "Comment on the summary", "backup": "Comment on backup"},
    prefilled={"backup": "DC01 is late."},
)


class Gate:
    """The operator with a notebook in place of the database."""

    def __init__(self, form: ReviewForm | None = FORM) -> None:
        self.recorded: list[Answer] = []
        self.operator = ApproveReportOperator(
            task_id="approve_report",
            customer={"code": "acme"},
            report=REF,
            form=lambda _: form,
            record=lambda _, answer: self.recorded.append(answer),
        )

    def answer(self, option: str, **comments: str | None) -> Any:
        event = {
            "chosen_options": [option],
            "params_input": comments,
            "responded_by_user": {"id": "jana", "name": "Jana Richter"},
            "responded_at": datetime(2026, 11, 23, 9, tzinfo=UTC),
            "timedout": False,
        }
        return self.operator.execute_complete({}, event)  # type: ignore[typeddict-item]


def test_approve_lets_the_report_pass_and_is_on_record_first() -> None:
    gate = Gate()
    assert gate.answer("Approve", summary="  Well done. ")["approved"] is True
    (answer,) = gate.recorded
    assert answer.approved
    assert answer.comments == {"summary": "Well done."}
    assert answer.reviewer == "Jana Richter"


def test_reject_skips_the_task_and_is_on_record() -> None:
    gate = Gate()
    with pytest.raises(AirflowSkipException, match="rejected by Jana Richter"):
        gate.answer("Reject")
    assert [answer.approved for answer in gate.recorded] == [False]


def test_any_other_word_is_refused() -> None:
    gate = Gate()
    with pytest.raises(ValueError, match="approve"):
        gate.answer("approve")
    assert gate.recorded == []


def test_a_time_out_fails_and_records_nothing() -> None:
    gate = Gate()
    with pytest.raises(HITLTimeoutError):
        gate.operator.execute_complete({}, {"error": "too late", "error_type": "timeout"})  # type: ignore[typeddict-item]
    assert gate.recorded == []


def test_an_answer_that_cannot_be_recorded_lets_nothing_pass() -> None:
    gate = Gate()

    def lost(*_: object) -> None:
        raise ConnectionError("database gone")

    gate.operator._record = lost
    with pytest.raises(ConnectionError):
        gate.answer("Approve")


def test_a_run_that_does_not_deliver_is_not_reviewed() -> None:
    with pytest.raises(AirflowSkipException, match="does not deliver"):
        Gate(form=None).operator.execute({})  # type: ignore[typeddict-item]


def test_the_form_is_prefilled_optional_and_the_engineers(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = SimpleNamespace()
    monkeypatch.setattr(HITLOperator, "execute", lambda self, _: seen.__dict__.update(operator=self))
    gate = Gate()
    gate.operator.execute({})  # type: ignore[typeddict-item]
    params = seen.operator.params
    assert params.get_param("backup").value == "DC01 is late."
    assert params.get_param("summary").value is None
    assert params.get_param("summary").schema["type"] == ["string", "null"]
    assert params.get_param("summary").schema["format"] == "multiline"
    assert seen.operator.assigned_users == [{"id": "jana", "name": "Jana Richter"}]
