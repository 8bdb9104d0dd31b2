"""Hold the run against what the estate really received."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from demo.airflow_api import AirflowApi
from demo.database import ReportDatabase
from demo.received import KINDS, Place, pdf_faults, places, received
from demo.reviews import WORDS, Answers
from demo.setting import Setting

CUSTOMERS = 12
EVERY_CHANNEL = (
    "gmail",
    "outlook",
    "teams",
    "teams_file",
    "teams_standing",
    "teams_chat",
    "teams_pin",
    "drive",
    "sharepoint",
)
"""The seventh, the roll-up, has a check of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerOutcome:
    code: str
    state: str
    sources: dict[str, str]
    findings: int
    sha256: str
    deliveries: dict[str, str]
    place: Place
    received: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    week: str
    customers: tuple[CustomerOutcome, ...]
    faults: tuple[str, ...]


def check_outcome(
    setting: Setting, api: AirflowApi, database: ReportDatabase, run_id: str, answers: Answers
) -> Outcome:
    """Compare database, Airflow and the estate's outbox; every difference is a fault."""
    outbox = requests.get(f"{setting.estate_url}/estate/outbox", timeout=30).json()
    reports = database.rows(_REPORTS, run_id)
    week = reports[0]["week"] if reports else "none"
    where = places(setting)
    customers = tuple(_customer(database, report, outbox, where[report["customer"]]) for report in reports)
    faults = [
        *_count_faults(customers, api.run(run_id)),
        *(fault for customer in customers for fault in _faults(customer, answers)),
        *(
            fault
            for customer in customers
            if customer.code != answers.rejected
            for fault in pdf_faults(customer.place, outbox, week, customer.sha256)
        ),
        *_byte_faults(database, outbox, week),
        *_edit_faults(database, answers, week),
        *_channel_faults(customers),
        *_rollup_faults(outbox),
    ]
    return Outcome(week=week, customers=customers, faults=tuple(faults))


def print_table(outcome: Outcome) -> None:
    header = ("customer", "sources", "findings", "state", *KINDS)
    rows: list[tuple[str, ...]] = [header]
    for customer in outcome.customers:
        told = " ".join(f"{name}:{status}" for name, status in customer.sources.items() if status != "ok")
        rows.append((
            customer.code,
            told or f"all {len(customer.sources)} ok",
            str(customer.findings),
            customer.state,
            *(str(customer.received[kind]) for kind in KINDS),
        ))
    widths = [max(len(row[column]) for row in rows) for column in range(len(header))]
    print(f"\nWeek {outcome.week}")
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    print(flush=True)


def write_summary(setting: Setting, outcome: Outcome, seconds: dict[str, float]) -> Path:
    path = setting.build / "summary.json"
    states = [_told(customer.state) for customer in outcome.customers]
    summary = {
        "week": outcome.week,
        "seconds": seconds,
        "drafts": len(states),
        "delivered": states.count("delivered"),
        "rejected": states.count("rejected"),
        "customers": [
            {
                "code": customer.code,
                "state": _told(customer.state),
                "sources": customer.sources,
                "findings": customer.findings,
                "sha256": customer.sha256,
                "deliveries": customer.deliveries,
            }
            for customer in outcome.customers
        ],
        "faults": list(outcome.faults),
    }
    path.write_text(json.dumps(summary, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def _told(state: str) -> str:
    """What is archived was delivered before; the archive has its own line under deliveries."""
    return "delivered" if state == "archived" else state


def _customer(
    database: ReportDatabase,
    report: dict[str, Any],
    outbox: dict[str, Any],
    place: Place,
) -> CustomerOutcome:
    code, week = report["customer"], report["week"]
    snapshots = database.rows(
        "select system, status from msp_reports.snapshot where customer = %s and week = %s order by system",
        code,
        week,
    )
    deliveries = database.rows(
        "select channel, state from msp_reports.delivery where customer = %s and week = %s and revision = %s"
        " and state <> 'replaced'",
        code,
        week,
        report["revision"],
    )
    return CustomerOutcome(
        code=code,
        state=report["state"],
        sources={row["system"]: row["status"] for row in snapshots},
        findings=report["findings"],
        sha256=report["sha256"],
        deliveries={row["channel"]: row["state"] for row in deliveries},
        place=place,
        received=received(place, outbox, week),
    )


def _count_faults(customers: tuple[CustomerOutcome, ...], run: dict[str, Any]) -> Iterator[str]:
    if len(customers) != CUSTOMERS:
        yield f"{len(customers)} drafts instead of {CUSTOMERS}"
    if run["state"] != "success":
        yield f"the run ended as {run['state']}"


def _faults(customer: CustomerOutcome, answers: Answers) -> Iterator[str]:
    rejected = customer.code == answers.rejected
    wanted_state = "rejected" if rejected else "archived"
    if customer.state != wanted_state:
        yield f"{customer.code} is {customer.state}, not {wanted_state}"
    for kind, each in customer.place.wanted.items():
        wanted = 0 if rejected else each
        if customer.received[kind] != wanted:
            yield f"{customer.code} has {customer.received[kind]} {kind} instead of {wanted}"
    if rejected and customer.deliveries:
        yield f"{customer.code} was rejected and has deliveries {customer.deliveries}"
    for channel in () if rejected else customer.place.channels:
        if customer.deliveries.get(channel) != "sent":
            yield f"{customer.code}: {channel} is {customer.deliveries.get(channel, 'absent')}"


def _byte_faults(database: ReportDatabase, outbox: dict[str, Any], week: str) -> Iterator[str]:
    """Every byte that left has an approval."""
    approved = {row["sha256"] for row in database.rows(_APPROVED, week, week)}
    for item in (*outbox["mails"], *outbox["files"]):
        if item["sha256"] not in approved:
            yield f"bytes without an approval left: {item}"


def _edit_faults(database: ReportDatabase, answers: Answers, week: str) -> Iterator[str]:
    found = database.rows(
        "select customer, edits from msp_reports.approval where week = %s and edits <> ''", week
    )
    if [row["customer"] for row in found] != [answers.edited]:
        yield f"edited reports: {[row['customer'] for row in found]}, not {answers.edited} alone"
    first = WORDS.split(",", maxsplit=1)[0]
    if not any(first in row["edits"] for row in found):
        yield "the engineer's words are not in the edited report"


def _channel_faults(customers: tuple[CustomerOutcome, ...]) -> Iterator[str]:
    """The demo goes through every channel there is."""
    sent = {name for customer in customers for name, state in customer.deliveries.items() if state == "sent"}
    for name in EVERY_CHANNEL:
        if name not in sent:
            yield f"nothing was sent through {name}"


def _rollup_faults(outbox: dict[str, Any]) -> Iterator[str]:
    rollups = [post for post in outbox["posts"] if "weekly-reports" in post["channel"]]
    if len(rollups) != 1:
        yield f"{len(rollups)} roll-ups instead of 1"
    elif not rollups[0]["edits"]:
        yield "the roll-up was not edited at the end"


_REPORTS = """
select
    r.customer, r.week, r.revision, r.state, r.sha256,
    (select count(*) from msp_reports.finding f where f.customer = r.customer and f.week = r.week) as findings
from msp_reports.report r
where r.run_id = %s
order by r.customer
"""

_APPROVED = """
select sha256 from msp_reports.approval where week = %s
union all
select content_sha256 from msp_reports.sealed_file where week = %s
"""
