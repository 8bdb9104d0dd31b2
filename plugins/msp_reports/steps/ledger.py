"""Drive one delivery of an approved report to its end, by the ledger.

planned → prepared (ids exist, nothing visible) → sending → sent. A send whose end was not seen is
looked up before anything else: it arrived, or it certainly did not and is made again, or it is
``unknown`` and a person's to decide. What is ``replaced`` is not sent any more: others stand in its place.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from msp_reports.delivery.contract import NotSent, Receipt
from msp_reports.domain.errors import (
    ConfigurationError,
    DatabaseUnusableError,
    DeliveryError,
    DeliveryOutcomeUnknownError,
    DeliveryThrottledError,
    RecipientRefusedError,
)
from msp_reports.steps.packages import Outbound
from msp_reports.steps.rehearse import rehearse
from msp_reports.store.database import transaction
from msp_reports.store.deliveries import DeliveryRepository
from msp_reports.store.ledger import Delivery, DeliveryState
from msp_reports.store.queries import run
from msp_reports.store.reports import ReportKey, ReportRepository, StoredReport

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection

    from msp_reports.delivery.contract import RemoteIds

log = logging.getLogger(__name__)

IN_DOUBT = frozenset({DeliveryState.SENDING, DeliveryState.UNKNOWN})

Pack = Callable[[StoredReport], Outbound | None]
"""Turn the approved report into what one channel is given. None: the customer does not use it."""


def deliver(key: ReportKey, channel: str, pack: Pack, *, even_superseded: bool = False) -> dict[str, str]:
    """Drive one delivery to its end, whatever state it was left in. Of a rehearsal, show what it would be.

    Args:
        even_superseded: for the archive: what was sent is filed even if a correction has been begun.

    Raises:
        NotApprovedError: these bytes have no approval, or a later revision stands in their place.
        DeliveryThrottledError: not sent, or looked at again later; trying again is safe.
        DeliveryOutcomeUnknownError: a person has to look.
        DeliveryError: the channel refused it.
    """
    from airflow.sdk.exceptions import AirflowSkipException

    def approved() -> StoredReport:
        with transaction() as connection:
            reports = ReportRepository(connection)
            report, _ = reports.sealed(key) if even_superseded else reports.approved(key)
        return report

    report = approved()
    outbound = pack(report)
    if outbound is None:
        raise AirflowSkipException(f"{key.customer} does not use {channel}")
    if report.rehearsed:
        return rehearse(key, channel, outbound)
    with transaction() as connection:
        entry = DeliveryRepository(connection).plan(
            key, channel=channel, recipients=outbound.recipients, digest=report.sha256
        )
    return carry_out(DeliveryRepository, entry.key, outbound, see_that_it_may_go=approved)


class Book(Protocol):
    """A ledger, open for one transaction."""

    def load(self, key: str) -> Delivery: ...

    def add_ids(self, key: str, remote_ids: RemoteIds) -> None: ...

    def record(
        self,
        key: str,
        state: DeliveryState,
        *,
        remote_ids: RemoteIds | None = None,
        link: str | None = None,
        error: str | None = None,
    ) -> None: ...


def carry_out(
    book: Callable[[Connection], Book],
    key: str,
    outbound: Outbound,
    *,
    see_that_it_may_go: Callable[[], object] = lambda: None,
) -> dict[str, str]:
    """Drive what is planned under a key to its end: one worker at a time.

    Args:
        see_that_it_may_go: raises if it may not, or not any more: asked again after each wait.

    Raises:
        DeliveryError: as `deliver` does.
    """
    with alone(key):
        attempt = _Attempt(book=book, outbound=outbound, key=key, see_that_it_may_go=see_that_it_may_go)
        return _drive(attempt, attempt.load())


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One try at one delivery, writing to the ledger as it goes."""

    book: Callable[[Connection], Book]
    outbound: Outbound
    key: str
    see_that_it_may_go: Callable[[], object]

    def load(self) -> Delivery:
        with transaction() as connection:
            return self.book(connection).load(self.key)

    def record(self, remote_ids: RemoteIds) -> None:
        self.move(DeliveryState.PREPARED, remote_ids=remote_ids)

    def record_sending(self, remote_ids: RemoteIds) -> None:
        with transaction() as connection:
            self.book(connection).add_ids(self.key, remote_ids)

    def move(
        self,
        state: DeliveryState,
        *,
        remote_ids: RemoteIds | None = None,
        link: str | None = None,
        error: str | None = None,
    ) -> None:
        with transaction() as connection:
            self.book(connection).record(self.key, state, remote_ids=remote_ids, link=link, error=error)

    def finish(self, receipt: Receipt) -> dict[str, str]:
        self.move(DeliveryState.SENT, remote_ids=receipt.remote_ids, link=receipt.link)
        return {"state": DeliveryState.SENT.value, "link": receipt.link or ""}


def _drive(attempt: _Attempt, entry: Delivery) -> dict[str, str]:
    if entry.state is DeliveryState.SENT:
        log.info("already sent: %s", dict(entry.remote_ids))
        return {"state": entry.state.value, "link": entry.link or ""}
    if entry.state is DeliveryState.REPLACED:
        raise DeliveryThrottledError(
            f"{entry.channel}: not sent to {entry.recipients}, as others stand in its place; trying again"
        )
    if entry.state in IN_DOUBT:
        return _settle(attempt, entry, f"{entry.channel}: an earlier send was broken off", and_send=True)
    return _send(attempt, entry)


def _send(attempt: _Attempt, entry: Delivery) -> dict[str, str]:
    channel, package = attempt.outbound.channel, attempt.outbound.package
    attempt.see_that_it_may_go()
    try:
        known = channel.prepare(package, entry.remote_ids, attempt.record)
    except DatabaseUnusableError:
        raise
    except ConfigurationError as wrong:
        attempt.move(DeliveryState.FAILED, error=str(wrong))
        raise
    except DeliveryOutcomeUnknownError as unclear:
        return _in_doubt(attempt, unclear)
    except DeliveryError as refused:
        _not_sent(attempt, refused)
        raise
    attempt.see_that_it_may_go()
    attempt.move(DeliveryState.SENDING, remote_ids=known)
    try:
        receipt = channel.send(package, known, attempt.record_sending)
    except DeliveryOutcomeUnknownError as unclear:
        return _in_doubt(attempt, unclear)
    except DeliveryError as refused:
        _not_sent(attempt, refused)
        raise
    return attempt.finish(receipt)


def _in_doubt(attempt: _Attempt, doubt: DeliveryOutcomeUnknownError) -> dict[str, str]:
    attempt.move(DeliveryState.UNKNOWN, error=str(doubt))
    return _settle(attempt, attempt.load(), str(doubt))


def _not_sent(attempt: _Attempt, refused: DeliveryError) -> None:
    later = isinstance(refused, DeliveryThrottledError)
    whom = f"{attempt.outbound.recipients}: " if isinstance(refused, RecipientRefusedError) else ""
    attempt.move(DeliveryState.PREPARED if later else DeliveryState.FAILED, error=f"{whom}{refused}")


def _settle(attempt: _Attempt, entry: Delivery, doubt: str, *, and_send: bool = False) -> dict[str, str]:
    """Find out what became of a send whose end was not seen.

    Args:
        and_send: send again at once what certainly did not arrive; else that is for the next try.
    """
    try:
        found = attempt.outbound.channel.look_up(attempt.outbound.package, entry.remote_ids)
    except DeliveryError as blind:
        attempt.move(DeliveryState.UNKNOWN, error=f"{doubt}. Looking it up failed: {blind}")
        raise
    if isinstance(found, Receipt):
        return attempt.finish(found)
    if isinstance(found, NotSent):
        remaining = max(0.0, found.settles_after.total_seconds() - (entry.seconds_since_try or 0.0))
        if and_send and not remaining:
            log.info("%s. It certainly did not arrive: sending again", doubt)
            return _send(attempt, entry)
        message = f"{doubt}. Not sent as far as it shows; looking again before anything is sent again"
        attempt.move(DeliveryState.UNKNOWN, error=message)
        raise DeliveryThrottledError(message, retry_after=remaining or None)
    message = (
        f"{doubt}. Whether {entry.channel} delivered to {entry.recipients} cannot be told: look there, "
        f"then say `python -m msp_reports deliveries {entry.key} arrived` or `... again`"
    )
    attempt.move(DeliveryState.UNKNOWN, error=message)
    raise DeliveryOutcomeUnknownError(message)


@contextmanager
def alone(key: str) -> Iterator[None]:
    """Hold the delivery against every other worker until the end of the attempt."""
    with transaction() as guard:
        run(guard, "lock_delivery", {"key": key})
        yield
