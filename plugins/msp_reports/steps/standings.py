"""Once a day: keep what vendors can only tell about now, so that a past week can still be told."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from msp_reports.customer_files import read_customers
from msp_reports.domain.customer import Customer, SourceBinding
from msp_reports.domain.errors import ConfigurationError, SourceError, StandingsIncompleteError
from msp_reports.domain.snapshot import Pull
from msp_reports.domain.week import ReportingWeek
from msp_reports.sources.catalog import BY_SYSTEM, load
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
    taken, troubles = 0, []
    customers = read_customers()
    for customer in customers.usable:
        for binding in customer.sources:
            if not BY_SYSTEM[binding.system].standing:
                continue
            try:
                _keep(customer, binding)
                taken += 1
            except (SourceError, ConfigurationError) as trouble:
                log.warning("%s has no standing of %s: %s", customer.code, binding.system, trouble)
                troubles.append(f"{customer.code} {binding.system}: {type(trouble).__name__}")
    with transaction() as connection:
        StandingRepository(connection).forget_before(datetime.now(UTC) - KEPT)
    if troubles:
        raise StandingsIncompleteError(
            f"{taken} standings taken, {len(troubles)} not: {'; '.join(troubles)}. See the log above."
        )
    return {"taken": taken}


def _keep(customer: Customer, binding: SourceBinding) -> None:
    spec = BY_SYSTEM[binding.system]
    pull: Pull = load(str(spec.hook))(binding.connection).standing(binding.scope)
    keep(customer.code, binding.system, pull)


def keep(customer: str, system: str, pull: Pull) -> None:
    """Keep those parts of a fresh pull that describe this moment."""
    parts = {name: pull.payload[name] for name in BY_SYSTEM[system].standing if name in pull.payload}
    if not parts:
        return
    with transaction() as connection:
        StandingRepository(connection).save(
            customer, system, Standing(taken_at=pull.fetched_at, payload=parts)
        )


def told_for(customer: str, system: str, week: ReportingWeek, pull: Pull) -> tuple[Pull, datetime | None]:
    """Put what was kept nearest to the week's end in the place of what is so now.

    Returns:
        The pull as the parser is to see it, and when its standing parts were taken: None when they are
        as fresh as the week's end needs, or when the system has none. A payload tells its parser the
        same under ``standing_at``, so that what describes another moment is not taken for the week's.
    """
    spec = BY_SYSTEM[system]
    if not spec.standing:
        return pull, None
    if pull.fetched_at - week.end_utc <= NEAR:
        return _marked(pull, pull.payload, pull.fetched_at), None
    with transaction() as connection:
        kept = StandingRepository(connection).nearest(customer, system, week.end_utc, within=NEAR)
    if kept is None:
        return _marked(pull, pull.payload, pull.fetched_at), None
    return _marked(pull, {**pull.payload, **kept.payload}, kept.taken_at), kept.taken_at


def _marked(pull: Pull, payload: Mapping[str, Any], taken_at: datetime) -> Pull:
    marked = {**payload, "standing_at": taken_at.isoformat()}
    return Pull(payload=marked, fetched_at=pull.fetched_at, requests=pull.requests)
