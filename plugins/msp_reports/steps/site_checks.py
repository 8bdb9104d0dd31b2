"""Probe every public site of every customer once, for one five-minute slot."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from msp_reports.customer_files import read_customers
from msp_reports.store.database import transaction
from msp_reports.store.probes import Probe, ProbeRepository

SLOT = timedelta(minutes=5)
KEPT = timedelta(days=400)
AT_ONCE = 16


def check_sites() -> dict[str, int]:
    """Probe all sites and store the results; return how many answered."""
    from airflow.sdk import get_current_context

    dag_run = get_current_context()["dag_run"]
    slot = slot_of(dag_run.data_interval_end or dag_run.run_after)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        probes = list(pool.map(lambda target: _probe(target[0], target[1], slot), _targets()))
    with transaction() as connection:
        repository = ProbeRepository(connection)
        repository.save(probes)
        repository.forget_before(slot - KEPT)
    return {"sites": len(probes), "good": sum(probe.ok for probe in probes)}


def slot_of(moment: datetime) -> datetime:
    """Return the five-minute mark at or before a moment."""
    utc = moment.astimezone(UTC)
    return utc - timedelta(minutes=utc.minute % 5, seconds=utc.second, microseconds=utc.microsecond)


def _targets() -> Iterable[tuple[str, Any]]:
    for customer in read_customers().usable:
        binding = customer.binding("site_checks")
        if binding is not None:
            scope: Any = binding.scope
            yield from ((customer.code, site) for site in scope.sites)


def _probe(customer: str, site: Any, slot: datetime) -> Probe:
    from msp_reports.hooks.site_probe import probe

    result = probe(site.url, expect_status=site.expect_status, expect_text=site.expect_text)
    return Probe(
        customer=customer,
        site=site.id,
        host=urlsplit(site.url).hostname or "",
        slot=slot,
        checked_at=datetime.now(UTC),
        ok=result.ok,
        status_code=result.status_code,
        error_kind=result.error_kind,
        total_ms=result.total_ms,
        cert_expires_at=result.cert_expires_at,
    )
