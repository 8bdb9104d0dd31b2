"""Once a day: keep what vendors can only tell about now, so that a past week can still be told."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from msp_reports.customer_files import read_customers
from msp_reports.domain.customer import Customer, SourceBinding
from msp_reports.domain.errors import StandingsIncompleteError
from msp_reports.domain.snapshot import Pull
from msp_reports.domain.week import ReportingWeek
from msp_reports.sources.catalog import BY_SYSTEM, SourceSpec, load
from msp_reports.store.database import transaction
from msp_reports.store.standings import Standing, StandingRepository

log = logging.getLogger(__name__)

NEAR = timedelta(hours=36)
"""How far from a week's end a standing may have been taken to be told for it."""
KEPT = timedelta(days=400)


def keep_standings() -> dict[str, int]:
    """Take today's standing of every customer; one system's trouble does not keep the others from theirs.

    Raises:
        StandingsIncompleteError: some could not be taken; names each with its reason.
    """
    customers = read_customers()
    taken, troubles = 0, [f"customer left out: {wrong}" for wrong in customers.left_out]
    for customer in customers.usable:
        for binding in customer.sources:
            if not BY_SYSTEM[binding.system].standing:
                continue
            try:
                _take(customer, binding)
                taken += 1
            except Exception as trouble:  # whatever it is, the others' day must not be lost over it
                log.exception("%s has no standing of %s", customer.code, binding.system)
                troubles.append(f"{customer.code} {binding.system}: {type(trouble).__name__}")
    with transaction() as connection:
        StandingRepository(connection).forget_before(datetime.now(UTC) - KEPT)
    if troubles:
        raise StandingsIncompleteError(
            f"{taken} standings taken, {len(troubles)} not: {'; '.join(troubles)}. See the log above."
        )
    return {"taken": taken}


def _take(customer: Customer, binding: SourceBinding) -> None:
    spec = BY_SYSTEM[binding.system]
    pull: Pull = load(str(spec.hook))(binding.connection).standing(binding.scope)
    _save(customer.code, binding.system, pull, zone=customer.zone)


def keep(customer: str, system: str, week: ReportingWeek, pull: Pull) -> None:
    """Keep those parts of a week's pull that describe this moment, if the week has only just ended.

    A pull for an older week may have asked for an older window, and the night's own will do.
    """
    if is_fresh(pull, week):
        _save(customer, system, pull, zone=week.zone)


def _save(customer: str, system: str, pull: Pull, *, zone: str) -> None:
    parts = {name: pull.payload[name] for name in BY_SYSTEM[system].standing if name in pull.payload}
    if not any(parts.values()):
        return  # nothing was told, as where a permission is missing: that is no standing
    with transaction() as connection:
        StandingRepository(connection).save(
            customer, system, Standing(taken_at=pull.fetched_at, payload=parts), zone=zone
        )


def is_fresh(pull: Pull, week: ReportingWeek) -> bool:
    """Tell whether a pull was made near enough to the week's end to speak for it."""
    return pull.fetched_at - week.end_utc <= NEAR


def told_for(customer: str, system: str, week: ReportingWeek, pull: Pull) -> tuple[Pull, datetime | None]:
    """Put what was kept of the week's end in the place of what is so now: see `StandingRepository.nearest`.

    The provider's night may fall before the week's end where the customer is west of it; then a pull soon
    after the end knows more than the night, and speaks for itself.

    Returns:
        The pull as the parser is to see it, and when its standing parts were taken: None when they are
        the pull's own, or when the system has none. A payload tells its parser the
        same under ``standing_at``, so that what describes another moment is not taken for the week's.
    """
    spec = BY_SYSTEM[system]
    if not spec.standing:
        return pull, None
    with transaction() as connection:
        kept = StandingRepository(connection).nearest(customer, system, week.end_utc, within=NEAR)
    if kept is None or (is_fresh(pull, week) and not _is_nearer(kept, pull, week, spec)):
        return told_now(system, pull), None
    return _marked(pull, {**pull.payload, **kept.payload}, kept.taken_at), kept.taken_at


def _is_nearer(kept: Standing, pull: Pull, week: ReportingWeek, spec: SourceSpec) -> bool:
    """Tell whether a standing is of a time between the week's end and a fresh pull.

    What was paused, deleted or backed up in between is not the week's. A history only grows in between.
    """
    return not spec.standing_is_history and week.end_utc <= kept.taken_at < pull.fetched_at


def told_now(system: str, pull: Pull) -> Pull:
    """Mark a pull as it would be were nothing kept."""
    return _marked(pull, pull.payload, pull.fetched_at) if BY_SYSTEM[system].standing else pull


def _marked(pull: Pull, payload: Mapping[str, Any], taken_at: datetime) -> Pull:
    marked = {**payload, "standing_at": taken_at.isoformat()}
    return Pull(payload=marked, fetched_at=pull.fetched_at, requests=pull.requests)
