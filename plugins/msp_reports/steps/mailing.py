"""The mail of one report: to all its recipients at once, and where one of them is refused, to each alone."""

from __future__ import annotations

import logging
from functools import partial

from msp_reports.customer_files import read_customer
from msp_reports.domain.errors import DeliveryError, DeliveryOutcomeUnknownError, RecipientRefusedError
from msp_reports.steps.ledger import IN_DOUBT, deliver
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
from msp_reports.store.ledger import Delivery, DeliveryState
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
        if _has_it(key, channel, recipient.email):
            continue
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
    """Tell whether others than just these were written to: all of them then never get one mail any more."""
    return any(line.recipients != _whole_set(key) for line in _begun(key, channel))


def _has_it(key: ReportKey, channel: str, address: str) -> bool:
    """Tell whether an earlier mail, to whatever set of recipients, reached this one.

    Raises:
        DeliveryOutcomeUnknownError: it may have.
    """
    for line in _begun(key, channel):
        if "," not in line.recipients or address.lower() not in line.recipients.split(","):
            continue
        if line.state is DeliveryState.SENT:
            return True
        if line.state in IN_DOUBT:
            raise DeliveryOutcomeUnknownError(
                f"{channel}: whether {address} has the mail to {line.recipients} cannot be told: look there, "
                f"then say `python -m msp_reports deliveries {line.key} arrived` or `... again`"
            )
    return False


def _begun(key: ReportKey, channel: str) -> list[Delivery]:
    with transaction() as connection:
        lines = DeliveryRepository(connection).of_report(key)
    return [line for line in lines if line.channel == channel]


def _whole_set(key: ReportKey) -> str:
    return ",".join(sorted(one.email.lower() for one in read_customer(key.customer).recipients))


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
