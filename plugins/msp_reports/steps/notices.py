"""The end of one customer's report: what did not arrive is told to its owner, and the roll-up shows it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import partial
from hashlib import sha256

from msp_reports.customer_files import read_customer, read_provider
from msp_reports.delivery.contract import Address, MailPackage
from msp_reports.domain.customer import Customer
from msp_reports.domain.errors import DeliveryError
from msp_reports.rendering.cards import notice_card
from msp_reports.rendering.notice import Notice, Trouble, write_notice
from msp_reports.sources.catalog import load
from msp_reports.steps import internal, rollup
from msp_reports.steps.approve import SEALED, key_of
from msp_reports.steps.deliveries import task_of, to_do
from msp_reports.steps.ledger import carry_out
from msp_reports.steps.packages import CHANNELS, Outbound
from msp_reports.steps.run import ReportRef
from msp_reports.store.database import transaction
from msp_reports.store.deliveries import DeliveryRepository
from msp_reports.store.internal_messages import InternalMessageRepository
from msp_reports.store.ledger import KEY_LENGTH, DeliveryState, LedgerLine
from msp_reports.store.reports import ReportKey, ReportRepository

log = logging.getLogger(__name__)

NOT_BEGUN = "it never got as far as a first try; the log of the task says why"


def close_report(*, report: ReportRef | None) -> dict[str, str]:
    """Close the books of one report; tell the account engineer and the internal channel what is amiss.

    Raises:
        DeliveryError: the engineer or the channel could not be told.
    """
    from airflow.sdk.exceptions import AirflowSkipException

    if report is None:
        raise AirflowSkipException("nothing was released")
    key = key_of(report)
    with transaction() as connection:
        if ReportRepository(connection).load(key).rehearsed:
            raise AirflowSkipException("a rehearsal: nothing was to arrive")
    troubles = close_books(key)
    told = tell_owner(key, troubles) if troubles else {"state": "all of it arrived"}
    rollup.refresh(key.week)
    return told


def close_books(key: ReportKey) -> tuple[Trouble, ...]:
    """Settle what no worker is at any more, and return what did not arrive.

    A send that was broken off is in doubt from here on; what never became one has failed.
    """
    customer = read_customer(key.customer)
    with transaction() as connection:
        report = ReportRepository(connection).load(key)
        ledger = DeliveryRepository(connection)
        if report.state not in SEALED:
            return ()
        ledger.close(key)
        lines = ledger.lines_of(key)
    begun = {line.channel for line in lines}
    return (
        *(_trouble(line.channel, line) for line in lines if line.state is not DeliveryState.SENT),
        *(_trouble(channel, None) for channel in customer.delivery.channels() if channel not in begun),
    )


def _trouble(channel: str, line: LedgerLine | None) -> Trouble:
    if line is None:
        task = task_of(channel)
        return Trouble(
            channel=channel,
            recipients="its recipients",
            may_have_arrived=False,
            reason=NOT_BEGUN,
            to_do=f"mend what that log says, then clear {task} with what comes after it",
        )
    return Trouble(
        channel=line.channel,
        recipients=line.recipients,
        may_have_arrived=line.state is DeliveryState.UNKNOWN,
        reason=line.error or "no reason was kept",
        to_do=to_do(line),
        attempts=line.attempts,
    )


def tell_owner(key: ReportKey, troubles: Sequence[Trouble]) -> dict[str, str]:
    """Send one notice by mail and to the internal channel. The same troubles are told once.

    Raises:
        DeliveryError: one of the two could not be told; the other was tried all the same.
    """
    customer = read_customer(key.customer)
    notice = write_notice(
        troubles,
        customer=f"{customer.name} ({customer.code})",
        week=key.week,
        revision=key.revision,
        engineer=customer.engineer.name,
    )
    tries = [str(trouble.attempts) for trouble in troubles]
    told_of = sha256("|".join([key.customer, str(key.revision), *notice.lines, *tries]).encode()).hexdigest()
    ways = {
        "mail": partial(_mail, notice, customer, key.week, told_of[:KEY_LENGTH]),
        "post": partial(_post, notice, key.week, told_of[:KEY_LENGTH]),
    }
    outcome, failed = {}, []
    for way, tell in ways.items():
        try:
            outcome[way] = tell()
        except DeliveryError as trouble:
            log.exception("the notice could not be told by %s", way)
            failed.append(trouble)
    if failed:
        raise failed[0]
    return outcome


def _mail(notice: Notice, customer: Customer, week: str, told_of: str) -> str:
    provider = read_provider()
    key, engineer = f"notice-mail-{told_of}", customer.engineer
    sender = Address(name=provider.mail.sender_name, email=provider.mail.sender)
    to = Address(name=engineer.name, email=engineer.email)
    package = MailPackage(
        key=sha256(key.encode()).hexdigest()[:KEY_LENGTH],
        sender=sender,
        reply_to=sender,
        to=(to,),
        cc=(),
        subject=notice.subject,
        text=notice.text,
        html=notice.html,
        attachment_name="",
        attachment=None,
    )
    with transaction() as connection:
        InternalMessageRepository(connection).plan(
            key, week=week, channel="notice_mail", recipients=engineer.email
        )
    channel = load(CHANNELS[provider.mail_system])(provider.mail.connection)
    outbound = Outbound(channel=channel, package=package, recipients=engineer.email)
    return carry_out(InternalMessageRepository, key, outbound)["state"]


def _post(notice: Notice, week: str, told_of: str) -> str:
    return internal.post(
        internal.InternalCard(
            key=f"notice-post-{told_of}",
            week=week,
            kind="notice_post",
            summary=notice.subject,
            draw=lambda reference: notice_card(notice, reference=reference),
        )
    )
