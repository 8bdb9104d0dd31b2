"""What the delivering tasks do: mail to the customer, post in Teams, file for the quarterly review."""

from __future__ import annotations

from msp_reports.customer_files import read_customer
from msp_reports.steps.approve import key_of
from msp_reports.steps.filing import file_report
from msp_reports.steps.mailing import mail_report
from msp_reports.steps.posts import post_in_channel, post_in_chat
from msp_reports.steps.run import ReportRef
from msp_reports.store.database import transaction
from msp_reports.store.ledger import DeliveryState
from msp_reports.store.reports import ReportKey, ReportRepository


def email(*, report: ReportRef) -> dict[str, str]:
    """Mail the report to the customer's recipients."""
    from airflow.sdk.exceptions import AirflowSkipException

    key = key_of(report)
    if read_customer(key.customer).delivery.mail is None:
        raise AirflowSkipException(f"{key.customer} does not use mail")
    return mail_report(key)


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
    outcome = file_report(key)
    if outcome["state"] == DeliveryState.SENT:
        with transaction() as connection:
            ReportRepository(connection).set_state(key, "archived")
    return outcome


def _has_reached_the_customer(key: ReportKey) -> bool:
    routes = read_customer(key.customer).delivery
    with transaction() as connection:
        report = ReportRepository(connection).load(key)
    return (
        report.rehearsed
        or report.state != "approved"
        or not (routes.mail or routes.teams or routes.teams_chat)
    )
