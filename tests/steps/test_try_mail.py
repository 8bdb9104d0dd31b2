"""``python -m msp_reports test-send``: approved bytes to one address, and no line in the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from email import message_from_bytes
from pathlib import Path
from typing import Any, Self

import pytest

from msp_reports.__main__ import main
from msp_reports.delivery.contract import MailPackage, Receipt
from msp_reports.delivery.gmail import KEY_HEADER, mime
from msp_reports.domain.errors import ConfigurationError, CustomerFileError, DeliveryError
from msp_reports.steps import packages
from msp_reports.steps.try_mail import send_test
from msp_reports.store.database import transaction
from msp_reports.store.reports import ReportRepository
from tests.steps.sealed import KEY, PDF, WEEK, a_sealed_report, ledger_lines
from tests.steps.test_deliveries import as_it_was  # noqa: F401 - a fixture

pytestmark = [pytest.mark.airflow, pytest.mark.db, pytest.mark.usefixtures("database", "as_it_was")]

TO = "tester@northwind.example"


@dataclass
class Mailbox:
    """A mail channel that keeps what it sends."""

    asked_for: list[str] = field(default_factory=list)
    sent: list[MailPackage] = field(default_factory=list)
    trouble: Exception | None = None

    def __call__(self, conn_id: str) -> Self:
        return self

    def prepare(self, package: MailPackage, known: Mapping[str, str], record: Any) -> Mapping[str, str]:
        record({"draft_id": "d-1"})
        return {"draft_id": "d-1"}

    def send(self, package: MailPackage, known: Mapping[str, str], record: Any) -> Receipt:
        assert known == {"draft_id": "d-1"}
        if self.trouble is not None:
            raise self.trouble
        self.sent.append(package)
        return Receipt()

    def load(self, path: str) -> Self:
        self.asked_for.append(path)
        return self


@pytest.fixture(autouse=True)
def mailbox(monkeypatch: pytest.MonkeyPatch, config: Path) -> Mailbox:
    mailbox = Mailbox()
    monkeypatch.setattr(packages, "load", mailbox.load)
    return mailbox


def test_the_approved_bytes_go_to_that_address_alone_marked_as_a_test(
    mailbox: Mailbox, capsys: pytest.CaptureFixture[str]
) -> None:
    a_sealed_report()
    assert main(["test-send", "acme", WEEK, "--to", TO]) == 0
    (mail,) = mailbox.sent
    assert ([address.email for address in mail.to], mail.cc) == ([TO], ())
    assert mail.attachment == PDF
    assert mail.subject == f"Test: ACME: weekly report {WEEK}"
    for text in (mail.text, mail.html):
        assert "This mail is a test and no delivery of the report." in text
    told = message_from_bytes(mime(mail))
    assert (told["To"], told["Cc"]) == (TO, None)
    said = capsys.readouterr().out
    assert f"mailed to {TO} by gmail" in said
    assert "The ledger was not touched." in said


def test_neither_ledger_nor_report_knows_of_it() -> None:
    a_sealed_report()
    send_test("acme", WEEK, to=TO)
    assert ledger_lines() == 0
    with transaction() as connection:
        assert ReportRepository(connection).load(KEY).state == "approved"


def test_no_look_up_takes_it_for_the_delivery_or_for_an_earlier_test(mailbox: Mailbox) -> None:
    a_sealed_report()
    send_test("acme", WEEK, to=TO)
    send_test("acme", WEEK, to=TO)
    with transaction() as connection:
        real = packages.mail_package(ReportRepository(connection).load(KEY))
    assert real is not None
    assert isinstance(real.package, MailPackage)
    keys = {message_from_bytes(mime(mail))[KEY_HEADER] for mail in (*mailbox.sent, real.package)}
    assert len(keys) == 3


def test_an_older_revision_can_be_named_while_nothing_stands_in_its_place(mailbox: Mailbox) -> None:
    a_sealed_report()
    a_sealed_report(pdf=b"%PDF 2")
    with transaction() as connection:
        latest = ReportRepository(connection).latest("acme", WEEK)
        assert latest is not None
        ReportRepository(connection).set_state(latest.key, "rejected")
    send_test("acme", WEEK, to=TO, revision=1)
    assert [mail.attachment for mail in mailbox.sent] == [PDF]


def test_the_customers_own_mail_system_sends_it(mailbox: Mailbox) -> None:
    a_sealed_report()
    send_test("acme", WEEK, to=TO)
    assert mailbox.asked_for == [packages.CHANNELS["gmail"]]


@pytest.mark.parametrize(
    "to",
    ["", "nobody", "a@b@c", "a@x.example\nBcc: b@x.example", "A <a@x.example>", "a@x.example,b@x.example"],
)
def test_what_is_no_single_address_is_refused_before_anything_is_made(to: str, mailbox: Mailbox) -> None:
    a_sealed_report()
    with pytest.raises(ConfigurationError, match="--to"):
        send_test("acme", WEEK, to=to)
    assert mailbox.sent == []
    assert main(["test-send", "acme", WEEK, "--to", to]) == 2


def test_an_internationalised_domain_goes_out_in_its_ascii_form(mailbox: Mailbox) -> None:
    a_sealed_report()
    send_test("acme", WEEK, to="tester@bücher.example")
    assert mailbox.sent[0].to[0].email == "tester@xn--bcher-kva.example"


def test_an_unknown_customer_and_one_without_mail_are_named(config: Path) -> None:
    a_sealed_report()
    with pytest.raises(CustomerFileError, match="acne"):
        send_test("acne", WEEK, to=TO)
    file = config / "customers" / "acme.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("  gmail: {}\n", ""), encoding="utf-8")
    with pytest.raises(ConfigurationError, match="no mail channel"):
        send_test("acme", WEEK, to=TO)


def test_a_refusal_of_the_channel_is_told(mailbox: Mailbox, capsys: pytest.CaptureFixture[str]) -> None:
    a_sealed_report()
    mailbox.trouble = DeliveryError("Gmail: 403")
    assert main(["test-send", "acme", WEEK, "--to", TO]) == 1
    assert "Gmail: 403" in capsys.readouterr().err


def test_a_week_without_a_report_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["test-send", "acme", "2026-W01", "--to", TO]) == 1
    assert "no report acme 2026-W01" in capsys.readouterr().err
