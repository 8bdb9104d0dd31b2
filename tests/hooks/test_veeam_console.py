from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from msp_reports.domain.customer import SourceBinding
from msp_reports.domain.errors import (
    ChangedShapeError,
    CredentialsRefusedError,
    IncompletePullError,
    RetriableSourceError,
)
from msp_reports.domain.week import ReportingWeek
from msp_reports.hooks import veeam_console_api
from msp_reports.hooks.veeam_console import VeeamConsoleHook
from msp_reports.sources.veeam_console import VeeamConsoleScope, parse
from tests.hooks.conftest import Asked, Reply, Vendor
from tests.notes import sentences

pytestmark = pytest.mark.airflow
Define = Callable[..., str]
MINE, OTHER = "22222222-3333-4444-5555-666666666601", "22222222-3333-4444-5555-666666666602"
SCOPE = VeeamConsoleScope.model_validate({"organization_uid": MINE.upper()})
BEFORE, AFTER = "2026-11-22T22:00:00.0000000+00:00", "2026-11-23T02:00:00.0000000+00:00"


def machine(
    number: int, organization: str = MINE, latest: str | None = BEFORE, **more: Any
) -> dict[str, Any]:
    uid = {"instanceUid": f"m{number}", "backupAgentUid": f"m{number}"}
    return {
        **uid,
        "name": f"srv{number}",
        "organizationUid": organization,
        "latestRestorePointDate": latest,
        **more,
    }


def session(uid: str, job: str, agent: str, organization: str, ended: str) -> dict[str, Any]:
    return {
        "sessionUid": uid,
        "jobName": job,
        "managementAgentUid": agent,
        "organizationUid": organization,
        "endTime": ended,
        "organizationName": "secret",
    }


class Console:
    """Ignores every filter, as some combinations are said to be: what is another's has to be left out."""

    def __init__(self) -> None:
        self.lists: dict[str, list[dict[str, Any]]] = {
            "jobs": [
                {
                    "instanceUid": "j1",
                    "name": "Job",
                    "organizationUid": MINE,
                    "mappedOrganizationUid": None,
                    "backupServerUid": "s1",
                }
            ],
            "backupServers": [
                {"instanceUid": f"s{n}", "managementAgentUid": f"a{n}", "name": "secret"} for n in (1, 2, 3)
            ],
            "virtualMachines": [machine(1), machine(2, OTHER), machine(3, latest=AFTER)],
            "computersManagedByBackupServer": [machine(n) for n in range(10, 15)],
            "computersManagedByConsole": [machine(20), machine(21, OTHER)],
        }
        self.sessions = [
            session("a", "Job", "a1", MINE, "2026-11-18T02:00:00.0000000+00:00"),
            session("b", "Job", "a2", OTHER, "2026-11-14T02:00:00.0000000+00:00"),
        ]
        self.special: dict[str, Reply] = {}

    def __call__(self, asked: Asked) -> Reply:
        parts = asked.path.strip("/").split("/")
        for name, reply in self.special.items():
            if name in f"{asked.path}?":
                return reply
        if parts[-1] == "jobSessionHeatmap":
            rows = self.sessions
            return Reply(body={"data": {"dataPerDays": [{"sessions": rows}]}})
        if parts[-1] in {"restorePoints", "backupRestorePoints"}:
            owners = [f"m{n}" for n in (*range(10, 15), 20, 99)]
            rows = [
                {"instanceUid": f"p-{one}", "backupAgentUid": one, "filePath": "secret"} for one in owners
            ]
            if parts[-1] == "backupRestorePoints":
                rows = [{"instanceUid": "p-vm", "virtualMachineUid": parts[-2]}]
        else:
            rows = self.lists[parts[-1]]
        offset, limit = int(asked.query["offset"]), int(asked.query["limit"])
        paging = {"total": len(rows), "count": 1, "offset": offset}
        return Reply(body={"data": rows[offset : offset + limit], "meta": {"pagingInfo": paging}})


@pytest.fixture
def console(vendor: Vendor) -> Console:
    vendor.answer = Console()
    return vendor.answer


def hook(vendor: Vendor, connect: Define) -> VeeamConsoleHook:
    return VeeamConsoleHook(connect("veeam_console", f"{vendor.url}/api/v3", login=""))


def test_what_is_another_company_s_is_left_out(
    vendor: Vendor, connect: Define, week: ReportingWeek, console: Console
) -> None:
    payload = hook(vendor, connect).fetch(SCOPE, week).payload
    assert [row["instanceUid"] for row in payload["virtual_machines"]] == ["m1", "m3"]
    assert [row["backupAgentUid"] for row in payload["computers"]] == ["m20"]
    assert {row.get("backupAgentUid") for row in payload["points"]} == {
        *(f"m{n}" for n in range(10, 15)),
        "m20",
        None,
    }
    assert [row["sessionUid"] for row in payload["sessions"]] == ["a"]
    assert OTHER not in str(payload)
    assert "secret" not in str(payload)


def test_the_filters_name_the_company_and_its_mapped_jobs(
    vendor: Vendor, connect: Define, week: ReportingWeek, console: Console
) -> None:
    console.lists["jobs"].append({
        "instanceUid": "j2",
        "organizationUid": OTHER,
        "mappedOrganizationUid": MINE,
    })
    hook(vendor, connect).fetch(SCOPE, week)
    by_path = {a.path.rsplit("/", 1)[-1]: a for a in vendor.asked if "filter" in a.query}
    own = {"property": "organizationUid", "operation": "equals", "value": MINE}
    mapped = {"property": "mappedOrganizationUid", "operation": "equals", "value": MINE}
    job = {"property": "jobUid", "operation": "equals", "value": "j2"}
    assert json.loads(by_path["jobs"].query["filter"]) == [{"operation": "or", "items": [own, mapped]}]
    assert json.loads(by_path["virtualMachines"].query["filter"]) == [
        {"operation": "or", "items": [own, job]}
    ]
    assert json.loads(by_path["computersManagedByConsole"].query["filter"]) == [own]
    assert {a.headers["x-client-version"] for a in vendor.asked} == {"3.6.1"}
    assert {a.headers["authorization"] for a in vendor.asked} == {"Bearer s3cret-value"}


def test_three_pages_are_read_to_the_last_row(
    vendor: Vendor, connect: Define, week: ReportingWeek, console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(veeam_console_api, "PER_PAGE", 2)
    agents = hook(vendor, connect).standing(SCOPE).payload["agents"]
    asked = [a.query["offset"] for a in vendor.asked if a.path.endswith("ByBackupServer")]
    assert asked == ["0", "2", "4"]
    assert [row["name"] for row in agents] == [f"srv{n}" for n in range(10, 15)]


@pytest.mark.parametrize("mapped", [MINE, OTHER])
def test_a_job_s_mapping_tells_whose_its_sessions_are(
    vendor: Vendor, connect: Define, week: ReportingWeek, console: Console, mapped: str
) -> None:
    host = OTHER if mapped == MINE else MINE
    job = {"instanceUid": "j2", "name": "Hosted", "backupServerUid": "s2", "organizationUid": host}
    console.lists["jobs"].append({**job, "mappedOrganizationUid": mapped})
    console.sessions.append(session("c", "Hosted", "a2", host, BEFORE))
    payload = hook(vendor, connect).fetch(SCOPE, week).payload
    assert [row["sessionUid"] for row in payload["sessions"]] == (["a", "c"] if mapped == MINE else ["a"])
    assert [row["instanceUid"] for row in payload["servers"]] == ["s1", "s2"]
    assert payload["session_jobs"] == payload["jobs"]


def test_a_server_without_a_management_agent_runs_no_session_that_can_be_told(
    vendor: Vendor, connect: Define, week: ReportingWeek, console: Console
) -> None:
    console.lists["backupServers"] = [{"instanceUid": "s1", "managementAgentUid": None}]
    payload = hook(vendor, connect).fetch(SCOPE, week).payload
    assert payload["servers"] == []
    assert [row["sessionUid"] for row in payload["sessions"]] == ["a", "b"]  # either may be its job's
    binding = SourceBinding(system="veeam_console", connection="v", scope=SCOPE)
    facts = parse(payload | {"sessions_from": "2020-01-01T00:00:00Z"}, binding=binding, week=week)
    assert any("Runs are not known" in line for line in sentences(facts))


def test_sessions_are_asked_from_before_the_week_to_see_whether_they_reach_back(
    vendor: Vendor, connect: Define, week: ReportingWeek, console: Console
) -> None:
    payload = hook(vendor, connect).fetch(SCOPE, week).payload
    (asked,) = (a for a in vendor.asked if a.path.rstrip("/").endswith("jobSessionHeatmap"))
    assert datetime.fromisoformat(asked.query["from"]) == week.start_utc - timedelta(days=2)
    assert payload["sessions_from"] == "2026-11-14T02:00:00+00:00"
    console.sessions = []
    assert hook(vendor, connect).fetch(SCOPE, week).payload["sessions_from"] is None


def test_points_of_a_backup_server_s_agents_are_asked_for_by_both_of_their_uids(
    vendor: Vendor, connect: Define, week: ReportingWeek, console: Console
) -> None:
    console.lists["computersManagedByBackupServer"] = [machine(7, sourceInstanceUid="m99")]
    payload = hook(vendor, connect).fetch(SCOPE, week).payload
    assert {row["backupAgentUid"] for row in payload["points"] if "backupAgentUid" in row} == {"m99", "m20"}
    assert set(payload["asked"]) == {"m3", "m7", "m99", "m20"}


@pytest.mark.parametrize(("latest", "requests"), [(BEFORE, 27), (AFTER, 87)])
def test_three_hundred_machines_take_as_many_requests_as_is_said(
    vendor: Vendor, connect: Define, week: ReportingWeek, console: Console, latest: str, requests: int
) -> None:
    console.lists["virtualMachines"] = [machine(n, latest=latest) for n in range(60)]
    console.lists["computersManagedByBackupServer"] = [
        machine(n, sourceInstanceUid=f"s{n}") for n in range(100, 280)
    ]
    console.lists["computersManagedByConsole"] = [machine(n) for n in range(300, 360)]
    assert hook(vendor, connect).fetch(SCOPE, week).requests == requests


def test_points_of_single_machines_are_asked_for_up_to_a_bound(
    vendor: Vendor, connect: Define, week: ReportingWeek, console: Console
) -> None:
    console.lists["virtualMachines"] = [machine(n, latest=AFTER) for n in range(1000, 1150)]
    payload = hook(vendor, connect).fetch(SCOPE, week).payload
    assert sum(uid.startswith("m1") and len(uid) == 5 for uid in payload["asked"]) == 100
    assert sum(a.path.endswith("/backupRestorePoints") for a in vendor.asked) == 100


@pytest.mark.parametrize("place", ["Heatmap", "infrastructure/backupServers?"])
@pytest.mark.parametrize("status", [400, 403, 404])
def test_a_preview_that_is_not_offered_is_not_needed(
    vendor: Vendor, connect: Define, week: ReportingWeek, console: Console, status: int, place: str
) -> None:
    console.special[place] = Reply(status=status, body={})
    assert hook(vendor, connect).fetch(SCOPE, week).payload["sessions"] is None


def test_the_wait_is_read_from_the_body(
    vendor: Vendor, connect: Define, week: ReportingWeek, console: Console, naps: list[float]
) -> None:
    slow = {"errors": [{"type": "transport", "code": 429, "retryAfter": 25}]}
    console.special["jobs"] = Reply(status=429, body=slow)
    with pytest.raises(RetriableSourceError) as caught:
        hook(vendor, connect).standing(SCOPE)
    assert caught.value.retry_after == 25
    assert naps == [25, 25]


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (
            Reply(status=401, body={"errors": [{"message": "no", "type": "security"}]}),
            CredentialsRefusedError,
        ),
        (Reply(status=520, body={"errors": []}), RetriableSourceError),
        (Reply(status=202, raw=b""), RetriableSourceError),
        (Reply(body={"data": {}}), ChangedShapeError),
        (Reply(body={"data": []}), ChangedShapeError),
        (Reply(body={"data": [], "meta": {"pagingInfo": {"total": 1, "offset": 0}}}), IncompletePullError),
        (Reply(body={"data": [{}], "meta": {"pagingInfo": {"total": 2, "offset": 5}}}), IncompletePullError),
    ],
)
def test_trouble_has_a_name(
    vendor: Vendor, connect: Define, console: Console, reply: Reply, error: type[Exception]
) -> None:
    console.special["computersManagedByConsole"] = reply
    with pytest.raises(error) as caught:
        hook(vendor, connect).standing(SCOPE)
    assert type(caught.value) is error
    assert "s3cret" not in str(caught.value)
