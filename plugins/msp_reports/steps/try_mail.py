"""``python -m msp_reports test-send``: an approved report to one address, as a test, past the ledger."""

from __future__ import annotations

from dataclasses import dataclass, replace
from secrets import token_hex
from typing import TYPE_CHECKING

from msp_reports.customer_files import read_customer
from msp_reports.delivery.contract import Address, MailPackage
from msp_reports.domain.errors import ConfigurationError, NotApprovedError
from msp_reports.mail_addresses import mail_address
from msp_reports.steps.model_json import load_model
from msp_reports.steps.packages import mail_channel, mail_package
from msp_reports.store.database import transaction
from msp_reports.store.ledger import KEY_LENGTH
from msp_reports.store.reports import ReportKey, ReportRepository

if TYPE_CHECKING:
    from msp_reports.delivery.contract import RemoteIds
    from msp_reports.store.reports import StoredReport


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What was sent, in words."""

    text: str
    is_well: bool = True


def send_test(code: str, week: str, *, to: str, revision: int | None = None) -> Sent:
    """Mail the approved bytes through the customer's mail channel to one address alone.

    Args:
        week: ISO label, such as ``2026-W47``.
        revision: the latest without it.

    Raises:
        CustomerFileError: no file defines the code, or it is wrong.
        ConfigurationError: `to` is no address, or the customer gets no mail.
        NotApprovedError: there is no such report, it is not approved, or a later one replaces it.
        DeliveryError: the channel refused it, or may have sent it: look into the mailbox.
    """
    try:
        address = mail_address(to)
    except ValueError as wrong:
        raise ConfigurationError(f"--to {to}: {wrong}") from None
    read_customer(code)
    report = _approved(code, week, revision)
    outbound = mail_package(report)
    if outbound is None or not isinstance(outbound.package, MailPackage):
        raise ConfigurationError(f"{code} has no mail channel: neither gmail nor outlook in its file")
    package = _marked(report, outbound.package, address)
    known = outbound.channel.prepare(package, {}, _forget)
    outbound.channel.send(package, known, _forget)
    return Sent(
        text=f"{code} {week} revision {report.revision} was mailed to {address} by {mail_channel(code)}, "
        f"marked as a test: {package.attachment_name}, sha256 {report.sha256}. The ledger was not touched."
    )


def _approved(code: str, week: str, revision: int | None) -> StoredReport:
    with transaction() as connection:
        reports = ReportRepository(connection)
        if revision is None:
            latest = reports.latest(code, week)
            revision = latest.revision if latest else 1
        try:
            report, _ = reports.approved(ReportKey(customer=code, week=week, revision=revision))
        except LookupError as absent:
            raise NotApprovedError(str(absent)) from None
    return report


def _marked(report: StoredReport, package: MailPackage, address: str) -> MailPackage:
    """The same mail to one address; under a key of its own, so that no look-up takes it for the delivery."""
    from msp_reports.rendering.mail import render_mail

    words = render_mail(load_model(report.model), is_test=True)
    return replace(
        package,
        key=f"test{token_hex(KEY_LENGTH)}"[:KEY_LENGTH],
        to=(Address(name="", email=address),),
        cc=(),
        subject=words.subject,
        text=words.text,
        html=words.html,
    )


def _forget(_: RemoteIds) -> None:
    """A test leaves nothing in the ledger."""
