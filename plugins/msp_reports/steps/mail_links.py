"""Where a PDF that is too large for a mail is put, so that the mail can link to it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from functools import partial

from msp_reports.customer_files import read_customer
from msp_reports.delivery.mail_size import largest_attachment
from msp_reports.domain.errors import (
    ConfigurationError,
    DatabaseUnusableError,
    DeliveryError,
    DeliveryThrottledError,
)
from msp_reports.steps.filing import file_report
from msp_reports.steps.ledger import deliver
from msp_reports.steps.packages import channel_file_package
from msp_reports.steps.shelves import shelf_of
from msp_reports.store.reports import ReportKey, StoredReport

log = logging.getLogger(__name__)


def link_instead(report: StoredReport, channel: str) -> str | None:
    """Put a PDF that the mail system would not take where the customer can get it. None: it is attached.

    Where no place takes it, it is attached all the same: the channel refuses that, and the ledger tells.

    Raises:
        DeliveryThrottledError: a place may take it later.
    """
    has_mail = read_customer(report.customer).delivery.mail is not None
    if not has_mail or len(report.pdf) <= largest_attachment(channel):
        return None
    later: DeliveryThrottledError | None = None
    for put in _places(report.key):
        try:
            link = put()["link"]
        except DatabaseUnusableError:
            raise
        except DeliveryThrottledError as trouble:
            later = later or trouble
        except (ConfigurationError, DeliveryError):
            log.exception("the PDF cannot be linked to there")
        else:
            if link.startswith(("https://", "http://")):
                return link
    if later is not None:
        raise later
    return None


def _places(key: ReportKey) -> Iterator[Callable[[], dict[str, str]]]:
    customer = read_customer(key.customer)
    if customer.delivery.teams is not None and customer.delivery.teams.graph is not None:
        yield partial(deliver, key, "teams_file", channel_file_package)
    if shelf_of(customer) is not None:
        yield partial(file_report, key)
