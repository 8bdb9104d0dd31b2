"""The mail of one report: to all its recipients at once, and where one of them is refused, to each alone."""

from __future__ import annotations

import logging
from functools import partial

from msp_reports.customer_files import read_customer
from msp_reports.domain.errors import DeliveryError, RecipientRefusedError
from msp_reports.steps.ledger import deliver
from msp_reports.steps.packages import (
    LARGEST_ATTACHMENT,
    archive_channel,
    archive_package,
    channel_file_package,
    mail_channel,
    mail_package,
)
from msp_reports.steps.shelves import shelf_of
from msp_reports.store.database import transaction
from msp_reports.store.deliveries import DeliveryRepository
from msp_reports.store.reports import ReportKey, ReportRepository

log = logging.getLogger(__name__)


def mail_report(key: ReportKey) -> dict[str, str]:
    """Mail the report to the customer's recipients.

    Raises:
        DeliveryError: somebody does not get it; the message says who. The others have theirs.
    """
    channel, link = mail_channel(key.customer), _link_instead(key)
    if not _is_split(key, channel):
        try:
            outcome = deliver(key, channel, partial(mail_package, link=link))
        except RecipientRefusedError as refused:
            if len(read_customer(key.customer).recipients) == 1:
                raise
            log.warning("%s. Nobody has got the mail: each recipient is written to alone", refused)
        else:
            _reached(key)
            return outcome
    return _mail_each(key, channel, link)


def _mail_each(key: ReportKey, channel: str, link: str | None) -> dict[str, str]:
    """One mail for each recipient, each with a line of its own in the ledger."""
    outcome: dict[str, str] = {}
    refusals: dict[str, RecipientRefusedError] = {}
    for recipient in read_customer(key.customer).recipients:
        try:
            outcome = deliver(key, channel, partial(mail_package, only=recipient.email, link=link))
        except RecipientRefusedError as refused:
            refusals[recipient.email] = refused
        else:
            _reached(key)
    if refusals:
        told = "; ".join(f"{address} is refused ({refused})" for address, refused in refusals.items())
        raise DeliveryError(
            f"{told}. The other recipients have their mail. Correct the address in the customer's file, or "
            "remove it, then clear the task"
        )
    return outcome


def _is_split(key: ReportKey, channel: str) -> bool:
    """Tell whether recipients were written to alone: the whole set then never gets one mail any more."""
    addresses = {recipient.email.lower() for recipient in read_customer(key.customer).recipients}
    with transaction() as connection:
        lines = DeliveryRepository(connection).of_report(key)
    return len(addresses) > 1 and any(
        line.channel == channel and line.recipients in addresses for line in lines
    )


def _link_instead(key: ReportKey) -> str | None:
    """Put a PDF that is too large for a mail where it can be linked to. None: it goes as an attachment.

    Raises:
        DeliveryError: it is too large, and the customer has no place to link to.
    """
    with transaction() as connection:
        report, _ = ReportRepository(connection).approved(key)
    channel, customer = mail_channel(key.customer), read_customer(key.customer)
    if len(report.pdf) <= LARGEST_ATTACHMENT[channel]:
        return None
    if customer.delivery.teams is not None and customer.delivery.teams.graph is not None:
        return deliver(key, "teams_file", channel_file_package).get("link")
    if shelf_of(customer) is not None:
        return deliver(key, archive_channel(key.customer), archive_package).get("link")
    raise DeliveryError(
        f"{channel}: the PDF is too large for a mail ({len(report.pdf):,} bytes, at most "
        f"{LARGEST_ATTACHMENT[channel]:,}), and there are neither channel files nor an archive to link to"
    )


def _reached(key: ReportKey) -> None:
    with transaction() as connection:
        ReportRepository(connection).mark_delivered(key)
