"""A finding on its way into the report: what it needs to be ranked, shortened and told."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from msp_reports.domain.records import Source
from msp_reports.domain.report import Finding, Rule, Severity

CUSTOMER = "customer"
"""Entity of a finding about the customer as a whole."""

FIRST = math.inf
"""Size of what comes first within its rule."""


class Kind(StrEnum):
    """What a finding is about, as a noun. Findings of one rule and kind can be counted together."""

    CUSTOMER = "customer"
    SITE = "site"
    DEVICE_CLASS = "device class"
    EVERY_CLASS = "every device class"
    MACHINE = "machine"
    INCIDENT = "security incident"
    PUBLIC_SITE = "public site"
    TICKETS = "ticket number"
    NEW = "arrival"
    GONE = "departure"
    SECTION = "section"
    STEADY = "steadied figure"


class Aspect(StrEnum):
    """What is told apart among findings of one rule and kind."""

    UPTIME = "uptime"
    SHARE = "share of devices on target"
    """The other figure that a fall or rise of uptime may be about."""
    GRAVE = "high severity"
    """Of an incident."""


SINGLE = frozenset({
    Kind.CUSTOMER,
    Kind.EVERY_CLASS,
    Kind.TICKETS,
    Kind.NEW,
    Kind.GONE,
    Kind.SECTION,
    Kind.STEADY,
})
"""Kinds of which there are never many: each is shown."""


Key = tuple[Rule, Source, Kind, str]
Group = tuple[Rule, Kind, Aspect | None, bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One finding with its place among the others."""

    finding: Finding
    kind: Kind
    size: float = 0.0
    """How far it went, comparable within the rule."""
    weight: float = 1.0
    """How many times its threshold, comparable with other rules'."""
    aspect: Aspect | None = None
    total: int = 0
    """How many of its kind there are, good and bad. 0: not said."""
    brief: str = ""
    """The clause that stands for it in a list: ``ACME-DC01 for 73 hours``. Of an incident: its title."""
    grade: str = ""
    """How severe an open incident is, as its system says: ``informational``."""
    is_new: bool | None = None
    """It did not hold last week. None: last week is not known."""
    identity: str = ""
    """Tells two entities of one name apart, and one entity from week to week. Empty: the name does."""
    says_since: bool = False
    """Its sentence tells for how long already."""
    hidden: bool = False
    """It holds, and another finding says so."""
    told_site: str = ""
    """Site of which its sentence tells that it was down."""

    @property
    def key(self) -> Key:
        """What is the same finding from week to week, whichever way it went."""
        return self.finding.rule, self.finding.source, self.kind, self.identity or self.finding.entity

    @property
    def group(self) -> Group:
        """Findings that can be told in one sentence."""
        return self.finding.rule, self.kind, self.aspect, self.is_good

    @property
    def is_good(self) -> bool:
        return self.finding.severity is Severity.GOOD


def times(size: float, threshold: float) -> float:
    """How many times its threshold a size is: the weight of a draft. One where the threshold is nothing."""
    return size / threshold if threshold > 0 else 1.0


_LEAST_ALLOWANCE = 0.1
"""Points that a target leaves to be lost at least, for one of 100 % leaves none."""


def times_allowed(lost: float, target: float) -> float:
    """How many times what its target leaves to be lost was lost, both in per cent: a weight as well."""
    return lost / max(100.0 - target, _LEAST_ALLOWANCE)
