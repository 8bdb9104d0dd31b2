from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from msp_reports.domain.customer import SourceBinding
from msp_reports.domain.errors import ChangedShapeError, ForeignRowError
from msp_reports.domain.records import BackupMachine, BackupRun
from msp_reports.domain.snapshot import Facts
from msp_reports.domain.week import ReportingWeek
from msp_reports.sources.datto import DattoScope, parse

Load = Callable[[str], Any]
SERIAL = "DC1234567890"
SCOPE = DattoScope(organization_id="4711", client="ACME GmbH")


def read(payload: Any, week: ReportingWeek, scope: DattoScope = SCOPE) -> Facts:
    return parse(payload, binding=SourceBinding(system="datto", connection="d", scope=scope), week=week)


def machines(facts: Facts) -> dict[str, BackupMachine]:
    return {r.name: r for r in facts.records if isinstance(r, BackupMachine)}


def one(payload: Load, week: ReportingWeek, **change: Any) -> BackupMachine:
    answers = payload("datto/week.json")
    answers["assets"][SERIAL] = [answers["assets"][SERIAL][0] | change]
    (found,) = machines(read(answers, week)).values()
    return found


def epoch(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def run(stamp: str, status: str | None = "success", shot: object = None) -> dict[str, Any]:
    return {
        "timestamp": stamp,
        "backup": {"status": status, "errorMessage": None},
        "advancedVerification": {"screenshotVerification": {"status": shot}},
    }


def test_a_machine_is_told_as_of_the_week_s_end(payload: Load, week: ReportingWeek) -> None:
    server = machines(read(payload("datto/week.json"), week))["acme-dc01"]
    assert server.last_good_known
    assert server.last_good_at == datetime(2026, 11, 22, 21, tzinfo=UTC)
    assert (server.runs_known, server.runs_good, server.runs_failed) == (True, 1, 1)
    assert server.verified_at == datetime(2026, 11, 22, 21, tzinfo=UTC)
    assert (server.kind, server.rpo_hours, server.appliance) == ("agent", 48, "ACME-SIRIS")


def test_runs_inside_the_week_are_listed_with_what_the_vendor_said(
    payload: Load, week: ReportingWeek
) -> None:
    runs = [r for r in read(payload("datto/week.json"), week).records if isinstance(r, BackupRun)]
    assert [(r.machine_id, r.ended_at.day, r.good, r.message) for r in runs] == [
        ("v-dc01", 20, False, "VSS writer timed out"),
        ("v-dc01", 22, True, ""),
    ]


def test_archived_machines_are_left_out_and_paused_ones_flagged(payload: Load, week: ReportingWeek) -> None:
    found = machines(read(payload("datto/week.json"), week))
    assert {name: m.paused for name, m in found.items()} == {
        "acme-dc01": False,
        "acme-lab": True,
        "acme-share": False,
        "acme-new": False,
    }


def test_a_share_has_no_screenshots_and_a_late_look_cannot_tell_its_last_backup(
    payload: Load, week: ReportingWeek
) -> None:
    share = machines(read(payload("datto/week.json"), week))["acme-share"]
    assert (share.kind, share.verification_known, share.last_good_known, share.last_good_at) == (
        "share",
        False,
        False,
        None,
    )
    assert (share.runs_known, share.runs_good, share.runs_failed) == (False, None, None)


def test_a_machine_that_was_never_backed_up_says_never(payload: Load, week: ReportingWeek) -> None:
    new = machines(read(payload("datto/week.json"), week))["acme-new"]
    assert (new.last_good_known, new.last_good_at, new.verification_known, new.verified_at) == (
        True,
        None,
        True,
        None,
    )


def test_the_last_snapshot_counts_when_it_was_before_the_week_s_end(
    payload: Load, week: ReportingWeek
) -> None:
    stamp = "2026-11-22T22:59:59+00:00"
    assert one(payload, week, lastSnapshot=epoch(stamp), backups=[]).last_good_at == datetime.fromisoformat(
        stamp
    )
    assert not one(payload, week, lastSnapshot=epoch(stamp) + 1, backups=[]).last_good_known


@pytest.mark.parametrize(
    ("attempt", "status", "backups", "known", "verified"),
    [
        ("2026-11-22T03:00:00+00:00", True, [], True, "2026-11-22T03:00:00+00:00"),
        ("2026-11-22T03:00:00+00:00", False, [], True, None),
        ("2026-11-22T03:00:00+00:00", None, [], False, None),
        ("2026-11-24T03:00:00+00:00", True, [], False, None),
        ("2026-11-24T03:00:00+00:00", True, ["success"], True, "2026-11-20T21:00:00+00:00"),
        ("2026-11-24T03:00:00+00:00", True, ["1"], True, "2026-11-20T21:00:00+00:00"),
        ("2026-11-24T03:00:00+00:00", True, [True], True, "2026-11-20T21:00:00+00:00"),
        ("2026-11-24T03:00:00+00:00", True, [""], False, None),
        ("2026-11-24T03:00:00+00:00", True, ["failure"], False, None),
        (None, None, [], True, None),
    ],
)
def test_the_last_proven_restore(
    payload: Load,
    week: ReportingWeek,
    attempt: str | None,
    status: bool | None,
    backups: list[object],
    known: bool,
    verified: str | None,
) -> None:
    found = one(
        payload,
        week,
        lastScreenshotAttempt=epoch(attempt) if attempt else 0,
        lastScreenshotAttemptStatus=status,
        backups=[run("2026-11-20T21:00:00+00:00", shot=shot) for shot in backups],
    )
    assert (found.verification_known, found.verified_at) == (
        known,
        datetime.fromisoformat(verified) if verified else None,
    )


@pytest.mark.parametrize("order", [1, -1])
def test_the_order_of_runs_does_not_matter(payload: Load, week: ReportingWeek, order: int) -> None:
    runs = [run(f"2026-11-{day}T01:00:00+00:00") for day in (14, 17, 20)][::order]
    assert one(payload, week, backups=runs, lastSnapshot=None).runs_good == 2


@pytest.mark.parametrize("change", [{"organizationId": 4712}, {"organizationId": None}])
def test_another_client_s_appliance_refuses_the_snapshot(
    payload: Load, week: ReportingWeek, change: dict[str, Any]
) -> None:
    answers = payload("datto/week.json")
    answers["devices"][0] |= change
    with pytest.raises(ForeignRowError):
        read(answers, week)


@pytest.mark.parametrize(
    ("scope", "appliance", "owned"),
    [
        ({"organization_id": 4711}, {"organizationId": 4711}, True),
        ({"organization_id": "4711"}, {"organizationId": "4711", "clientCompanyName": "x"}, True),
        ({"organization_id": "4711", "client": "ACME"}, {"clientCompanyName": "ACME"}, False),
        ({"client": "ACME GmbH"}, {"clientCompanyName": " acme gmbh "}, True),
        ({"client": "ACME GmbH"}, {"clientCompanyName": "ACME GmbH Labs"}, False),
        ({"client": "ACME"}, {"clientCompanyName": None, "organizationName": "ACME"}, True),
        ({"client": "ACME"}, {}, False),
    ],
)
def test_an_appliance_is_owned_by_id_else_by_exact_name(
    scope: dict[str, Any], appliance: dict[str, Any], owned: bool
) -> None:
    assert DattoScope(**scope).owns(appliance) is owned


@pytest.mark.parametrize(
    "scope", [{}, {"organization_id": None}, {"client": "A", "rpo_hours": 0}, {"clnt": "A"}]
)
def test_a_scope_that_names_nobody_is_refused(scope: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        DattoScope(**scope)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("volume", None),
        ("lastSnapshot", "yesterday"),
        ("lastSnapshot", True),
        ("backups", "none"),
        ("name", None),
    ],
)
def test_one_bad_machine_is_skipped_and_counted(
    payload: Load, week: ReportingWeek, field: str, value: Any
) -> None:
    answers = payload("datto/week.json")
    answers["assets"][SERIAL][2][field] = value
    facts = read(answers, week)
    assert len(facts.skipped) == 1
    assert "acme-lab" not in machines(facts)


@pytest.mark.parametrize("assets", [None, {}, {SERIAL: None}, {SERIAL: {"0": {}}}])
def test_missing_assets_change_the_shape(payload: Load, week: ReportingWeek, assets: Any) -> None:
    with pytest.raises(ChangedShapeError):
        read(payload("datto/week.json") | {"assets": assets}, week)


def test_runs_are_not_counted_when_the_list_begins_within_the_week(
    payload: Load, week: ReportingWeek
) -> None:
    at_start = one(payload, week, backups=[run("2026-11-15T23:00:00+00:00")])
    after = one(payload, week, backups=[run("2026-11-15T23:00:01+00:00")])
    assert (at_start.runs_known, at_start.runs_good) == (True, 1)
    assert (after.runs_known, after.runs_good, after.runs_failed) == (False, None, None)
