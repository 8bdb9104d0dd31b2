"""Ask one system about one customer's week: fetch, parse and store in one task."""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

from msp_reports.customer_files import read_customer
from msp_reports.domain.customer import Customer, SourceBinding
from msp_reports.domain.errors import (
    ChangedShapeError,
    DatabaseUnusableError,
    PermissionMissingError,
    RetriableSourceError,
    SourceError,
)
from msp_reports.domain.records import Source
from msp_reports.domain.snapshot import Facts, Pull, Snapshot, SnapshotStatus
from msp_reports.domain.week import ReportingWeek
from msp_reports.sources.catalog import BY_SYSTEM, load
from msp_reports.steps.earlier_weeks import is_being_collected
from msp_reports.steps.run import CustomerWeek, Run, current_run
from msp_reports.steps.standings import keep, told_for
from msp_reports.store.database import transaction
from msp_reports.store.probes import ProbeRepository
from msp_reports.store.queries import storable
from msp_reports.store.snapshots import SnapshotRepository

log = logging.getLogger(__name__)

PROBE_SECONDS = 300
_STUMBLES = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, OSError)
"""What code runs into that was not written for what it is given."""


def collect(*, system: str, customer: CustomerWeek) -> dict[str, str]:
    """Store what a system says about the week, or why it said nothing.

    A week that has nobody to compare with yet brings the week before along, so that a first report
    already has a comparison.
    """
    from airflow.sdk.exceptions import AirflowSkipException

    run = current_run()
    config = read_customer(customer["code"])
    binding = config.binding(system)
    if binding is None:
        raise AirflowSkipException(f"{config.code} does not use {system}")
    week = ReportingWeek.parse(customer["week"], config.zone)
    snapshot = collect_week(config, binding, week, last_try=run.last_try)
    if _lacks_prior(config, system, week, run):
        collect_week(config, binding, week.prior(), last_try=True)
    return {"status": snapshot.status, "reason": snapshot.reason or ""}


def collect_week(
    customer: Customer, binding: SourceBinding, week: ReportingWeek, *, last_try: bool
) -> Snapshot:
    """Fetch, parse and store one week. A source's failure is stored as a missing snapshot.

    Raises:
        RetriableSourceError: it may work later, and there is a later.
        ConfigurationError: the connection or the file must be corrected first.
    """
    began = datetime.now(UTC)
    try:
        fresh = _asked(customer, binding, week)
        pull, as_of = told_for(customer.code, binding.system, week, fresh)
        facts = _parse(binding, week, pull)
    except RetriableSourceError as trouble:
        if not last_try:
            raise
        return _store_missing(customer, binding, week, began, trouble)
    except SourceError as refusal:
        return _store_missing(customer, binding, week, began, refusal)
    except Exception:
        _forget(customer, binding, week)
        raise
    snapshot = _snapshot(customer, binding, week, pull, replace(facts, as_of=as_of or facts.as_of))
    keep(customer.code, binding.system, week, fresh)
    with transaction() as connection:
        SnapshotRepository(connection).save(snapshot, facts.records, pull.payload)
    log.info("%s: %d rows of %s in %d requests", customer.code, facts.rows_read, week, pull.requests)
    return snapshot


def _asked(customer: Customer, binding: SourceBinding, week: ReportingWeek) -> Pull:
    try:
        return fetch(customer, binding, week)
    except _STUMBLES as stumbled:
        raise _unforeseen(binding, stumbled) from stumbled


def _parse(binding: SourceBinding, week: ReportingWeek, pull: Pull) -> Facts:
    """Read the payload.

    Raises:
        ChangedShapeError: the parser stumbled over something that nobody foresaw. Nothing is lost by that:
            the report says that the section is not available, and the log says where it happened.
    """
    try:
        facts: Facts = load(BY_SYSTEM[binding.system].parse)(pull.payload, binding=binding, week=week)
    except _STUMBLES as stumbled:
        raise _unforeseen(binding, stumbled) from stumbled
    return facts


def _unforeseen(binding: SourceBinding, stumbled: Exception) -> ChangedShapeError:
    log.error("reading %s stumbled", binding.system, exc_info=stumbled)
    return ChangedShapeError(
        f"{BY_SYSTEM[binding.system].label}: the answer has something in it that nobody foresaw "
        f"({type(stumbled).__name__}: {stumbled}); see the task's log"
    )


def _forget(customer: Customer, binding: SourceBinding, week: ReportingWeek) -> None:
    """Numbers of an earlier run must not pass for this one's: a failed task leaves nothing behind."""
    with suppress(DatabaseUnusableError), transaction() as connection:
        SnapshotRepository(connection).forget(customer.code, week.label, binding.system)


def fetch(customer: Customer, binding: SourceBinding, week: ReportingWeek) -> Pull:
    """Ask the system, or our own table of probes, for a customer's week.

    Raises:
        SourceError: it cannot be had.
        ConfigurationError: the connection or the database must be corrected first.
    """
    hook = BY_SYSTEM[binding.system].hook
    if hook is not None:
        pull: Pull = load(hook)(binding.connection).fetch(binding.scope, week)
        return pull
    with transaction() as connection:
        probes = ProbeRepository(connection)
        payload = {
            "interval_seconds": PROBE_SECONDS,
            "probes": probes.load(customer.code, week.start_utc, week.end_utc),
            "probe_network_down": probes.network_down(week.start_utc, week.end_utc),
        }
    return Pull(payload=payload, fetched_at=datetime.now(UTC), requests=0)


def _snapshot(
    customer: Customer, binding: SourceBinding, week: ReportingWeek, pull: Pull, facts: Facts
) -> Snapshot:
    partial = bool(facts.skipped or facts.incomplete)
    return Snapshot(
        customer=customer.code,
        week=week.label,
        source=Source(BY_SYSTEM[binding.system].source),
        system=binding.system,
        status=SnapshotStatus.PARTIAL if partial else SnapshotStatus.OK,
        window_start=week.start_utc,
        window_end=week.end_utc,
        fetched_at=pull.fetched_at,
        requests=pull.requests,
        rows_read=facts.rows_read,
        reason=storable("; ".join(facts.incomplete)) or None,
        skipped=facts.skipped,
        approximations=facts.approximations,
        as_of=facts.as_of,
    )


def _store_missing(
    customer: Customer, binding: SourceBinding, week: ReportingWeek, began: datetime, why: SourceError
) -> Snapshot:
    snapshot = Snapshot(
        customer=customer.code,
        week=week.label,
        source=Source(BY_SYSTEM[binding.system].source),
        system=binding.system,
        status=SnapshotStatus.MISSING,
        window_start=week.start_utc,
        window_end=week.end_utc,
        fetched_at=began,
        requests=0,
        rows_read=0,
        reason=_reason(binding, why),
    )
    with transaction() as connection:
        SnapshotRepository(connection).save(snapshot)
    log.error("%s has no %s for %s: %s", customer.code, binding.system, week, snapshot.reason)
    return snapshot


def _reason(binding: SourceBinding, why: SourceError) -> str:
    """Say what happened; of a missing permission also what the vendor calls it.

    It leaves the task for Airflow, which takes half a surrogate pair no better than the database.
    """
    reason = f"{type(why).__name__}: {why}"
    if isinstance(why, PermissionMissingError):
        reason = f"{reason} Needed: {BY_SYSTEM[binding.system].right}."
    return str(storable(reason))


def _lacks_prior(customer: Customer, system: str, week: ReportingWeek, run: Run) -> bool:
    prior = week.prior()
    if not customer.is_served_in(prior):
        return False
    with transaction() as connection:
        if system in SnapshotRepository(connection).usable(customer.code, prior.label):
            return False
    return not is_being_collected(customer.code, week, 1, run)
