"""The verdict of the error decides whether trying again can help."""

from __future__ import annotations

from datetime import timedelta

import pytest
from airflow.sdk.definitions.retry_policy import RetryAction

from msp_reports.domain import errors
from msp_reports.steps.retries import VerdictRetryPolicy

pytestmark = pytest.mark.airflow

POLICY = VerdictRetryPolicy()


def test_throttling_waits_as_told() -> None:
    decision = POLICY.evaluate(errors.RetriableSourceError("slow down", retry_after=90), 1, 2)
    assert (decision.action, decision.retry_delay) == (RetryAction.RETRY, timedelta(seconds=90))


@pytest.mark.parametrize("seconds", [1e9, float("inf")])
def test_no_vendor_can_park_a_report_for_longer_than_a_day(seconds: float) -> None:
    decision = POLICY.evaluate(errors.DeliveryThrottledError("429", retry_after=seconds), 1, 2)
    assert decision.retry_delay == timedelta(hours=6)


def test_network_trouble_waits_the_usual_time() -> None:
    decision = POLICY.evaluate(errors.RetriableSourceError("timed out"), 1, 2)
    assert (decision.action, decision.retry_delay) == (RetryAction.RETRY, None)


@pytest.mark.parametrize(
    "error",
    [
        errors.CredentialsRefusedError("401"),
        errors.ChangedShapeError("HTML"),
        errors.UnknownCustomerError("nope", ("acme",)),
        errors.NotApprovedError("no"),
        errors.DeliveryOutcomeUnknownError("504"),
        errors.DeliveryError("403"),
    ],
)
def test_what_trying_again_cannot_mend_fails_now(error: Exception) -> None:
    assert POLICY.evaluate(error, 1, 2).action is RetryAction.FAIL


def test_a_throttled_send_was_not_sent_and_may_be_tried_again() -> None:
    assert POLICY.evaluate(errors.DeliveryThrottledError("429"), 1, 2).action is RetryAction.RETRY


def test_anything_else_is_left_to_airflow() -> None:
    assert POLICY.evaluate(ValueError("a bug"), 1, 2).action is RetryAction.DEFAULT
