"""Send an approved report through one channel, once, by the ledger.

planned → prepared (ids exist, nothing visible) → sending → sent. A delivery that was caught in
``sending`` is looked up before anything else; what looking cannot tell stays ``unknown`` and is a
person's to decide.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from msp_reports.customer_files import read_customer
from msp_reports.domain.errors import DeliveryError, DeliveryOutcomeUnknownError, DeliveryThrottledError
from msp_reports.steps.approve import key_of
from msp_reports.steps.packages import (
    Outbound,
    archive_package,
    card_package,
    mail_package,
    sealed_file_package,
)
from msp_reports.steps.run import ReportRef
from msp_reports.store.database import transaction
from msp_reports.store.deliveries import Delivery, DeliveryRepository, DeliveryState
from msp_reports.store.queries import run
from msp_reports.store.reports import ReportKey, ReportRepository, StoredReport
from msp_reports.store.sealed_files import SealedFile, SealedFileRepository

if TYPE_CHECKING:
    from msp_reports.delivery.contract import Receipt, RemoteIds

log = logging.getLogger(__name__)


def email(*, report: ReportRef) -> dict[str, str]:
    """Mail the report to the customer's recipients."""
    return _to_customer(report, "gmail", mail_package)


def teams(*, report: ReportRef) -> dict[str, str]:
    """Post the report's card in the customer's channel."""
    return _to_customer(report, "teams", card_package)


def archive(*, report: ReportRef | None) -> dict[str, str]:
    """File for the quarterly review what was sent, as PDF, text and numbers.

    Without a release there is nothing to file.
    """
    from airflow.sdk.exceptions import AirflowSkipException

    if report is None:
        raise AirflowSkipException("nothing was released")
    key = key_of(report)
    if not _has_reached_the_customer(key):
        raise AirflowSkipException("nothing was sent yet; clear the failed delivery with what comes after it")
    # The PDF last: once its line in the ledger says sent, all of the report is in the archive.
    for file in _sealed_files(key):
        deliver(key, f"drive_{file.kind}", partial(sealed_file_package, file=file))
    outcome = deliver(key, "drive", archive_package)
    with transaction() as connection:
        ReportRepository(connection).set_state(key, "archived")
    return outcome


def _sealed_files(key: ReportKey) -> tuple[SealedFile, ...]:
    with transaction() as connection:
        _, approval = ReportRepository(connection).approved(key)
        return SealedFileRepository(connection).load(key, approved=approval.sha256)


def _has_reached_the_customer(key: ReportKey) -> bool:
    routes = read_customer(key.customer).delivery
    with transaction() as connection:
        report = ReportRepository(connection).load(key)
    return report.state != "approved" or (routes.gmail is None and routes.teams is None)


def _to_customer(
    report: ReportRef, channel: str, package: Callable[[StoredReport], Outbound | None]
) -> dict[str, str]:
    key = key_of(report)
    outcome = deliver(key, channel, package)
    with transaction() as connection:
        ReportRepository(connection).mark_delivered(key)
    return outcome


def deliver(
    key: ReportKey, channel: str, package: Callable[[StoredReport], Outbound | None]
) -> dict[str, str]:
    """Drive one delivery to its end, whatever state it was left in.

    Raises:
        NotApprovedError: these bytes have no approval.
        DeliveryThrottledError: certainly not sent; trying again is safe.
        DeliveryOutcomeUnknownError: a person has to look.
        DeliveryError: the channel refused it.
    """
    from airflow.sdk.exceptions import AirflowSkipException

    with transaction() as connection:
        report, _ = ReportRepository(connection).approved(key)
    outbound = package(report)
    if outbound is None:
        raise AirflowSkipException(f"{key.customer} does not use {channel}")
    with transaction() as connection:
        entry = DeliveryRepository(connection).plan(
            key, channel=channel, recipients=outbound.recipients, digest=report.sha256
        )
    with _alone(entry.key):
        return _drive(_Attempt(outbound=outbound, key=entry.key), _load(entry.key))


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One try at one delivery, writing to the ledger as it goes."""

    outbound: Outbound
    key: str

    def record(self, remote_ids: RemoteIds) -> None:
        self.move(DeliveryState.PREPARED, remote_ids=remote_ids)

    def record_sending(self, remote_ids: RemoteIds) -> None:
        with transaction() as connection:
            ledger = DeliveryRepository(connection)
            ledger.add_ids(self.key, remote_ids)

    def move(
        self,
        state: DeliveryState,
        *,
        remote_ids: RemoteIds | None = None,
        link: str | None = None,
        error: str | None = None,
    ) -> None:
        with transaction() as connection:
            DeliveryRepository(connection).record(
                self.key, state, remote_ids=remote_ids, link=link, error=error
            )

    def finish(self, receipt: Receipt) -> dict[str, str]:
        self.move(DeliveryState.SENT, remote_ids=receipt.remote_ids, link=receipt.link)
        return {"state": DeliveryState.SENT.value, "link": receipt.link or ""}


def _drive(attempt: _Attempt, entry: Delivery) -> dict[str, str]:
    if entry.state is DeliveryState.SENT:
        log.info("already sent: %s", dict(entry.remote_ids))
        return {"state": entry.state.value, "link": entry.link or ""}
    if entry.state in {DeliveryState.SENDING, DeliveryState.UNKNOWN}:
        return _settle(attempt, entry)
    channel, package = attempt.outbound.channel, attempt.outbound.package
    try:
        known = channel.prepare(package, entry.remote_ids, attempt.record)
        attempt.move(DeliveryState.SENDING, remote_ids=known)
        return attempt.finish(channel.send(package, known, attempt.record_sending))
    except DeliveryOutcomeUnknownError as unclear:
        attempt.move(DeliveryState.UNKNOWN, error=str(unclear))
        raise
    except DeliveryThrottledError as later:
        attempt.move(DeliveryState.PREPARED, error=str(later))
        raise
    except DeliveryError as refused:
        attempt.move(DeliveryState.FAILED, error=str(refused))
        raise


def _settle(attempt: _Attempt, entry: Delivery) -> dict[str, str]:
    """Find out what became of a send whose end was not seen."""
    receipt = attempt.outbound.channel.look_up(attempt.outbound.package, entry.remote_ids)
    if receipt is not None:
        return attempt.finish(receipt)
    message = (
        f"whether {entry.channel} delivered to {entry.recipients} cannot be told; "
        "look there, then correct the ledger row by hand"
    )
    attempt.move(DeliveryState.UNKNOWN, error=message)
    raise DeliveryOutcomeUnknownError(message)


def _load(key: str) -> Delivery:
    with transaction() as connection:
        return DeliveryRepository(connection).load(key)


@contextmanager
def _alone(key: str) -> Iterator[None]:
    """Hold the delivery against every other worker until the end of the attempt."""
    with transaction() as guard:
        run(guard, "lock_delivery", {"key": key})
        yield
