"""What each channel is given: the approved report turned into a mail, a card or a file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from msp_reports.customer_files import read_customer
from msp_reports.delivery.contract import (
    Address,
    CardPackage,
    ChannelFilePackage,
    FilePackage,
    MailPackage,
    PinPackage,
)
from msp_reports.domain.customer import Recipient
from msp_reports.sources.catalog import load
from msp_reports.steps.model_json import load_model
from msp_reports.steps.shelves import shelf_of, week_folders
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
    "teams_file": "msp_reports.delivery.channel_files:ChannelFiles",
    "drive": "msp_reports.delivery.drive:DriveArchive",
    "sharepoint": "msp_reports.delivery.sharepoint:SharePointArchive",
}
"""Who delivers, by the channel's name in the ledger."""
_SEALED = {FileKind.MARKDOWN: ("md", "text/markdown"), FileKind.JSON: ("json", "application/json")}
"""Suffix and media type (RFC 7763, RFC 8259)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbound:
    """A package, the channel that takes it, and who gets it."""

    channel: Channel[Any]
    package: MailPackage | CardPackage | PinPackage | ChannelFilePackage | FilePackage
    recipients: str
    """Canonical text of the recipient set: part of the delivery's identity."""


def mail_channel(code: str) -> str:
    """Return by which mail system the customer is written to."""
    return "outlook" if read_customer(code).delivery.outlook else "gmail"


def archive_channel(code: str) -> str:
    """Return in which archive the customer's reports are filed."""
    shelf = shelf_of(read_customer(code))
    return shelf.channel if shelf else "drive"


def recipient_set(addresses: Iterable[str]) -> str:
    """Return the canonical text of who gets one mail."""
    return ",".join(sorted(address.lower() for address in addresses))


def mail_package(
    report: StoredReport, *, only: str | None = None, link: str | None = None
) -> Outbound | None:
    """One mail: to the customer's CTO, in copy to the account owner. None: no mail for this customer.

    Args:
        only: the one recipient who is written to, as in the ledger; all of them without it.
        link: where the PDF stands, in place of the attachment.
    """
    from msp_reports.rendering.mail import render_mail

    customer = read_customer(report.customer)
    name, route = mail_channel(customer.code), customer.delivery.mail
    if route is None:
        return None
    chosen = [one for one in customer.recipients if only in {None, one.email.lower()}]
    recipients = recipient_set(one.email for one in chosen)
    words = render_mail(load_model(report.model), link=link)
    first = tuple(one for one in chosen if one.role == "cto") or tuple(chosen)
    package = MailPackage(
        key=delivery_key_of(report, name, recipients),
        sender=Address(name=route.sender_name, email=route.sender),
        reply_to=Address(name=customer.engineer.name, email=customer.engineer.email),
        to=_addresses(first),
        cc=_addresses(one for one in chosen if one not in first),
        subject=words.subject,
        text=words.text,
        html=words.html,
        attachment_name=file_name(report),
        attachment=report.pdf if link is None else None,
    )
    channel = load(CHANNELS[name])(route.connection)
    return Outbound(channel=channel, package=package, recipients=recipients)


def channel_file_package(report: StoredReport) -> Outbound | None:
    """The PDF for the files of the customer's Teams channel. None: no connection may write there."""
    route = read_customer(report.customer).delivery.teams
    if route is None or route.graph is None or route.team_id is None:
        return None
    package = ChannelFilePackage(
        key=delivery_key_of(report, "teams_file", route.channel_id),
        team_id=route.team_id,
        channel_id=route.channel_id,
        name=file_name(report),
        mime_type="application/pdf",
        content=report.pdf,
        sha256=report.sha256,
    )
    channel = load(CHANNELS["teams_file"])(route.graph)
    return Outbound(channel=channel, package=package, recipients=route.channel_id)


def archive_package(report: StoredReport) -> Outbound | None:
    """The PDF under <customer>/<year>/Q<n>/<week>/. None: no archive."""
    return _filed(
        report, name=file_name(report), mime_type="application/pdf", content=report.pdf, digest=report.sha256
    )


def sealed_file_package(report: StoredReport, *, file: SealedFile) -> Outbound | None:
    """One of the files that were sealed with the PDF, beside it. None: no archive."""
    suffix, mime_type = _SEALED[file.kind]
    return _filed(
        report,
        suffix=f"_{file.kind}",
        name=file_name(report, suffix),
        mime_type=mime_type,
        content=file.content,
        digest=file.sha256,
    )


def _filed(
    report: StoredReport, *, suffix: str = "", name: str, mime_type: str, content: bytes, digest: str
) -> Outbound | None:
    customer = read_customer(report.customer)
    shelf = shelf_of(customer)
    if shelf is None:
        return None
    package = FilePackage(
        key=delivery_key_of(report, f"{shelf.channel}{suffix}", shelf.place),
        drive_id=shelf.drive_id,
        folder_id=shelf.folder_id,
        path=(*shelf.path, *week_folders(customer, report.week)),
        name=name,
        mime_type=mime_type,
        content=content,
        sha256=digest,
    )
    archive = load(CHANNELS[shelf.channel])(shelf.connection)
    return Outbound(channel=archive, package=package, recipients=shelf.place)


def file_name(report: StoredReport, suffix: str = "pdf") -> str:
    """``acme-2026-W47.pdf``; a correction says which revision it is."""
    revision = f"-r{report.revision}" if report.revision > 1 else ""
    return f"{report.customer}-{report.week}{revision}.{suffix}"


def _addresses(recipients: Iterable[Recipient]) -> tuple[Address, ...]:
    return tuple(Address(name=one.name, email=one.email) for one in recipients)


def delivery_key_of(report: StoredReport, channel: str, recipients: str) -> str:
    """Return the key by which a delivery of this report is known, here and at the vendor."""
    return delivery_key(report.key, channel=channel, recipients=recipients, digest=report.sha256)
