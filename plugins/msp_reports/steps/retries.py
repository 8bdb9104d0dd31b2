"""When trying again can help: the verdict of the error decides, not the task."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Self

from airflow.sdk.definitions.retry_policy import RetryDecision, RetryPolicy

from msp_reports.domain.errors import (
    ConfigurationError,
    DatabaseUnreachableError,
    DeliveryError,
    DeliveryThrottledError,
    FatalSourceError,
    NotApprovedError,
    RetriableSourceError,
    WeekIncompleteError,
)

if TYPE_CHECKING:
    from airflow.sdk.definitions.context import Context

_FINAL = (ConfigurationError, FatalSourceError, NotApprovedError, DeliveryError, WeekIncompleteError)


LONGEST_WAIT = timedelta(hours=6)
"""However long a vendor asks to be left alone: what then still fails is told to a person the same day."""


class VerdictRetryPolicy(RetryPolicy):
    """Throttled: wait as told. Network: back off. Refused, misconfigured, unclear outcome: fail now."""

    def evaluate(
        self, exception: BaseException, try_number: int, max_tries: int, context: Context | None = None
    ) -> RetryDecision:
        if isinstance(exception, RetriableSourceError | DeliveryThrottledError):
            seconds = exception.retry_after
            delay = None if seconds is None else timedelta(seconds=min(seconds, LONGEST_WAIT.total_seconds()))
            return RetryDecision.retry(delay, reason=str(exception))
        if isinstance(exception, DatabaseUnreachableError):
            return RetryDecision.default()
        if isinstance(exception, _FINAL):
            return RetryDecision.fail(reason=str(exception))
        return RetryDecision.default()

    def serialize(self) -> dict[str, Any]:
        return {}

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> Self:
        return cls()
