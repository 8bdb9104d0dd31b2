"""How large a mail may be, and what that leaves for its attachment.

https://support.google.com/mail/answer/6584 (25 MB) and
https://learn.microsoft.com/office365/servicedescriptions/exchange-online-service-description/exchange-online-limits
(35 MB to send, unless the mailbox is set otherwise). Both count what is sent: an attachment grows by base64.
"""

from __future__ import annotations

from msp_reports.delivery.contract import MailPackage
from msp_reports.domain.errors import DeliveryError

LARGEST_MAIL = {"gmail": 25_000_000, "outlook": 35_000_000}
"""Bytes of a mail, by the channel's name in the ledger."""
_TEXT = 200_000
"""Bytes left for headers, text and HTML."""
_RAW, _ENCODED = 57, 78
"""Bytes in a line of base64, and the line with its end (RFC 2045 6.8)."""


def largest_attachment(channel: str) -> int:
    """Return how many bytes an attachment may have."""
    return (LARGEST_MAIL[channel] - _TEXT) * _RAW // _ENCODED


def see_that_it_fits(package: MailPackage, channel: str) -> None:
    """Refuse a mail before it is made that would be refused after.

    Raises:
        DeliveryError: its attachment is too large.
    """
    size, most = len(package.attachment or b""), largest_attachment(channel)
    if size > most:
        raise DeliveryError(
            f"{channel.capitalize()}: the PDF is too large for a mail ({size:,} bytes, at most {most:,}) and "
            "there is nothing to link to. Enter teams with graph and team_id, drive or sharepoint in the "
            "customer's file, or mend the one that failed; then clear the task"
        )
