"""What a source or a channel shows of a customer when it is looked at: nothing is sent or stored."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from msp_reports.domain.customer import Customer, SourceBinding
from msp_reports.domain.records import (
    RECORD_TYPES,
    BackupMachine,
    BackupRun,
    ControlMove,
    DeviceUptime,
    Incident,
    Outage,
    Record,
    SecureScore,
    ServiceLevel,
    SiteAvailability,
    SiteOutage,
    Source,
    Ticket,
)
from msp_reports.domain.routes import (
    ChatRoute,
    DriveRoute,
    MailRoute,
    SharePointRoute,
    TeamsRoute,
    WebhookRoute,
)
from msp_reports.domain.snapshot import Facts
from msp_reports.domain.week import ReportingWeek
from msp_reports.domain.wording import counted, some
from msp_reports.sources.catalog import BY_SYSTEM, load
from msp_reports.steps.collect import fetch
from msp_reports.steps.packages import CHANNELS
from msp_reports.steps.standings import told_now

NOUNS: dict[type[Record], str] = {
    DeviceUptime: "device",
    Outage: "outage",
    ServiceLevel: "service level",
    Ticket: "ticket",
    BackupMachine: "machine",
    BackupRun: "backup run",
    Incident: "incident",
    SecureScore: "secure score",
    ControlMove: "changed control",
    SiteAvailability: "site",
    SiteOutage: "site outage",
}
_NAMED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    told: str
    """What was seen, in words."""
    missing: tuple[str, ...] = ()
    """What could not be seen."""


def of_week(customer: Customer, binding: SourceBinding, week: ReportingWeek) -> Sight:
    """Fetch and parse a week as a report would, and count what came.

    Raises:
        ReportError: it cannot be had.
    """
    spec = BY_SYSTEM[binding.system]
    pull = told_now(binding.system, fetch(customer, binding, week))
    facts: Facts = load(spec.parse)(pull.payload, binding=binding, week=week)
    missing = list(facts.incomplete)
    if facts.skipped:
        unread = some(facts.skipped, most=_NAMED)
        missing.append(f"{counted(len(facts.skipped), 'record')} that cannot be read ({unread})")
    told = in_words(facts.records, Source(spec.source))
    if spec.hook is None:
        probes = sum(map(len, pull.payload["probes"].values()))
        told = f"{told}, {counted(probes, 'probe')}"
        missing += [] if probes else ["probes of that week: see that the Dag site_checks is not paused"]
    return Sight(told=told, missing=tuple(missing))


def in_words(records: Iterable[Record], source: Source) -> str:
    """``24 devices, 3 outages``: what the source is about even where there is none, the rest if any."""
    kinds = [type(record) for record in records]
    leading, *others = RECORD_TYPES[source]
    shown = [leading, *(kind for kind in others if kind in kinds)]
    return ", ".join(counted(kinds.count(kind), NOUNS[kind]) for kind in shown)


def of_mail(system: str, route: MailRoute) -> Sight:
    """Sign in as the sender, or as the app that sends for it."""
    return Sight(told=load(CHANNELS[system])(route.connection).look(route.sender))


def of_archive(route: DriveRoute) -> Sight:
    """Look at the customer's folder."""
    return Sight(told=load(CHANNELS["drive"])(route.connection).look(route.drive_id, route.folder_id))


def of_webhook(route: WebhookRoute) -> Sight:
    """See that the address is a flow's."""
    return Sight(told=load(CHANNELS["webhook"])(route.connection).look())


def of_library(route: SharePointRoute) -> Sight:
    """Look at the library that the customer's folder is in."""
    return Sight(told=load(CHANNELS["sharepoint"])(route.connection).look(route.drive_id))


def of_channel_files(conn_id: str, team_id: str, channel_id: str) -> Sight:
    """Look at the folder for the channel's files."""
    return Sight(told=load(CHANNELS["teams_file"])(conn_id).look(team_id, channel_id))


def of_pins(route: ChatRoute) -> Sight:
    """Read what is pinned in the chat."""
    from msp_reports.delivery.teams_posts import TeamsPosts

    pins = TeamsPosts(route.graph).pinned(route.chat_id)
    return Sight(told=f"the chat has {counted(len(pins), 'pinned message')}")


def of_bot(route: TeamsRoute | ChatRoute) -> Sight:
    """Sign in as the bot."""
    return Sight(told=load(CHANNELS["teams"])(route.connection).look())
