"""Report models in which every position that is not the package's own word holds a given one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import timedelta
from enum import Enum
from functools import lru_cache
from itertools import count
from typing import Any

from msp_reports.domain.notes import Note
from msp_reports.domain.records import (
    BackupMachine,
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
from msp_reports.domain.report import Correction, ReportModel
from tests.unit.domain import builders as make

OURS = frozenset({"customer_code", "zone", "week", "comparison", "language", "severity"})
"""Strings of a model that are the package's own: validated codes, labels, zones, grades of a closed list."""

SENTENCES = frozenset({"summary", "sentence", "text", "notes", "rules", "changes"})
"""Strings that may begin with another's word, and go on in our own."""


SOURCE_OF: dict[type[Record], Source] = {
    DeviceUptime: Source.UPTIME, Outage: Source.UPTIME, ServiceLevel: Source.UPTIME, Ticket: Source.TICKETS,
    BackupMachine: Source.BACKUP, Incident: Source.SECURITY, SecureScore: Source.SECURITY,
    ControlMove: Source.SECURITY, SiteAvailability: Source.AVAILABILITY, SiteOutage: Source.AVAILABILITY,
}  # fmt: skip
CLOSED = frozenset({"edge", "severity", "basis"})
"""Strings of a record that a parser chooses from a closed list."""


@lru_cache
def everything(size: int) -> ReportModel:
    """A report with something in each list: `size` outages, machines, incidents, public sites …"""
    current = make.facts(*a_bad_week(size))
    noted = tuple(replace(snapshot, approximations=(Note(message="x"),)) for snapshot in current.snapshots)
    model = make.report(replace(current, snapshots=noted), make.last(*make.quiet(make.WEEK.prior())))
    sent_on = make.WEEK.start_utc.date()
    return replace(model, correction=Correction(of_revision=1, sent_on=sent_on, changes=("x", "x")))


def told(records: Iterable[Record], words: Iterator[str]) -> tuple[Record, ...]:
    """Put a word in place of each text that a vendor gives; what was the same in a field stays the same."""
    instead: dict[tuple[str, str], str] = {}

    def word(name: str, value: str) -> str:
        if (name, value) not in instead:
            instead[name, value] = next(words)
        return instead[name, value]

    return tuple(
        replace(
            record,
            **{
                entry.name: word(entry.name, value)
                for entry in fields(record)
                if isinstance(value := getattr(record, entry.name), str) and entry.name not in CLOSED
            },
        )
        for record in records
    )


def a_bad_week(size: int) -> tuple[Record, ...]:
    """Facts of which every part of a report has something to tell."""
    start = make.WEEK.start_utc
    records: list[Record] = [*make.tickets_in(make.WEEK, 5), *make.scores(71.0, 60.0)]
    for number in range(size):
        name, at = f"x{number}", start + timedelta(hours=number + 1)
        end = at + timedelta(minutes=30)
        records += (
            make.device(name, down=200_000, site=name, kind=name),
            Outage(
                device_id=f"id-{name}", name=name, site=name, started_at=at, ended_at=end,
                began_before=False, cause=name,
            ),
            ServiceLevel(service=name, sli_percent=99.0, slo_percent=99.9),
            replace(make.ticket(90 + number, opened=start - timedelta(days=9)), priority=name),
            make.machine(name, hours=90),
            make.incident(number),
            ControlMove(control=name, title=name, before=5.0, after=2.0),
            make.site(name, good=1500),
            make.site_outage(name, seconds=5400),
        )  # fmt: skip
    return tuple(records)


def positions(model: ReportModel) -> int:
    """How many positions the model has."""
    places = count()
    filled(model, (f"w{place}w" for place in places))
    return next(places)


def filled(model: ReportModel, words: Iterator[str]) -> ReportModel:
    """Put the next of `words` into each position, in the order of the model's fields."""
    done: ReportModel = _filled(model, words)
    return done


def _filled(value: Any, words: Iterator[str], name: str = "") -> Any:
    if isinstance(value, Enum):
        return value
    if isinstance(value, str):
        return f"{next(words)} told" if name in SENTENCES else next(words)
    if isinstance(value, tuple):
        return tuple(_filled(item, words, name) for item in value)
    if is_dataclass(value) and not isinstance(value, type):
        changed = {
            entry.name: _filled(getattr(value, entry.name), words, entry.name)
            for entry in fields(value)
            if entry.init and entry.name not in OURS
        }
        return replace(value, **changed)
    return value
