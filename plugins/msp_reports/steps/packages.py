"""What each channel is given: the approved report turned into a mail, a card or a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from msp_reports.customer_files import read_customer
from msp_reports.delivery.contract import Address, CardPackage, FilePackage, MailPackage, PinPackage
from msp_reports.domain.customer import Customer
from msp_reports.domain.week import ReportingWeek
from msp_reports.sources.catalog import load
from msp_reports.steps.model_json import load_model
from msp_reports.store.deliveries import delivery_key
from msp_reports.store.sealed_files import FileKind

if TYPE_CHECKING:
    from msp_reports.delivery.channels import Channel
    from msp_reports.store.reports import StoredReport
    from msp_reports.store.sealed_files import SealedFile

CHANNELS = {
    "gmail": "msp_reports.delivery.gmail:GmailChannel",
    "outlook": "msp_reports.delivery.outlook:OutlookChannel",
    "teams": "msp_reports.delivery.teams:TeamsChannel",
    "teams_standing": "msp_reports.delivery.teams:StandingPost",
    "teams_chat": "msp_reports.delivery.teams:TeamsChat",
    "teams_pin": "msp_reports.delivery.chat_pin:ChatPin",
    "webhook": "msp_reports.delivery.workflows:WorkflowsWebhook",
    "drive": "msp_reports.delivery.drive:DriveArchive",
}
"""Who delivers, by the channel's name in the ledger."""
_MONTHS_PER_QUARTER = 3
_SEALED = {FileKind.MARKDOWN: ("md", "text/markdown"), FileKind.JSON: ("json", "application/json")}
"""Suffix and media type (RFC 7763, RFC 8259)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbound:
    """A package, the channel that takes it, and who gets it."""

    channel: Channel[Any]
    package: MailPackage | CardPackage | PinPackage | FilePackage
    recipients: str
    """Canonical text of the recipient set: part of the delivery's identity."""


def mail_channel(code: str) -> str:
    """Return by which mail system the customer is written to."""
    return "outlook" if read_customer(code).delivery.outlook else "gmail"


def archive_channel(code: str) -> str:
    """Return in which archive the customer's reports are filed."""
    return "sharepoint" if read_customer(code).delivery.sharepoint else "drive"


def mail_package(report: StoredReport) -> Outbound | None:
    """One mail: to the customer's CTO, in copy to the account owner. None: no mail for this customer."""
    from msp_reports.rendering.mail import render_mail

    customer = read_customer(report.customer)
    name, route = mail_channel(customer.code), customer.delivery.mail
    if route is None:
        return None
    recipients = ",".join(sorted(recipient.email.lower() for recipient in customer.recipients))
    words = render_mail(load_model(report.model))
    package = MailPackage(
        key=delivery_key_of(report, name, recipients),
        sender=Address(name=route.sender_name, email=route.sender),
        reply_to=Address(name=customer.engineer.name, email=customer.engineer.email),
        to=_addresses(customer, "cto"),
        cc=_addresses(customer, "account_owner"),
        subject=words.subject,
        text=words.text,
        html=words.html,
        attachment_name=file_name(report),
        attachment=report.pdf,
    )
    channel = load(CHANNELS[name])(route.connection)
    return Outbound(channel=channel, package=package, recipients=recipients)


def archive_package(report: StoredReport) -> Outbound | None:
    """The PDF under <customer>/<year>/Q<n>/<week>/. None: no archive."""
    return _filed(
        report,
        channel="drive",
        name=file_name(report),
        mime_type="application/pdf",
        content=report.pdf,
        digest=report.sha256,
    )


def sealed_file_package(report: StoredReport, *, file: SealedFile) -> Outbound | None:
    """One of the files that were sealed with the PDF, beside it. None: no archive."""
    suffix, mime_type = _SEALED[file.kind]
    return _filed(
        report,
        channel=f"drive_{file.kind}",
        name=file_name(report, suffix),
        mime_type=mime_type,
        content=file.content,
        digest=file.sha256,
    )


def _filed(
    report: StoredReport, *, channel: str, name: str, mime_type: str, content: bytes, digest: str
) -> Outbound | None:
    customer = read_customer(report.customer)
    route = customer.delivery.drive
    if route is None:
        return None
    package = FilePackage(
        key=delivery_key_of(report, channel, route.folder_id),
        drive_id=route.drive_id,
        folder_id=route.folder_id,
        path=archive_path(customer, report.week),
        name=name,
        mime_type=mime_type,
        content=content,
        sha256=digest,
    )
    archive = load("msp_reports.delivery.drive:DriveArchive")(route.connection)
    return Outbound(channel=archive, package=package, recipients=route.folder_id)


def archive_path(customer: Customer, label: str) -> tuple[str, ...]:
    """Return the folders of a week; a week belongs to the quarter of its Thursday, as in ISO 8601."""
    week = ReportingWeek.parse(label, customer.zone)
    thursday = week.days[3]
    quarter = (thursday.month - 1) // _MONTHS_PER_QUARTER + 1
    return (customer.name, str(thursday.year), f"Q{quarter}", label)


def file_name(report: StoredReport, suffix: str = "pdf") -> str:
    """``acme-2026-W47.pdf``; a correction says which revision it is."""
    revision = f"-r{report.revision}" if report.revision > 1 else ""
    return f"{report.customer}-{report.week}{revision}.{suffix}"


def _addresses(customer: Customer, role: str) -> tuple[Address, ...]:
    return tuple(Address(name=r.name, email=r.email) for r in customer.recipients if r.role == role)


def delivery_key_of(report: StoredReport, channel: str, recipients: str) -> str:
    """Return the key by which a delivery of this report is known, here and at the vendor."""
    return delivery_key(report.key, channel=channel, recipients=recipients, digest=report.sha256)
