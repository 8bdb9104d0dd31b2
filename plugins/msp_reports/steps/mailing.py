"""The mail of one report: one to all; where the provider refuses one address, to each alone; never to all
again.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from msp_reports.customer_files import read_customer
from msp_reports.domain.errors import (
    DeliveryError,
    DeliveryOutcomeUnknownError,
    DeliveryThrottledError,
    RecipientRefusedError,
)
from msp_reports.steps.ledger import IN_DOUBT, alone, deliver
from msp_reports.steps.mail_links import link_instead
from msp_reports.steps.packages import mail_channel, mail_package, recipient_set
from msp_reports.store.database import transaction
from msp_reports.store.deliveries import DeliveryRepository
from msp_reports.store.ledger import Delivery, DeliveryState
from msp_reports.store.reports import ReportKey, ReportRepository, StoredReport

log = logging.getLogger(__name__)

MAIL_CHANNELS = ("gmail", "outlook")
"""A customer may have been moved from one to the other."""


def mail_report(key: ReportKey) -> dict[str, str]:
    """Mail the report to the customer's recipients, or to those of them who do not have it yet.

    Raises:
        DeliveryError: somebody does not get it; the message says who. The others have theirs.
    """
    channel = mail_channel(key.customer)
    with transaction() as connection:
        report, _ = ReportRepository(connection).approved(key)
    if report.rehearsed:
        return deliver(key, channel, mail_package)
    everybody = tuple(one.email.lower() for one in read_customer(key.customer).recipients)
    link = link_instead(report, channel)
    mailing = _Mailing(report=report, channel=channel, everybody=everybody, link=link)
    # One worker at a time: who has it, or may have it, is known before anybody is written to.
    with alone(f"mail {key.customer} {key.week} {key.revision}"):
        if mailing.is_to_each():
            return mailing.to_each()
        try:
            return mailing.to_all()
        except RecipientRefusedError as refused:
            if len(everybody) == 1:
                raise
            log.warning("%s. Nobody has got the mail: each recipient is written to alone", refused)
            return mailing.to_each()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mailing:
    report: StoredReport
    channel: str
    everybody: tuple[str, ...]
    """Addresses, as they stand in the ledger."""
    link: str | None
    """Where the PDF stands. None: it is attached."""

    def is_to_each(self) -> bool:
        """Tell whether one of them has it, or may have it, by another mail than the one to all, or is to."""
        everybody = set(self.everybody)
        return any(
            _may_have_arrived(line) or len(_of(line)) == 1
            for line in self._lines()
            if (line.channel, _of(line)) != (self.channel, everybody) and _of(line) & everybody
        )

    def to_all(self) -> dict[str, str]:
        self._plan([recipient_set(self.everybody)])
        outcome = deliver(self.report.key, self.channel, partial(mail_package, link=self.link))
        self._reached()
        return outcome

    def to_each(self) -> dict[str, str]:
        """One mail for each who does not have it yet, whatever becomes of the others'."""
        lines, own = self._lines(), {(self.channel, address) for address in self.everybody}
        have = {address for line in lines if line.state is DeliveryState.SENT for address in _of(line)}
        may_have = {
            address: line
            for line in lines
            if line.state in IN_DOUBT and (line.channel, line.recipients) not in own
            for address in _of(line).intersection(self.everybody) - have
        }
        without = [address for address in self.everybody if address not in have | may_have.keys()]
        self._plan(without)
        troubles: list[DeliveryError] = [_doubt(address, line) for address, line in may_have.items()]
        for address in without:
            try:
                deliver(self.report.key, self.channel, partial(mail_package, only=address, link=self.link))
            except RecipientRefusedError as refused:
                troubles.append(_refusal(address, refused))
            except DeliveryError as trouble:
                troubles.append(trouble)
            else:
                have.add(address)
        if have:
            self._reached()
        if troubles:
            raise _first_to_be_told(troubles)
        return {"state": DeliveryState.SENT.value, "link": ""}

    def _lines(self) -> list[Delivery]:
        with transaction() as connection:
            lines = DeliveryRepository(connection).of_report(self.report.key)
        return [line for line in lines if line.channel in MAIL_CHANNELS]

    def _plan(self, recipients: Sequence[str]) -> None:
        """Enter all that are to be sent at once: killed among them, the ledger tells of the rest."""
        with transaction() as connection:
            replaced = DeliveryRepository(connection).plan_instead(
                self.report.key,
                channel=self.channel,
                recipients=recipients,
                of_channels=MAIL_CHANNELS,
                digest=self.report.sha256,
            )
        for line in replaced:
            if line.channel == self.channel:
                self._discard(line)

    def _discard(self, line: Delivery) -> None:
        """Delete a draft that nobody is to send by hand any more. Where that cannot be done, it stays."""
        outbound = mail_package(self.report)
        if outbound is None:
            return
        mailbox: Any = outbound.channel
        try:
            mailbox.discard(outbound.package, line.remote_ids)
        except DeliveryError as trouble:
            log.warning("the draft to %s stays in the mailbox: %s", line.recipients, trouble)

    def _reached(self) -> None:
        with transaction() as connection:
            ReportRepository(connection).mark_delivered(self.report.key)


def _of(line: Delivery) -> set[str]:
    return set(line.recipients.split(","))


def _may_have_arrived(line: Delivery) -> bool:
    return line.state is DeliveryState.SENT or line.state in IN_DOUBT


def _doubt(address: str, line: Delivery) -> DeliveryOutcomeUnknownError:
    return DeliveryOutcomeUnknownError(
        f"{line.channel}: whether {address} has the mail to {line.recipients} cannot be told: look there, "
        f"then say `python -m msp_reports deliveries {line.key} arrived` or `... again`"
    )


def _refusal(address: str, refused: RecipientRefusedError) -> RecipientRefusedError:
    return RecipientRefusedError(
        f"{address} is refused ({refused}). The other recipients are written to each alone. Correct the "
        "address in the customer's file, or remove it, then clear the task"
    )


def _first_to_be_told(troubles: Sequence[DeliveryError]) -> DeliveryError:
    """What another try mends comes first: Airflow makes it. Then what a person has to look at."""
    for trouble in troubles:
        log.error("%s", trouble)
    order = (DeliveryThrottledError, DeliveryOutcomeUnknownError, DeliveryError)
    return next(trouble for kind in order for trouble in troubles if isinstance(trouble, kind))
