"""Whether a report is a correction: of which revision, as the ledger tells what the customer has."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from msp_reports.domain.errors import NotApprovedError
from msp_reports.domain.report import ReportModel
from msp_reports.steps.model_json import load_model
from msp_reports.store.database import transaction
from msp_reports.store.deliveries import DeliveryRepository
from msp_reports.store.reports import ReportKey, ReportRepository


def corrected(model: ReportModel) -> ReportModel:
    """Mark the model of the next draft as a correction, if a revision of its week has reached the customer.

    One that was rejected, or approved and never sent, is nothing that the customer could know of.
    """
    from msp_reports.rendering.correction import corrected as mark

    code, week = model.customer_code, model.week
    with transaction() as connection:
        arrived = DeliveryRepository(connection).arrivals(code, week)
        if arrived.revision is None or arrived.sent_at is None:
            return model
        sent, _ = ReportRepository(connection).sealed(
            ReportKey(customer=code, week=week, revision=arrived.revision)
        )
    sent_on = arrived.sent_at.astimezone(ZoneInfo(model.zone)).date()
    return mark(model, load_model(sent.model), revision=arrived.revision, sent_on=sent_on)


def see_that_it_says_so(key: ReportKey, model: ReportModel) -> None:
    """Refuse a draft that does not say which revision it replaces: one was sent since it was drawn.

    Raises:
        NotApprovedError: draw it again.
    """
    with transaction() as connection:
        arrived = DeliveryRepository(connection).arrivals(key.customer, key.week, before=key.revision)
    if arrived.revision != (model.correction.of_revision if model.correction else None):
        raise NotApprovedError(
            f"{key.customer} {key.week}: revision {arrived.revision} has reached the customer since revision "
            f"{key.revision} was drawn, which does not say so; clear render_report with what comes after it"
        )


def doubts(key: ReportKey) -> Iterator[str]:
    """What the reviewer should know: an earlier revision may have arrived, and this one does not say so."""
    with transaction() as connection:
        arrived = DeliveryRepository(connection).arrivals(key.customer, key.week, before=key.revision)
    for revision, channels in arrived.in_doubt.items():
        where = ", ".join(channels)
        yield (
            f"Whether revision {revision} reached the customer is not known ({where}). Say so first with "
            f"`python -m msp_reports deliveries --week {key.week}`; if it did, clear render_report, and this "
            "report will say that it is a correction."
        )
