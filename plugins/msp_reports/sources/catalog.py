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

    @property
    def pool(self) -> str:
        return f"{self.system}_api"


SYSTEMS: tuple[SourceSpec, ...] = (
    SourceSpec(
        system="zabbix",
        source="uptime",
        label="Zabbix",
        scope="msp_reports.sources.zabbix:ZabbixScope",
        parse="msp_reports.sources.zabbix:parse",
        hook="msp_reports.hooks.zabbix:ZabbixHook",
        slots=4,
    ),
    SourceSpec(
        system="connectwise",
        source="tickets",
        label="ConnectWise PSA",
        scope="msp_reports.sources.connectwise:ConnectWiseScope",
        parse="msp_reports.sources.connectwise:parse",
        hook="msp_reports.hooks.connectwise:ConnectWiseHook",
        slots=4,
    ),
    SourceSpec(
        system="datto",
        source="backup",
        label="Datto BCDR",
        scope="msp_reports.sources.datto:DattoScope",
        parse="msp_reports.sources.datto:parse",
        hook="msp_reports.hooks.datto:DattoHook",
        slots=2,
    ),
    SourceSpec(
        system="defender",
        source="security",
        label="Microsoft Defender",
        scope="msp_reports.sources.defender:DefenderScope",
        parse="msp_reports.sources.defender:parse",
        hook="msp_reports.hooks.defender:DefenderHook",
        slots=4,
    ),
    SourceSpec(
        system="site_checks",
        source="availability",
        label="Own site checks",
        scope="msp_reports.sources.site_checks:SiteChecksScope",
        parse="msp_reports.sources.site_checks:parse",
        hook=None,
        slots=8,
    ),
)

BY_SYSTEM = {spec.system: spec for spec in SYSTEMS}


def load(dotted: str) -> Any:
    """Import what a row names, at the moment it is needed."""
    module, _, name = dotted.partition(":")
    return getattr(importlib.import_module(module), name)
