"""Whatever is not approved as it stands leaves by no path, whoever calls which step how."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any, Self

import psycopg2
import pytest

from msp_reports.domain.errors import NotApprovedError
from msp_reports.steps import deliver, packages, posts
from msp_reports.steps.deliveries import decide
from msp_reports.steps.ledger import deliver as drive
from msp_reports.steps.run import ReportRef
from msp_reports.steps.try_mail import send_test
from msp_reports.store.database import transaction
from msp_reports.store.deliveries import DeliveryRepository
from msp_reports.store.ledger import Decision, DeliveryState
from msp_reports.store.reports import ReportRepository
from tests.steps.sealed import KEY, WEEK, a_draft, a_sealed_report

pytestmark = [pytest.mark.airflow, pytest.mark.db, pytest.mark.usefixtures("database")]

REF = ReportRef(code="acme", week=WEEK, revision=1)
TO = "tester@northwind.example"


class Spy:
    """Every channel at once: it counts the calls that it gets."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def __call__(self, conn_id: str, graph: str | None = None) -> Self:
        return self

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def called(*_: Any, **__: Any) -> dict[str, str]:
            self.calls.append(name)
            return {}

        return called


@pytest.fixture(autouse=True)
def spy(monkeypatch: pytest.MonkeyPatch, config: Path) -> Spy:
    spy = Spy()
    monkeypatch.setattr(packages, "load", lambda _: spy)
    monkeypatch.setattr(posts, "load", lambda _: spy)
    return spy


def sql(statement: str, *values: object) -> None:
    with transaction() as connection, connection.cursor() as cursor:
        cursor.execute(statement, values)


def set_state(state: str) -> None:
    with transaction() as connection:
        ReportRepository(connection).set_state(KEY, state)


def sealed_then(change: Callable[[], object]) -> Callable[[], None]:
    def make() -> None:
        a_sealed_report()
        leave_failed()
        change()

    return make


def drafted(state: str) -> Callable[[], None]:
    def make() -> None:
        a_draft()
        set_state(state)

    return make


def leave_failed() -> None:
    """A mail that was refused once: what `deliveries again` is for."""
    with transaction() as connection:
        ledger = DeliveryRepository(connection)
        digest = ReportRepository(connection).load(KEY).sha256
        entry = ledger.plan(KEY, channel="gmail", recipients="uwe@acme.example", digest=digest)
        ledger.record(entry.key, DeliveryState.FAILED, error="403")


EDIT_PDF = "update report set pdf = %s"
STATES: dict[str, Callable[[], None]] = {
    "a draft": drafted("draft"),
    "in review": drafted("in_review"),
    "rejected": drafted("rejected"),
    "said to be approved": drafted("approved"),
    "said to be delivered": drafted("delivered"),
    "rejected after an approval": sealed_then(lambda: set_state("rejected")),
    "its pdf edited": sealed_then(lambda: sql(EDIT_PDF, b"%PDF other")),
    "its pdf edited after it was sent": sealed_then(
        lambda: (sql(EDIT_PDF, b"%PDF other"), set_state("delivered"))
    ),
    "its pdf and digest edited": sealed_then(
        lambda: sql("update report set pdf = 'x', sha256 = encode(sha256('x'), 'hex')")
    ),
    "its numbers edited": sealed_then(
        lambda: sql("update report set model = jsonb_set(model, '{customer_name}', '\"Other\"')")
    ),
    "superseded by a draft": sealed_then(lambda: a_draft(b"%PDF 2")),
    "superseded by an approved one": sealed_then(lambda: a_sealed_report(b"%PDF 2")),
}


def deliver_by_ledger() -> object:
    return drive(KEY, "gmail", packages.mail_package)


def file_by_ledger() -> object:
    """As the archive does once the report is with the customer."""
    return drive(KEY, "drive", packages.archive_package, even_superseded=True)


PATHS: dict[str, Callable[[], object]] = {
    "email": lambda: deliver.email(report=REF),
    "teams": lambda: deliver.teams(report=REF),
    "archive": lambda: deliver.archive(report=REF),
    "the ledger": deliver_by_ledger,
    "the ledger, archive": file_by_ledger,
    "test-send": lambda: send_test("acme", WEEK, to=TO, revision=1),
}
ARCHIVED_ALL_THE_SAME = {"superseded by a draft", "superseded by an approved one"}
"""What was sent is filed, even if a correction has been begun since; the step first sees that it was sent."""


def refused() -> Any:
    from airflow.sdk.exceptions import AirflowSkipException

    return pytest.raises((NotApprovedError, AirflowSkipException))


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("state", STATES)
def test_it_leaves_by_no_path(state: str, path: str, spy: Spy) -> None:
    if state in ARCHIVED_ALL_THE_SAME and path == "the ledger, archive":
        path = "archive"
    STATES[state]()
    with refused():
        PATHS[path]()
    assert spy.calls == []


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("state", [state for state in STATES if state.startswith(("its ", "rejected after"))])
def test_nor_after_a_person_has_said_again(state: str, path: str, spy: Spy) -> None:
    STATES[state]()
    with transaction() as connection:
        (entry,) = DeliveryRepository(connection).of_report(KEY)
    decide(entry.key, Decision.AGAIN, by="Jana")
    with refused():
        PATHS[path]()
    assert spy.calls == []


@pytest.mark.parametrize("state", ["a draft", "in review", "rejected", "said to be approved"])
def test_the_ledger_itself_takes_no_line_without_an_approval(state: str) -> None:
    STATES[state]()
    with pytest.raises(psycopg2.errors.ForeignKeyViolation):
        leave_failed()


@pytest.mark.parametrize("kind", ["markdown", "json"])
def test_a_file_edited_after_the_approval_is_not_archived_nor_what_comes_with_it(kind: str, spy: Spy) -> None:
    a_sealed_report()
    set_state("delivered")
    sql("update sealed_file set content = 'other' where kind = %s", kind)
    with pytest.raises(NotApprovedError, match=kind):
        PATHS["archive"]()
    assert spy.calls == []


@pytest.mark.parametrize("path", ["email", "teams", "the ledger", "test-send"])
def test_what_is_approved_does_reach_the_channel(path: str, spy: Spy) -> None:
    """Else the tests above would prove nothing."""
    a_sealed_report()
    with pytest.raises(AttributeError) if path != "test-send" else nullcontext():  # it gives no receipt
        PATHS[path]()
    assert "send" in spy.calls
