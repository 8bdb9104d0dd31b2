"""One mail for all; a refused address leaves the others theirs; too large a PDF is linked to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from msp_reports.delivery.contract import FilePackage, MailPackage, Receipt
from msp_reports.domain.errors import DeliveryError, DeliveryOutcomeUnknownError, RecipientRefusedError
from msp_reports.rendering.pdf import render_pdf
from msp_reports.steps import mailing, packages
from msp_reports.steps.deliver import email
from msp_reports.steps.model_json import dump_model
from msp_reports.steps.run import ReportRef
from msp_reports.store.database import transaction
from msp_reports.store.deliveries import DeliveryRepository
from msp_reports.store.reports import Approval, ReportKey, ReportRepository
from tests.unit.rendering import models

pytestmark = [pytest.mark.airflow, pytest.mark.db, pytest.mark.usefixtures("database")]

REF = ReportRef(code="acme", week="2026-W47", revision=1)
KEY = ReportKey(customer="acme", week="2026-W47", revision=1)
MODEL = models.bad()
DRAWN = render_pdf(MODEL)
CTO, OWNER = "uwe@acme.example", "mia@northwind.example"


@dataclass
class Mailbox:
    """A mail system that refuses a whole mail because of one address, as both do."""

    refuses: set[str] = field(default_factory=set)
    breaks_at: str | None = None
    """The answer about a mail to this address is lost, and nothing can be looked up."""
    mails: list[MailPackage] = field(default_factory=list)
    files: list[FilePackage] = field(default_factory=list)

    def __call__(self, path: str) -> Any:
        return lambda conn_id, **_: self

    def prepare(self, package: Any, known: Mapping[str, str], record: Any) -> Mapping[str, str]:
        return known

    def send(self, package: MailPackage | FilePackage, known: Any, record: Any) -> Receipt:
        if isinstance(package, FilePackage):
            self.files.append(package)
            return Receipt(link="https://files.example/acme.pdf")
        addresses = {one.email for one in (*package.to, *package.cc)}
        if bad := addresses & self.refuses:
            raise RecipientRefusedError(f"400: {', '.join(sorted(bad))}")
        self.mails.append(package)
        if self.breaks_at in addresses and len(addresses) == 1:
            raise DeliveryOutcomeUnknownError("504")
        return Receipt()

    def look_up(self, package: Any, known: Mapping[str, str]) -> None:
        return None

    @property
    def got(self) -> list[list[str]]:
        return [[one.email for one in (*mail.to, *mail.cc)] for mail in self.mails]


@pytest.fixture
def mailbox(config: Path, monkeypatch: pytest.MonkeyPatch) -> Mailbox:
    mailbox = Mailbox()
    monkeypatch.setattr(packages, "load", mailbox)
    return mailbox


@pytest.fixture(autouse=True)
def report(database: str) -> None:
    draft: Any = {"model": dump_model(MODEL), "markdown": DRAWN.markdown, "pdf": DRAWN.pdf}
    approval = Approval(
        sha256=DRAWN.sha256,
        draft_sha256=DRAWN.sha256,
        approved_by="Jana",
        approved_at=datetime(2026, 11, 23, tzinfo=UTC),
        how="answered",
        edits="",
    )
    with transaction() as connection:
        reports = ReportRepository(connection)
        reports.save_draft(customer="acme", week="2026-W47", run_id="r", **draft)
        reports.seal(KEY, approval=approval, **draft)


def ledger() -> dict[str, str]:
    with transaction() as connection:
        return {one.recipients: one.state.value for one in DeliveryRepository(connection).of_report(KEY)}


def state() -> str:
    with transaction() as connection:
        return ReportRepository(connection).load(KEY).state


def test_one_mail_names_both(mailbox: Mailbox) -> None:
    email(report=REF)
    assert mailbox.got == [[CTO, OWNER]]
    assert mailbox.mails[0].attachment == DRAWN.pdf


def test_a_refused_address_is_named_and_the_other_has_the_mail(mailbox: Mailbox) -> None:
    mailbox.refuses = {CTO}
    with pytest.raises(DeliveryError, match=f"{CTO} is refused") as told:
        email(report=REF)
    assert "clear the task" in str(told.value)
    assert mailbox.got == [[OWNER]]
    assert ledger() == {CTO: "failed", OWNER: "sent"}
    assert state() == "delivered"


def test_once_the_address_is_mended_nobody_gets_it_twice(mailbox: Mailbox) -> None:
    mailbox.refuses = {CTO}
    with pytest.raises(DeliveryError):
        email(report=REF)
    mailbox.refuses = set()
    email(report=REF)
    assert mailbox.got == [[OWNER], [CTO]]
    assert ledger() == {CTO: "sent", OWNER: "sent"}


def test_broken_off_among_the_single_mails_none_is_sent_twice(mailbox: Mailbox) -> None:
    mailbox.refuses, mailbox.breaks_at = {CTO}, OWNER
    with pytest.raises(DeliveryOutcomeUnknownError):
        email(report=REF)
    mailbox.breaks_at = None
    with pytest.raises(DeliveryOutcomeUnknownError):
        email(report=REF)
    assert mailbox.got == [[OWNER]]
    assert ledger()[OWNER] == "unknown"


def test_the_only_recipient_refused_is_a_plain_failure(mailbox: Mailbox, config: Path) -> None:
    path = config / "customers" / "acme.yaml"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if "account_owner" not in line), encoding="utf-8")
    mailbox.refuses = {CTO}
    with pytest.raises(RecipientRefusedError):
        email(report=REF)
    assert ledger() == {CTO: "failed"}


def test_a_pdf_too_large_for_a_mail_is_linked_to(mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailing, "LARGEST_ATTACHMENT", {"gmail": 10})
    email(report=REF)
    (mail,), (file,) = mailbox.mails, mailbox.files
    assert file.content == DRAWN.pdf
    assert mail.attachment is None
    assert "https://files.example/acme.pdf" in mail.text
    assert 'href="https://files.example/acme.pdf"' in mail.html


def test_a_pdf_too_large_with_no_place_to_link_to_is_said(
    mailbox: Mailbox, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = config / "customers" / "acme.yaml"
    text = path.read_text(encoding="utf-8").partition("delivery:")[0]
    path.write_text(f"{text}delivery:\n  gmail: {{}}\n", encoding="utf-8")
    monkeypatch.setattr(mailing, "LARGEST_ATTACHMENT", {"gmail": 10})
    with pytest.raises(DeliveryError, match="too large for a mail"):
        email(report=REF)
    assert mailbox.mails == []


def add_recipient(config: Path) -> str:
    path = config / "customers" / "acme.yaml"
    text, new = path.read_text(encoding="utf-8"), "ida@acme.example"
    more = f"recipients:\n  - {{role: cto, name: Ida, email: {new}}}"
    path.write_text(text.replace("recipients:", more), encoding="utf-8")
    return new


def test_who_is_added_after_the_mail_went_out_gets_it_alone(mailbox: Mailbox, config: Path) -> None:
    email(report=REF)
    new = add_recipient(config)
    email(report=REF)
    assert mailbox.got == [[CTO, OWNER], [new]]


def test_who_may_have_the_mail_already_is_not_written_to_again(mailbox: Mailbox, config: Path) -> None:
    email(report=REF)
    with transaction() as connection, connection.cursor() as cursor:
        cursor.execute("update delivery set state = 'unknown'")
    add_recipient(config)
    with pytest.raises(DeliveryOutcomeUnknownError):
        email(report=REF)
    assert CTO not in [one for got in mailbox.got[1:] for one in got]
