"""What is stored comes back as it was, and the database itself refuses what must not be."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import psycopg2
import pytest

from msp_reports.domain.errors import DatabaseUnusableError, NotApprovedError
from msp_reports.domain.notes import Note, noted
from msp_reports.domain.records import Basis, Outage, Record, SiteAvailability, Source, Ticket
from msp_reports.domain.snapshot import Snapshot, SnapshotStatus
from msp_reports.store.collections import CollectionRepository
from msp_reports.store.database import transaction
from msp_reports.store.deliveries import DeliveryRepository
from msp_reports.store.facts import RECORD_TYPES, columns_of, table_of
from msp_reports.store.ledger import DeliveryState
from msp_reports.store.probes import Probe, ProbeRepository
from msp_reports.store.reports import Approval, ReportKey, ReportRepository
from msp_reports.store.snapshots import SnapshotRepository

pytestmark = [pytest.mark.db, pytest.mark.airflow, pytest.mark.usefixtures("database")]

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)


def a_snapshot(week: str = "2026-W47", **changes: object) -> Snapshot:
    values: dict[str, object] = {
        "customer": "acme",
        "week": week,
        "source": Source.UPTIME,
        "system": "zabbix",
        "status": SnapshotStatus.OK,
        "window_start": NOON,
        "window_end": NOON + timedelta(days=7),
        "fetched_at": NOON,
        "requests": 4,
        "rows_read": 2,
        "skipped": ("a row",),
    }
    return Snapshot(**values | changes)  # type: ignore[arg-type]


OUTAGE = Outage(
    device_id="1",
    name="fw\x0001\ud83d",
    site="Köln",
    started_at=NOON,
    ended_at=None,
    began_before=True,
    cause="ICMP",
)
TICKET = Ticket(
    ticket_id="7",
    title="'; drop table report; --",
    priority="High",
    priority_rank=1,
    board="Desk",
    kind="Incident",
    opened_at=NOON,
    closed_at=None,
    first_response_minutes=None,
    resolve_minutes=None,
    response_breached=None,
    resolution_breached=False,
)


def save(snapshot: Snapshot, *records: Record) -> None:
    with transaction() as connection:
        SnapshotRepository(connection).save(snapshot, records, {"hosts": [1, "ü"]})


def test_facts_come_back_as_they_were() -> None:
    save(a_snapshot(), OUTAGE, TICKET)
    with transaction() as connection:
        repository = SnapshotRepository(connection)
        (facts,) = repository.load_weeks("acme", ["2026-W46", "2026-W47"])
        payload = repository.payload("acme", "2026-W47", "zabbix")
    assert facts.snapshots == (a_snapshot(),)
    (outage,) = facts.of(Outage)
    assert outage.name == "fw‹U+0000›01‹U+D83D›", "what PostgreSQL's text cannot hold is marked, not lost"
    assert facts.of(Ticket) == (TICKET,)
    assert payload == {"hosts": [1, "ü"]}


def test_notes_come_back_with_their_facts_and_those_of_an_earlier_version_as_sentences() -> None:
    notes = (
        Note(message="Runs of 3 machine(s) are not known."),
        noted("The periods of the SLA “{name}” in Zabbix do not make up this week.", name="a\x00b “{c}”"),
    )
    save(a_snapshot(approximations=notes))
    with transaction() as connection:
        (facts,) = SnapshotRepository(connection).load_weeks("acme", ["2026-W47"])
    assert facts.snapshots[0].approximations == notes


def test_running_a_week_again_replaces_its_numbers_and_no_other_weeks() -> None:
    save(a_snapshot("2026-W46"), TICKET)
    save(a_snapshot(), TICKET, OUTAGE)
    save(a_snapshot(rows_read=1), TICKET)
    with transaction() as connection:
        before, current = SnapshotRepository(connection).load_weeks("acme", ["2026-W46", "2026-W47"])
    assert len(before.records) == 1
    assert len(current.records) == 1
    assert current.snapshots[0].rows_read == 1


@pytest.mark.parametrize(
    ("status", "told"), [(SnapshotStatus.OK, "cloudflare"), (SnapshotStatus.PARTIAL, "site_checks")]
)
def test_requests_of_which_some_are_left_out_are_not_a_site_s_whole_week(
    status: SnapshotStatus, told: str
) -> None:
    thin = SiteAvailability(
        site="shop",
        name="Shop",
        url="https://shop.example/",
        probes_due=2016,
        probes_made=20,
        probes_good=20,
        p95_ms=None,
        certificate_days=None,
    )
    visits = replace(thin, site="cloudflare-shop", probes_due=None, basis=Basis.REQUESTS)
    save(a_snapshot(source=Source.AVAILABILITY, system="site_checks"), thin)
    save(a_snapshot(source=Source.AVAILABILITY, system="cloudflare", status=status), visits)
    with transaction() as connection:
        (facts,) = SnapshotRepository(connection).load_weeks(
            "acme", ["2026-W47"], precedence=["site_checks", "cloudflare"]
        )
    assert facts.measured_by == {"shop.example": told}
    assert facts.of(SiteAvailability) == (visits if told == "cloudflare" else thin,)


@pytest.mark.parametrize("basis", Basis)
def test_whatever_an_availability_counts_is_kept(basis: Basis) -> None:
    found = SiteAvailability(
        site="shop",
        name="Shop",
        url="https://shop.example/",
        probes_due=None,
        probes_made=20,
        probes_good=20,
        p95_ms=None,
        certificate_days=None,
        basis=basis,
    )
    save(a_snapshot(source=Source.AVAILABILITY, system="cloudflare"), found)
    with transaction() as connection:
        (facts,) = SnapshotRepository(connection).load_weeks("acme", ["2026-W47"], precedence=["cloudflare"])
    assert facts.of(SiteAvailability) == (found,)


def test_every_record_type_has_a_table_with_its_columns() -> None:
    with transaction() as connection, connection.cursor() as cursor:
        for kind in RECORD_TYPES:
            cursor.execute(
                "select column_name from information_schema.columns"
                " where table_schema = 'msp_reports' and table_name = %s order by ordinal_position",
                (table_of(kind),),
            )
            found = tuple(row[0] for row in cursor.fetchall())
            assert found == ("customer", "week", "system", "position", *columns_of(kind))


def draft(pdf: bytes = b"%PDF draft", week: str = "2026-W47") -> ReportKey:
    with transaction() as connection:
        return ReportRepository(connection).save_draft(
            customer="acme", week=week, model="{}", markdown="# r", pdf=pdf, run_id="r1"
        )


def seal(key: ReportKey, pdf: bytes, approved: bytes | None = None) -> None:
    approval = Approval(
        sha256=sha256(approved if approved is not None else pdf).hexdigest(),
        draft_sha256="d",
        approved_by="Jana",
        approved_at=NOON,
        how="answered",
        edits="",
    )
    with transaction() as connection:
        ReportRepository(connection).seal(key, model="{}", markdown="# r", pdf=pdf, approval=approval)


def test_an_unapproved_report_cannot_be_had_for_delivery() -> None:
    key = draft()
    with transaction() as connection, pytest.raises(NotApprovedError):
        ReportRepository(connection).approved(key)


def test_the_very_bytes_that_were_approved_can_be_delivered() -> None:
    key = draft()
    seal(key, b"%PDF final")
    with transaction() as connection:
        report, approval = ReportRepository(connection).approved(key)
    assert report.pdf == b"%PDF final"
    assert approval.approved_by == "Jana"


def test_an_edit_after_the_approval_needs_a_new_one() -> None:
    key = draft()
    seal(key, b"%PDF final")
    with transaction() as connection, connection.cursor() as cursor:
        cursor.execute("update report set pdf = %s", (b"%PDF edited later",))
    with transaction() as connection, pytest.raises(NotApprovedError):
        ReportRepository(connection).approved(key)


def test_an_approval_of_other_bytes_seals_nothing() -> None:
    key = draft()
    with pytest.raises(NotApprovedError):
        seal(key, b"%PDF final", approved=b"%PDF other")


@pytest.mark.parametrize("state", ["draft", "in_review", "rejected"])
def test_a_report_in_another_state_is_refused_even_with_an_approval(state: str) -> None:
    key = draft()
    seal(key, b"%PDF final")
    with transaction() as connection:
        ReportRepository(connection).set_state(key, state)
    with transaction() as connection, pytest.raises(NotApprovedError):
        ReportRepository(connection).approved(key)


def test_an_unanswered_draft_is_replaced_and_an_answered_one_stays() -> None:
    assert draft(b"1").revision == 1
    assert draft(b"2").revision == 1
    seal(draft(b"3"), b"final")
    assert draft(b"4").revision == 2


def test_the_ledger_refuses_bytes_without_an_approval() -> None:
    key = draft()
    with pytest.raises(psycopg2.errors.ForeignKeyViolation), transaction() as connection:
        DeliveryRepository(connection).plan(key, channel="gmail", recipients="a@b.c", digest="0" * 64)


def test_a_delivery_is_entered_once_and_remembers_where_it_is() -> None:
    key = draft()
    seal(key, b"final")
    digest = sha256(b"final").hexdigest()
    with transaction() as connection:
        ledger = DeliveryRepository(connection)
        first = ledger.plan(key, channel="gmail", recipients="a@b.c", digest=digest)
        ledger.record(first.key, DeliveryState.PREPARED, remote_ids={"draft_id": "r-1"})
        ledger.record(first.key, DeliveryState.SENDING, remote_ids={"thread_id": "t-1"})
    with transaction() as connection:
        again = DeliveryRepository(connection).plan(key, channel="gmail", recipients="a@b.c", digest=digest)
    assert again.state is DeliveryState.SENDING
    assert again.remote_ids == {"draft_id": "r-1", "thread_id": "t-1"}
    assert again.attempts == 1


def test_a_collection_is_open_until_it_settles() -> None:
    with transaction() as connection:
        CollectionRepository(connection).open(run_id="r1", customers=[("acme", "2026-W47")])
    with transaction() as connection:
        CollectionRepository(connection).settle("acme", "2026-W47")
        (entry,) = CollectionRepository(connection).load(["2026-W47"])
    assert (entry.run_id, entry.settled) == ("r1", True)


def a_probe(slot: datetime, **changes: object) -> Probe:
    values: dict[str, object] = {
        "customer": "acme",
        "site": "shop",
        "host": "shop.acme.example",
        "slot": slot,
        "checked_at": slot,
        "ok": True,
        "status_code": 200,
        "error_kind": None,
        "total_ms": 90,
        "cert_expires_at": None,
    }
    return Probe(**values | changes)  # type: ignore[arg-type]


def unanswered(slot: datetime, kind: str = "timeout", **changes: object) -> Probe:
    return a_probe(slot, ok=False, status_code=None, error_kind=kind, **changes)


def line_down(*probes: Probe) -> list[str]:
    with transaction() as connection:
        repository = ProbeRepository(connection)
        repository.save(probes)
        return repository.network_down(NOON, NOON + timedelta(hours=1))


AT_BETA = {"customer": "beta", "host": "www.beta.example"}


def test_a_slot_keeps_its_first_probe_and_the_window_is_half_open() -> None:
    with transaction() as connection:
        repository = ProbeRepository(connection)
        repository.save([a_probe(NOON), a_probe(NOON + timedelta(minutes=5))])
        repository.save([a_probe(NOON, ok=False)])
        found = repository.load("acme", NOON, NOON + timedelta(minutes=5))
    assert found == {"shop": [[NOON.isoformat(), True, 200, None, 90, None]]}


@pytest.mark.parametrize("kind", ["dns", "connect", "timeout"])
def test_a_slot_in_which_no_site_of_several_hosts_answered_is_our_own_line(kind: str) -> None:
    later = NOON + timedelta(minutes=5)
    found = line_down(
        unanswered(NOON, kind),
        unanswered(NOON, **AT_BETA),
        unanswered(later, kind),
        a_probe(later, **AT_BETA),
    )
    assert found == [NOON.isoformat()]


@pytest.mark.parametrize(
    ("kind", "status"),
    [("http_status", 503), ("http_status", None), ("body", 200), ("tls", None)],
)
def test_sites_that_failed_by_what_they_answered_were_reached(kind: str, status: int | None) -> None:
    answered = {"ok": False, "status_code": status, "error_kind": kind}
    assert line_down(a_probe(NOON, **answered), a_probe(NOON, **AT_BETA, **answered)) == []
    later = NOON + timedelta(minutes=5)
    assert line_down(unanswered(later), a_probe(later, **AT_BETA, **answered)) == []


def test_sites_of_one_host_that_fail_together_are_not_our_own_line() -> None:
    assert (
        line_down(unanswered(NOON), unanswered(NOON, site="portal"), unanswered(NOON, customer="beta")) == []
    )


def test_probes_of_before_hosts_were_kept_count_by_their_sites() -> None:
    with transaction() as connection:
        ProbeRepository(connection).save([unanswered(NOON), unanswered(NOON, site="portal")])
        with connection.cursor() as cursor:
            cursor.execute("update msp_reports.probe set host = null")
    assert line_down() == [NOON.isoformat()]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ('{"conn_type": "sqlite", "host": "/tmp/x.db"}', "needs PostgreSQL"),
        ('{"conn_type": "postgres", "extra": {"socket_dir": "/nowhere"}}', "cannot be reached"),
    ],
)
def test_an_unusable_database_is_one_clear_sentence(
    monkeypatch: pytest.MonkeyPatch, settings: str, words: str
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_MSP_REPORTS_DB", settings)
    with pytest.raises(DatabaseUnusableError, match=words) as unusable, transaction():
        pass
    assert "\n" not in str(unusable.value)
