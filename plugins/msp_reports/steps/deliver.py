"""What the delivering tasks do: mail to the customer, post in Teams, file for the quarterly review."""

from __future__ import annotations

from functools import partial

from msp_reports.customer_files import read_customer
from msp_reports.steps.approve import key_of
from msp_reports.steps.ledger import deliver
from msp_reports.steps.mailing import mail_report
from msp_reports.steps.packages import (
    archive_channel,
    archive_package,
    sealed_file_package,
)
from msp_reports.steps.posts import post_in_channel, post_in_chat
from msp_reports.steps.run import ReportRef
from msp_reports.store.database import transaction
from msp_reports.store.ledger import DeliveryState
from msp_reports.store.reports import ReportKey, ReportRepository
from msp_reports.store.sealed_files import SealedFile, SealedFileRepository


def email(*, report: ReportRef) -> dict[str, str]:
    """Mail the report to the customer's recipients."""
    return mail_report(key_of(report))


def teams(*, report: ReportRef) -> dict[str, str]:
    """Post the report's card in the customer's channel or group chat, and keep it pinned for the week."""
    from airflow.sdk.exceptions import AirflowSkipException

    key, routes = key_of(report), read_customer(report["code"]).delivery
    if routes.teams_chat is not None:
        return post_in_chat(key, routes.teams_chat)
    if routes.teams is not None:
        return post_in_channel(key, routes.teams)
    raise AirflowSkipException(f"{key.customer} does not use teams")


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
    shelf = archive_channel(key.customer)
    for file in _sealed_files(key):
        deliver(key, f"{shelf}_{file.kind}", partial(sealed_file_package, file=file), even_superseded=True)
    outcome = deliver(key, shelf, archive_package, even_superseded=True)
    if outcome["state"] == DeliveryState.SENT:
        with transaction() as connection:
            ReportRepository(connection).set_state(key, "archived")
    return outcome


def _sealed_files(key: ReportKey) -> tuple[SealedFile, ...]:
    with transaction() as connection:
        _, approval = ReportRepository(connection).sealed(key)
        return SealedFileRepository(connection).load(key, approved=approval.sha256)


def _has_reached_the_customer(key: ReportKey) -> bool:
    routes = read_customer(key.customer).delivery
    with transaction() as connection:
        report = ReportRepository(connection).load(key)
    return (
        report.rehearsed
        or report.state != "approved"
        or not (routes.mail or routes.teams or routes.teams_chat)
    )
