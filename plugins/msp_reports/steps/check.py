"""Try every connection a customer uses, and say in words what it gives. Sends nothing, stores nothing."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import partial

from msp_reports.customer_files import Customers, read_customers, read_provider
from msp_reports.domain.customer import Customer, Provider
from msp_reports.domain.errors import ConfigurationError, CustomerFileError, UnknownCustomerError
from msp_reports.domain.routes import DeliveryRoutes, MailRoute, TeamsRoute
from msp_reports.domain.week import ReportingWeek
from msp_reports.sources.catalog import BY_SYSTEM
from msp_reports.steps import sights
from msp_reports.steps.check_lines import Group, Outcome
from msp_reports.steps.trials import Trial, run_all

PATIENCE_SECONDS = 180.0
"""A system that has not told a week by then is not waited for."""
MAIL_RIGHT = "domain-wide delegation of the service account for the scope gmail.modify"
DRIVE_RIGHT = "the service account as content manager of the shared drive"
TEAMS_RIGHT = "a valid secret of the bot's app registration"
_CHANNEL_SLOTS = 2


def check(code: str | None = None, *, patience: float = PATIENCE_SECONDS) -> Outcome:
    """Try all connections of a customer, or of everybody, and the provider's own.

    Raises:
        UnknownCustomerError: no file defines the code.
        CustomerFileError: that customer's file, or the provider's, is wrong.
        ConfigurationError: there is no customer's file at all.
    """
    provider, customers = read_provider(), read_customers()
    now = datetime.now(UTC)
    plans: list[tuple[str, list[Trial]]] = []
    for customer in _chosen(customers, code):
        week = ReportingWeek.ended_before(now, customer.zone)
        trials = [*_of_sources(customer, week), *_of_deliveries(customer.delivery)]
        plans.append((f"{customer.code} ({customer.name}), week {week.label}", trials))
    plans.append((f"provider ({provider.name})", list(_of_provider(provider))))
    lines = iter(run_all([trial for _, trials in plans for trial in trials], patience=patience))
    groups = tuple(Group(title=title, lines=tuple(next(lines) for _ in trials)) for title, trials in plans)
    return Outcome(
        groups=groups,
        left_out=customers.left_out if code is None else (),
        looks=_wrong_looks(_chosen(customers, code), stray=code is None),
    )


def _wrong_looks(customers: Iterable[Customer], *, stray: bool) -> tuple[CustomerFileError, ...]:
    from msp_reports.brand_files import read_brand, stray_looks

    wrong = {str(look): look for look in (stray_looks() if stray else ())}
    for customer in customers:
        try:
            read_brand(customer.code)
        except CustomerFileError as look:
            wrong[str(look)] = look
    return tuple(wrong.values())


def _chosen(customers: Customers, code: str | None) -> tuple[Customer, ...]:
    if code is None:
        if not customers.usable and not customers.left_out:
            raise ConfigurationError("there is no customer's file yet; put one into customers/, see README")
        return customers.usable
    for wrong in customers.left_out:
        if wrong.file == f"{code}.yaml":
            raise wrong
    chosen = tuple(customer for customer in customers.usable if customer.code == code)
    if not chosen:
        raise UnknownCustomerError(code, customers.codes())
    return chosen


def _of_sources(customer: Customer, week: ReportingWeek) -> Iterable[Trial]:
    for binding in customer.sources:
        spec = BY_SYSTEM[binding.system]
        yield Trial(
            label=spec.label,
            lane=spec.system,
            slots=spec.slots,
            connection=binding.connection,
            right=spec.right,
            look=partial(sights.of_week, customer, binding, week),
        )


def _of_deliveries(routes: DeliveryRoutes) -> Iterable[Trial]:
    if routes.gmail is not None:
        yield _mail("Gmail", routes.gmail)
    if routes.teams is not None:
        yield _bot("Teams", routes.teams)
    if routes.drive is not None:
        yield Trial(
            label="Google Drive",
            lane="drive",
            slots=_CHANNEL_SLOTS,
            connection=routes.drive.connection,
            right=DRIVE_RIGHT,
            look=partial(sights.of_archive, routes.drive),
        )


def _of_provider(provider: Provider) -> Iterable[Trial]:
    yield _mail("Gmail", provider.mail)
    yield _bot("Roll-up in Teams", provider.rollup)


def _mail(label: str, route: MailRoute) -> Trial:
    return Trial(
        label=label,
        lane="gmail",
        slots=_CHANNEL_SLOTS,
        connection=route.connection,
        right=MAIL_RIGHT,
        look=partial(sights.of_mail, route),
    )


def _bot(label: str, route: TeamsRoute) -> Trial:
    return Trial(
        label=label,
        lane="teams",
        slots=_CHANNEL_SLOTS,
        connection=route.connection,
        right=TEAMS_RIGHT,
        look=partial(sights.of_bot, route),
    )
