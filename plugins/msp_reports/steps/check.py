"""Try every connection a customer uses, and say in words what it gives. Sends nothing, stores nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import partial

from msp_reports.customer_files import Customers, read_customers, read_provider
from msp_reports.domain.customer import Customer, Provider
from msp_reports.domain.errors import ConfigurationError, CustomerFileError, UnknownCustomerError
from msp_reports.domain.routes import ChatRoute, DeliveryRoutes, MailRoute, TeamsRoute
from msp_reports.domain.week import ReportingWeek
from msp_reports.sources.catalog import BY_SYSTEM
from msp_reports.steps import sights
from msp_reports.steps.check_lines import Group, Outcome
from msp_reports.steps.trials import Trial, run_all

PATIENCE_SECONDS = 180.0
"""A system that has not told a week by then is not waited for."""
GMAIL_RIGHT = "domain-wide delegation of the service account for the scope gmail.modify"
OUTLOOK_RIGHT = "the app roles Mail.ReadWrite and Mail.Send on the sender's mailbox"
DRIVE_RIGHT = "the service account as content manager of the shared drive"
LIBRARY_RIGHT = "Sites.Selected with the role write on the library's site"
CHANNEL_FILES_RIGHT = "Files.ReadWrite.All, or File.Read.Group in the team and write on the channel's site"
PINS_RIGHT = "Chat.ReadWrite.All for the app that pins"
TEAMS_RIGHT = "a valid secret of the bot's app registration"
FLOW_RIGHT = "the address of a flow that is on, owned by somebody who still works here"
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
        yield _mail("gmail", routes.gmail)
    if routes.outlook is not None:
        yield _mail("outlook", routes.outlook)
    if routes.teams is not None:
        yield _bot("Teams", routes.teams)
        yield from _channel_files(routes.teams)
    if (chat := routes.teams_chat) is not None:
        yield _bot("Teams chat", chat)
        yield _channel(
            "Pins in the chat", "graph_files", chat.graph, PINS_RIGHT, partial(sights.of_pins, chat)
        )
    if (drive := routes.drive) is not None:
        look = partial(sights.of_archive, drive)
        yield _channel("Google Drive", "drive", drive.connection, DRIVE_RIGHT, look)
    if (library := routes.sharepoint) is not None:
        look = partial(sights.of_library, library)
        yield _channel("SharePoint", "sharepoint", library.connection, LIBRARY_RIGHT, look)


def _channel_files(route: TeamsRoute) -> Iterable[Trial]:
    if route.graph is not None and route.team_id is not None:
        look = partial(sights.of_channel_files, route.graph, route.team_id, route.channel_id)
        yield _channel("Files in Teams", "graph_files", route.graph, CHANNEL_FILES_RIGHT, look)


def look_at(routes: DeliveryRoutes, lane: str) -> str | None:
    """Look at the customer's channel of a lane, such as ``gmail``; say what is seen. None: there is no look.

    Raises:
        ReportError: it cannot be reached, or may not be used.
    """
    seen = [trial.look().told for trial in _of_deliveries(routes) if trial.lane == lane]
    return seen[0] if seen else None


def _of_provider(provider: Provider) -> Iterable[Trial]:
    yield _mail(provider.mail_system, provider.mail)
    if isinstance(provider.rollup, TeamsRoute):
        yield _bot("Roll-up in Teams", provider.rollup)
        return
    look = partial(sights.of_webhook, provider.rollup)
    yield _channel("Roll-up by webhook", "teams", provider.rollup.connection, FLOW_RIGHT, look)


def _mail(system: str, route: MailRoute) -> Trial:
    label, right = {"gmail": ("Gmail", GMAIL_RIGHT), "outlook": ("Outlook", OUTLOOK_RIGHT)}[system]
    return _channel(label, system, route.connection, right, partial(sights.of_mail, system, route))


def _bot(label: str, route: TeamsRoute | ChatRoute) -> Trial:
    return _channel(label, "teams", route.connection, TEAMS_RIGHT, partial(sights.of_bot, route))


def _channel(
    label: str, lane: str, connection: str | None, right: str, look: Callable[[], sights.Sight]
) -> Trial:
    return Trial(label=label, lane=lane, slots=_CHANNEL_SLOTS, connection=connection, right=right, look=look)
