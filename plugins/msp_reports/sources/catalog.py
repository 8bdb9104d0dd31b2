"""The systems this package can read: one row each, and nothing else to register.

Light on purpose: the Dag file reads this table while it is parsed, so classes and functions are
named here, not imported.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Any

SOURCE_ORDER = ("uptime", "tickets", "backup", "security", "availability")
"""The five sources in the order of the report."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSpec:
    """One source system."""

    system: str
    """Slug: key in the customer file, task id, module name; the pool is ``<system>_api``."""
    source: str
    label: str
    """Name as the vendor writes it."""
    scope: str
    """``module:Class`` of the frozen model that validates the system's part of a customer file."""
    parse: str
    """``module:function``, see `contract.Parse`."""
    hook: str | None
    """``module:Class``, see `contract.SourceClient`. None: the rows are in our own database."""
    slots: int
    """Size of the Airflow pool: calls in flight that the vendor tolerates."""
    past: str
    """What it can tell about a past week, as README's table has it."""
    reach: str
    """How far back, as README's table has it."""
    right: str
    """What the vendor calls the permission that lets it read: named when one is missing."""
    standing: tuple[str, ...] = ()
    """Parts of the payload that describe the moment of fetching. They are stored daily, and a past week
    is told from the first that were taken after its end, else from the last before it."""
    standing_is_history: bool = False
    """These parts are the vendor's own past, which it forgets in time: a later answer holds all of an
    earlier one, so a pull soon after the week's end is told before a standing."""

    @property
    def pool(self) -> str:
        return f"{self.system}_api"


SYSTEMS: tuple[SourceSpec, ...] = (
    # Of two systems in one source that tell of the same thing, the one listed first is believed; what it must
    # have seen for that: `domain/merge.py`.
    SourceSpec(
        system="zabbix",
        source="uptime",
        label="Zabbix",
        scope="msp_reports.sources.zabbix:ZabbixScope",
        parse="msp_reports.sources.zabbix:parse",
        hook="msp_reports.hooks.zabbix:ZabbixHook",
        slots=4,
        past="exact for outages and hours without data; the list of devices is that of the nearest day kept",
        reach="event and trend retention",
        right="a user role with the API methods named in README, and read access to the host groups",
        standing=("hosts",),
    ),
    SourceSpec(
        system="librenms",
        source="uptime",
        label="LibreNMS",
        scope="msp_reports.sources.librenms:LibreNMSScope",
        parse="msp_reports.sources.librenms:parse",
        hook="msp_reports.hooks.librenms:LibreNMSHook",
        slots=4,
        past="exact for outages of devices it still has; the list of devices is that of the nearest day kept",
        reach="as long as the device is in LibreNMS",
        right="a user with global read access",
        standing=("devices",),
    ),
    SourceSpec(
        system="connectwise",
        source="tickets",
        label="ConnectWise PSA",
        scope="msp_reports.sources.connectwise:ConnectWiseScope",
        parse="msp_reports.sources.connectwise:parse",
        hook="msp_reports.hooks.connectwise:ConnectWiseHook",
        slots=4,
        past="exact by dates; priority and board are today's",
        reach="as long as the ticket exists",
        right="an API member whose security role reads Service Tickets, SLAs and Companies",
    ),
    SourceSpec(
        system="halo",
        source="tickets",
        label="HaloPSA",
        scope="msp_reports.sources.halo:HaloScope",
        parse="msp_reports.sources.halo:parse",
        hook="msp_reports.hooks.halo:HaloHook",
        slots=2,
        past="exact by dates; priority, team and SLA verdicts are today's",
        reach="as long as the ticket exists",
        right="an API application with the permissions read:tickets and read:customers",
    ),
    SourceSpec(
        system="datto",
        source="backup",
        label="Datto BCDR",
        scope="msp_reports.sources.datto:DattoScope",
        parse="msp_reports.sources.datto:parse",
        hook="msp_reports.hooks.datto:DattoHook",
        slots=2,
        past="now only: a past week is told from the nearest day kept, else *not known*",
        reach="since the daily snapshots run; without them about 30 runs per machine",
        right="REST API keys that are not restricted to other clients",
        standing=("devices", "assets"),
    ),
    SourceSpec(
        system="veeam",
        source="backup",
        label="Veeam Backup & Replication",
        scope="msp_reports.sources.veeam:VeeamScope",
        parse="msp_reports.sources.veeam:parse",
        hook="msp_reports.hooks.veeam:VeeamHook",
        slots=2,
        past="runs: exact for machines whose sessions the server lists and are of a kind known here, else "
        "*not known*; last good restore point: exact by a good run in the five weeks before the week's end, "
        "or from a list made within a day and a half after it; else only that the target was met, where a "
        "restore point that survives proves it, or *not known*",
        reach="the server's history of sessions (53 weeks unless changed)",
        right="the role Veeam Backup Viewer",
    ),
    SourceSpec(
        system="veeam_console",
        source="backup",
        label="Veeam Service Provider Console",
        scope="msp_reports.sources.veeam_console:VeeamConsoleScope",
        parse="msp_reports.sources.veeam_console:parse",
        hook="msp_reports.hooks.veeam_console:VeeamConsoleHook",
        slots=2,
        past="last good restore point: exact from a list made within a day and a half after the week's end; "
        "else only that the target was met, where a restore point that survives proves it, or *not known*; "
        "runs: per job, never per machine",
        reach="restore-point retention, longer with the daily snapshots",
        right="a read-only REST API key with access to the company",
        standing=("jobs", "virtual_machines", "agents", "computers"),
    ),
    SourceSpec(
        system="defender",
        source="security",
        label="Microsoft Defender",
        scope="msp_reports.sources.defender:DefenderScope",
        parse="msp_reports.sources.defender:parse",
        hook="msp_reports.hooks.defender:DefenderHook",
        slots=4,
        past="opened: exact; closed: by its alerts, else an estimate that is marked; score: one a day",
        reach="90 days of scores, longer with the daily snapshots",
        right="SecurityIncident.Read.All, SecurityAlert.Read.All and SecurityEvents.Read.All",
        standing=("secure_scores", "control_profiles"),
        standing_is_history=True,
    ),
    SourceSpec(
        system="sentinel",
        source="security",
        label="Microsoft Sentinel",
        scope="msp_reports.sources.sentinel:SentinelScope",
        parse="msp_reports.sources.sentinel:parse",
        hook="msp_reports.hooks.sentinel:SentinelHook",
        slots=4,
        past="exact, from the log of every change; a week before that log begins is *not known*",
        reach="the workspace's retention of SecurityIncident",
        right="Microsoft Sentinel Reader and Log Analytics Reader on the workspace",
    ),
    SourceSpec(
        system="site_checks",
        source="availability",
        label="Own site checks",
        scope="msp_reports.sources.site_checks:SiteChecksScope",
        parse="msp_reports.sources.site_checks:parse",
        hook=None,
        slots=8,
        past="exact; a time without checks is no downtime, and ends an outage",
        reach="since the checks run (400 days kept)",
        right="none: the rows are our own",
    ),
    SourceSpec(
        system="blackbox",
        source="availability",
        label="Prometheus Blackbox",
        scope="msp_reports.sources.blackbox:BlackboxScope",
        parse="msp_reports.sources.blackbox:parse",
        hook="msp_reports.hooks.blackbox:BlackboxHook",
        slots=4,
        past="exact; a time without checks is no downtime, and ends an outage",
        reach="retention of the Prometheus server (15 days unless it is set longer)",
        right="whatever the server asks for: nothing, Basic or a bearer token",
    ),
    SourceSpec(
        system="cloudflare",
        source="availability",
        label="Cloudflare",
        scope="msp_reports.sources.cloudflare:CloudflareScope",
        parse="msp_reports.sources.cloudflare:parse",
        hook="msp_reports.hooks.cloudflare:CloudflareHook",
        slots=2,
        past="share of requests: exact (where Cloudflare sampled, an estimate that is marked), of the hours "
        "or days with requests on record; outages an estimate; later the daily sums of a zone that holds one "
        "site, which is marked, else *not known*",
        reach="as long as the zone's plan keeps single requests, then daily sums for about a year",
        right="Zone Read and Analytics Read on the customer's zones",
    ),
)

BY_SYSTEM = {spec.system: spec for spec in SYSTEMS}


def load(dotted: str) -> Any:
    """Import what a row names, at the moment it is needed."""
    module, _, name = dotted.partition(":")
    return getattr(importlib.import_module(module), name)
