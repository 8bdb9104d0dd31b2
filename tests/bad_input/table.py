"""What every system is fed, and the verdict each bad answer must come to.

A row spoils the answers to some calls of one pull. Its verdict is either the name of the error that
the pull ends with, or what becomes of the numbers: the `SAME` as undisturbed, records `SKIPPED` and
counted, or `PARTIAL`, said to be incomplete. Whatever else comes out is a silently wrong number.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from unittest.mock import patch

from msp_reports.customer_files import read_customer
from msp_reports.domain.errors import (
    ChangedShapeError,
    CredentialsRefusedError,
    PermissionMissingError,
    RetriableSourceError,
    UnreachableError,
)
from msp_reports.domain.records import Record
from msp_reports.domain.snapshot import Facts, Pull
from msp_reports.domain.week import ReportingWeek
from msp_reports.hooks.rest import READ_SECONDS
from msp_reports.sources.catalog import BY_SYSTEM, load
from tests.demo.conftest import label

SAME, SKIPPED, PARTIAL = "same", "skipped", "partial"
Verdict = type[Exception] | str

PATIENCE_SECONDS = 0.3
"""How long a call that hangs is waited for."""


@dataclass(frozen=True)
class Call:
    method: str
    path: str
    """With its query."""
    body: str


@dataclass
class Given:
    """An answer on its way to us: a row may change any of it."""

    status: int
    headers: dict[str, str]
    body: bytes
    cut: bool = False

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @json.setter
    def json(self, value: Any) -> None:
        self.body = json.dumps(value).encode()


Spoil = Callable[[Given, Call], None]


@dataclass(frozen=True)
class Row:
    name: str
    where: str
    """Regular expression over ``METHOD path?query body``: which calls are spoiled."""
    do: Spoil
    verdict: Verdict
    times: int | None = None
    """How many such calls are spoiled, the first ones. None: all."""
    hangs: bool = False


@dataclass
class Meddler:
    port: int = 0
    order: Row | None = None
    spoiled: int = 0
    naps: list[float] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)

    def order_for(self, call: Call) -> Row | None:
        order = self.order
        if order is None or (order.times is not None and self.spoiled >= order.times):
            return None
        if not re.search(order.where, f"{call.method} {call.path} {call.body}"):
            return None
        self.spoiled += 1
        return order

    def clear(self) -> None:
        self.released.set()
        self.order, self.spoiled, self.released = None, 0, threading.Event()
        self.naps.clear()


def answer(status: int, body: object = None, **headers: str) -> Spoil:
    """Answer with something else altogether."""

    def do(given: Given, _: Call) -> None:
        given.status = status
        given.headers = {
            "Content-Type": "application/json",
            **{k.replace("_", "-"): v for k, v in headers.items()},
        }
        given.body = (
            body if isinstance(body, bytes) else json.dumps(body if body is not None else {}).encode()
        )

    return do


def edit(change: Callable[[Any], Any]) -> Spoil:
    """Change the JSON of the answer: in place, or by returning another."""

    def do(given: Given, _: Call) -> None:
        body = given.json
        changed = change(body)
        given.json = body if changed is None else changed

    return do


def cut(given: Given, _: Call) -> None:
    given.body, given.cut = given.body[: len(given.body) // 2], True


def html(given: Given, _: Call) -> None:
    given.status, given.headers = 200, {"Content-Type": "text/html"}
    given.body = b"<!doctype html><html><body>Please sign in</body></html>"


def nothing(given: Given, _: Call) -> None:
    given.status, given.body = 200, b""


def common(data: str, *, token: str | None = None) -> list[Row]:
    """The rows that every system is fed.

    Args:
        data: which calls carry the numbers.
        token: which calls sign in; None where a key goes with every call.
    """
    refused = answer(401, {"code": "unauthorized", "message": "Invalid API key"})
    expired = SAME if token else CredentialsRefusedError
    return [
        Row("wrong credentials", token or data, refused, CredentialsRefusedError),
        Row("expired token", data, refused, expired, times=1),
        Row("403 for one endpoint", data, answer(403, {"message": "no"}), PermissionMissingError),
        Row("429 with Retry-After", data, answer(429, {}, Retry_After="2"), SAME, times=1),
        Row("429 without Retry-After", data, answer(429, {}), SAME, times=1),
        Row("429 for ever", data, answer(429, {}, Retry_After="2"), RetriableSourceError),
        Row("429 with a long wait", data, answer(429, {}, Retry_After="900"), RetriableSourceError),
        Row("500 once", data, answer(500, b"oops"), SAME, times=1),
        Row("500 for ever", data, answer(500, b"oops"), RetriableSourceError),
        Row("time-out", data, nothing, UnreachableError, hangs=True),
        Row("cut in the middle of a body", data, cut, RetriableSourceError),
        Row("HTML instead of JSON", data, html, ChangedShapeError),
        Row("an empty body", data, nothing, ChangedShapeError),
    ]


def pull(system: str, code: str, weeks_before: int = 0) -> Facts:
    """Fetch and parse, as the collect step does."""
    customer = read_customer(code)
    binding = customer.binding(system)
    assert binding is not None
    week = ReportingWeek.parse(label(weeks_before), customer.zone)
    spec = BY_SYSTEM[system]
    fetched: Pull = load(str(spec.hook))(binding.connection).fetch(binding.scope, week)
    payload = json.loads(json.dumps(fetched.payload))  # as it would be stored
    facts: Facts = load(spec.parse)(payload, binding=binding, week=week)
    return facts


@cache
def undisturbed(system: str, code: str) -> Facts:
    return pull(system, code)


def judge(meddler: Meddler, system: str, code: str, row: Row) -> None:
    """Feed one row and hold what comes of it against its verdict."""
    meddler.clear()
    true = undisturbed(system, code)
    assert true.records
    assert not true.skipped
    meddler.order = row
    with patch("msp_reports.hooks.rest.READ_SECONDS", PATIENCE_SECONDS if row.hangs else READ_SECONDS):
        came_of_it = _outcome(system, code)
    assert meddler.spoiled, "the row spoiled nothing"
    if isinstance(came_of_it, Exception):
        assert type(came_of_it) is row.verdict, f"ended with {came_of_it!r}"
    elif row.verdict == SAME:
        assert came_of_it.records == true.records
        assert came_of_it.skipped == ()
        assert came_of_it.incomplete == true.incomplete
    elif row.verdict == SKIPPED:
        assert came_of_it.skipped
        assert len(_rest(came_of_it, true)) < len(true.records), "nothing was left out"
    elif row.verdict == PARTIAL:
        assert came_of_it.incomplete != true.incomplete
    else:
        raise AssertionError(f"no error; {len(came_of_it.records)} records, skipped {came_of_it.skipped}")


def _outcome(system: str, code: str) -> Facts | Exception:
    try:
        return pull(system, code)
    except Exception as ended:  # noqa: BLE001 - whatever it ends with is what is judged
        return ended


def _rest(facts: Facts, true: Facts) -> list[Record]:
    """Records that stand in both: skipping one leaves every other as it was."""
    return [record for record in facts.records if record in true.records]
