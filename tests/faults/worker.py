"""A worker: a process of its own that does what one task does, and can be killed at any moment.

It is forked from a server that has imported everything once (`multiprocessing`'s fork server).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from multiprocessing.connection import Connection as Pipe

import google.auth._exponential_backoff as google_pauses
from airflow.sdk.definitions.retry_policy import RetryAction
from airflow.sdk.exceptions import AirflowSkipException
from google.auth.transport.requests import Request as GoogleRequest

from msp_reports.delivery import exchange
from msp_reports.hooks import rest
from msp_reports.sources.catalog import SYSTEMS, load
from msp_reports.steps.defaults import RETRIES
from msp_reports.steps.packages import CHANNELS
from msp_reports.steps.retries import VerdictRetryPolicy
from msp_reports.steps.run import ReportRef
from tests.faults.channels import BY_NAME

_WANTED = (
    "airflow.sdk.execution_time.cache",
    "airflow.sdk.execution_time.supervisor",
    "email_validator",
    "msp_reports.rendering.cards",
    "msp_reports.rendering.mail",
    "msp_reports.steps.deliver",
    "msp_reports.steps.rollup",
    "psycopg2",
)
IMPORTED = [import_module(name) for name in _WANTED]
IMPORTED += [load(path) for path in (*CHANNELS.values(), *(spec.scope for spec in SYSTEMS))]
"""What steps import when they run, paid once, by the server that workers are forked from."""
PATIENCE = 4.0
"""Seconds that a worker here waits for an answer, instead of a minute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    way: str
    report: ReportRef
    environment: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """How a try ended, as Airflow would see it."""

    verdict: str
    """``done``, ``retry``, ``failed`` or ``killed``."""
    said: str = ""
    seconds: float | None = None
    """Until the next try, if the error tells."""


def work(order: Order, pipe: Pipe) -> None:
    """Say when ready, wait for the word, do it, and tell how it ended."""
    os.environ.update(order.environment)
    _have_little_patience()
    pipe.send("ready")
    pipe.recv()
    pipe.send(_try(order))


def _try(order: Order) -> End:
    try:
        BY_NAME[order.way].step(order.report)
    except AirflowSkipException as skipped:
        return End(verdict="done", said=f"skipped: {skipped}")
    except Exception as trouble:  # noqa: BLE001 - as Airflow does
        decision = VerdictRetryPolicy().evaluate(trouble, 1, RETRIES)
        verdict = "failed" if decision.action is RetryAction.FAIL else "retry"
        delay = decision.retry_delay
        seconds = None if delay is None else delay.total_seconds()
        return End(verdict=verdict, said=f"{type(trouble).__name__}: {trouble}", seconds=seconds)
    return End(verdict="done")


def _have_little_patience() -> None:
    exchange.SECONDS = PATIENCE
    rest.CONNECT_SECONDS = rest.READ_SECONDS = PATIENCE
    google_pauses.time = rest.time = _NoPauses()  # type: ignore[assignment]
    *others, _ = GoogleRequest.__call__.__defaults__ or ()
    GoogleRequest.__call__.__defaults__ = (*others, PATIENCE)  # type: ignore[attr-defined]


class _NoPauses:
    """In the place of the module `time`, for who only sleeps."""

    @staticmethod
    def sleep(_: float) -> None:
        return
