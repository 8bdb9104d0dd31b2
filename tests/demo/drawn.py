"""A report model as the steps make it of the estate's answers, without Airflow and without a database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import requests

from demo.setting import Setting
from msp_reports.customer_files import read_provider
from msp_reports.domain.customer import Customer
from msp_reports.domain.merge import measured_by, merge, twins
from msp_reports.domain.reconcile import reconcile
from msp_reports.domain.records import Record, Source
from msp_reports.domain.report import ReportModel
from msp_reports.domain.snapshot import Facts, Pull, Snapshot, SnapshotStatus, WeekFacts
from msp_reports.domain.week import ReportingWeek
from msp_reports.sources.catalog import BY_SYSTEM, load


def model_of(customer: Customer, week: ReportingWeek, setting: Setting) -> ReportModel:
    snapshots: list[Snapshot] = []
    answers: dict[str, tuple[Record, ...]] = {}
    for binding in customer.sources:
        spec = BY_SYSTEM[binding.system]
        if spec.hook is None:
            pull = probes(setting, customer, week)
        else:
            pull = load(spec.hook)(binding.connection).fetch(binding.scope, week)
        facts: Facts = load(spec.parse)(pull.payload, binding=binding, week=week)
        assert not facts.skipped
        answers[binding.system] = facts.records
        snapshots.append(
            Snapshot(
                customer=customer.code,
                week=week.label,
                source=Source(spec.source),
                system=binding.system,
                status=SnapshotStatus.OK,
                window_start=week.start_utc,
                window_end=week.end_utc,
                fetched_at=pull.fetched_at,
                requests=pull.requests,
                rows_read=facts.rows_read,
            )
        )
    order = tuple(BY_SYSTEM)
    facts_of_week = WeekFacts(
        week=week.label,
        snapshots=tuple(snapshots),
        records=merge(answers, order),
        twins=twins(answers, order),
        measured_by=measured_by(answers, order),
    )
    return reconcile(
        customer=customer, provider=read_provider(), week=week, current=facts_of_week, history=()
    )


def probes(setting: Setting, customer: Customer, week: ReportingWeek) -> Pull:
    """What our own probe table would hold, had the five-minute checks been running."""
    url = f"{setting.estate_url}/estate/probes/{customer.code}/{week.label}"
    told = requests.get(url, timeout=30).json()
    start, end = (datetime.fromisoformat(told[edge]) for edge in ("start", "end"))
    slots = [start + timedelta(minutes=5 * n) for n in range(int((end - start) / timedelta(minutes=5)))]
    rows = {}
    for site in told["sites"]:
        failed, missing = ({datetime.fromisoformat(at) for at in site[key]} for key in ("failed", "missing"))
        rows[site["site"]] = [
            [slot, slot not in failed, 200, "http_status" if slot in failed else None, 90, None]
            for slot in slots
            if slot not in missing
        ]
    payload = {"interval_seconds": 300, "probes": rows, "probe_network_down": []}
    return Pull(payload=payload, fetched_at=datetime.now(UTC), requests=0)
