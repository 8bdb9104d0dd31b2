from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from msp_reports.domain.errors import (
    ChangedShapeError,
    ConfigurationError,
    CredentialsRefusedError,
    FatalSourceError,
    IncompletePullError,
    PermissionMissingError,
)
from msp_reports.domain.week import ReportingWeek
from msp_reports.hooks import veeam_server
from msp_reports.hooks.veeam import VeeamHook
from msp_reports.sources.restore_points import SOON
from msp_reports.sources.veeam import VeeamScope
from tests.hooks.conftest import Asked, Reply, Vendor

pytestmark = pytest.mark.airflow
Define = Callable[..., str]
TIME = "2026-11-23T06:00:00+01:00"


def task(number: int, session: str = "s1", **more: Any) -> dict[str, Any]:
    about = {"id": f"t{number}", "name": f"srv{number}", "type": "Backup", "sessionType": "BackupJob"}
    times = {"creationTime": "2026-11-20T22:00:00", "endTime": "2026-11-20T22:30:00"}
    return {
        **about,
        **times,
        "sessionId": session,
        "repositoryId": "r1",
        "result": {"result": "Success"},
        **more,
    }


class Server:
    """Signs in, and gives lists a row at a time where a test says so."""

    def __init__(self) -> None:
        session = {
            "id": "s1",
            "jobId": "j1",
            "name": "ACME - Daily",
            "creationTime": "2026-11-20T22:00:00+01:00",
        }
        other = {**session, "id": "s2", "jobId": "j2", "name": "BETA - Daily"}
        self.lists: dict[str, list[dict[str, Any]]] = {
            "repositories": [{"id": "r1", "name": "Repo"}],
            "scaleOutRepositories": [],
            "backups": [
                {"id": "b1", "jobId": "j1", "name": "ACME - Daily", "repositoryId": "r1"},
                {"id": "b2", "jobId": "j2", "name": "BETA - Daily", "repositoryId": "r1"},
            ],
            "sessions": [session, other],
            "taskSessions": [task(1), task(2, "s2"), task(3)],
            "restorePoints": [
                {"id": "p1", "name": "srv1", "creationTime": TIME, "backupId": "b1", "path": "x"}
            ],
        }
        self.expired = 0
        self.special: dict[str, Reply] = {}

    def __call__(self, asked: Asked) -> Reply:
        name = asked.path.rsplit("/", 1)[-1]
        if name in self.special:
            return self.special[name]
        if name == "token":
            return Reply(body={"access_token": "ey-access-token", "expires_in": 900})
        if name == "serverTime":
            return Reply(body={"serverTime": TIME})
        if self.expired and name == "taskSessions" and asked.query["skip"] == "1":
            self.expired -= 1
            return Reply(status=401, body={"errorCode": "ExpiredToken", "message": "expired"})
        rows = self.lists[name]
        skip, limit = int(asked.query["skip"]), int(asked.query["limit"])
        page = {"total": len(rows), "count": 1, "skip": skip, "limit": limit}
        return Reply(body={"data": rows[skip : skip + limit], "pagination": page})


def hook(vendor: Vendor, connect: Define, **extra: str) -> VeeamHook:
    return VeeamHook(connect("veeam", vendor.url, login="DOMAIN\\svc", extra=extra))


@pytest.fixture
def server(vendor: Vendor, monkeypatch: pytest.MonkeyPatch) -> Server:
    monkeypatch.setattr(veeam_server, "PER_PAGE", 1)
    vendor.answer = Server()
    return vendor.answer


def test_three_pages_are_read_to_the_last_row(
    vendor: Vendor, connect: Define, week: ReportingWeek, server: Server
) -> None:
    pull = hook(vendor, connect).fetch(VeeamScope(), week)
    asked = [a for a in vendor.asked if a.path.endswith("/taskSessions")]
    assert [a.query["skip"] for a in asked] == ["0", "1", "2"]
    assert [row["name"] for row in pull.payload["tasks"]] == ["srv1", "srv2", "srv3"]
    assert (asked[0].query["orderColumn"], asked[0].query["orderAsc"]) == ("CreationTime", "true")
    assert asked[0].query["createdAfterFilter"] == "2026-10-18T23:00:00Z"
    assert asked[0].query["createdBeforeFilter"] == "2026-11-22T23:30:00Z"


def test_points_are_read_to_where_a_list_is_no_longer_that_of_the_week_s_end(
    vendor: Vendor, connect: Define, week: ReportingWeek, server: Server
) -> None:
    hook(vendor, connect).fetch(VeeamScope(), week)
    (asked,) = [a for a in vendor.asked if a.path.endswith("/restorePoints")]
    assert datetime.fromisoformat(asked.query["createdBeforeFilter"]) == week.end_utc + SOON
    assert "createdAfterFilter" not in asked.query


def test_a_pull_takes_nine_requests_and_pins_one_revision(
    vendor: Vendor, connect: Define, week: ReportingWeek
) -> None:
    vendor.answer = Server()
    pull = hook(vendor, connect, api_version="1.3-rev1").fetch(VeeamScope(), week)
    assert pull.requests == len(vendor.asked) == 9
    assert {a.headers["x-api-version"] for a in vendor.asked} == {"1.3-rev1"}
    assert vendor.asked[0].body == {
        "grant_type": "password",
        "username": "DOMAIN\\svc",
        "password": "s3cret-value",
    }
    assert "path" not in pull.payload["points"][0]


def test_the_default_revision_is_the_first_that_has_all_lists(
    vendor: Vendor, connect: Define, week: ReportingWeek
) -> None:
    vendor.answer = Server()
    hook(vendor, connect).fetch(VeeamScope(), week)
    assert {a.headers["x-api-version"] for a in vendor.asked} == {"1.2-rev1"}


def test_a_token_that_expires_in_the_middle_is_renewed_once(
    vendor: Vendor, connect: Define, week: ReportingWeek, server: Server
) -> None:
    server.expired = 1
    pull = hook(vendor, connect).fetch(VeeamScope(), week)
    assert [row["id"] for row in pull.payload["tasks"]] == ["t1", "t2", "t3"]
    assert sum(a.path.endswith("/token") for a in vendor.asked) == 2


@pytest.mark.parametrize(
    "scope", [VeeamScope(job_prefix="acme -"), VeeamScope(job_prefix="ACME", repositories=("repo",))]
)
def test_a_shared_server_gives_only_the_customer_s_jobs(
    vendor: Vendor, connect: Define, week: ReportingWeek, server: Server, scope: VeeamScope
) -> None:
    pull = hook(vendor, connect).fetch(scope, week)
    assert {row["job"] for row in pull.payload["tasks"]} == {"ACME - Daily"}
    assert "BETA" not in str(pull.payload)


@pytest.mark.parametrize("scope", [VeeamScope(job_prefix="GAMMA"), VeeamScope(repositories=("Empty",))])
def test_a_scope_that_fits_nothing_is_named(
    vendor: Vendor, connect: Define, week: ReportingWeek, server: Server, scope: VeeamScope
) -> None:
    server.lists["repositories"].append({"id": "r9", "name": "Empty"})
    with pytest.raises(FatalSourceError, match="none of 2 backups"):
        hook(vendor, connect).fetch(scope, week)


def test_tasks_of_other_kinds_are_left_out_and_lost_ones_said(
    vendor: Vendor, connect: Define, week: ReportingWeek, server: Server
) -> None:
    server.lists["taskSessions"] = [
        task(1),
        task(2, type="Antivirus"),
        task(3, sessionType="BackupCopyJob"),
        task(4, session="gone"),
        task(5, type="Restore", sessionType="SureBackup"),
        task(6, sessionType="IrisBackup"),
        task(7, endTime=None, result=None),
    ]
    payload = hook(vendor, connect).fetch(VeeamScope(), week).payload
    assert [row["id"] for row in payload["tasks"]] == ["t1", "t5", "t6", "t7"]
    assert payload["warnings"] == ["1 task sessions belong to no session that could be read"]


SCALE_OUT = {
    "id": "so1",
    "name": "Wide",
    "performanceTier": {
        "performanceExtents": [{"id": "r2", "name": "Extent"}, {"id": "r3", "name": "Other"}]
    },
    "capacityTier": {"isEnabled": True, "extents": [{"id": "R4"}]},
    "archiveTier": {"isEnabled": True, "extentId": "r5"},
}


@pytest.fixture
def wide(server: Server) -> Server:
    """Of ACME's rows some name an extent and some the whole; BETA's are in the other repository."""
    server.lists["repositories"] += [{"id": "r2", "name": "Extent"}, {"id": "r3", "name": "Other"}]
    server.lists["scaleOutRepositories"] = [{**SCALE_OUT, "id": "so0", "name": "Far"} | EMPTY, SCALE_OUT]
    server.lists["backups"][0]["repositoryId"] = "so1"
    places = ("r2", "r3", "r4", "r5", "so1", "00000000-0000-0000-0000-000000000000", None)
    server.lists["taskSessions"] = [
        *(task(n, repositoryId=place) for n, place in enumerate(places)),
        task(9, "s2"),
    ]
    return server


EMPTY: dict[str, Any] = {
    "performanceTier": {"performanceExtents": []},
    "capacityTier": None,
    "archiveTier": None,
}


def test_rows_of_a_scale_out_repository_and_its_extents_are_read_by_its_name(
    vendor: Vendor, connect: Define, week: ReportingWeek, wide: Server
) -> None:
    payload = hook(vendor, connect).fetch(VeeamScope(repositories=("wide",)), week).payload
    assert [row["id"] for row in payload["tasks"]] == [f"t{n}" for n in range(7)]
    assert {row["repository"] for row in payload["tasks"] + payload["points"]} == {"Wide"}
    assert len(payload["points"]) == 1
    assert payload["warnings"] == []
    asked = [a for a in vendor.asked if a.path.endswith("/backupInfrastructure/scaleOutRepositories")]
    assert [(a.query["skip"], a.query["orderColumn"]) for a in asked] == [("0", "Name"), ("1", "Name")]


@pytest.mark.parametrize(
    ("name", "said"),
    [("Wyde", "no repository named 'Wyde'"), ("extent", "'extent' is an extent of .* 'Wide'")],
)
def test_a_repository_that_the_server_does_not_have_is_a_mistake_in_the_file(
    vendor: Vendor, connect: Define, week: ReportingWeek, wide: Server, name: str, said: str
) -> None:
    with pytest.raises(ConfigurationError, match=said):
        hook(vendor, connect).fetch(VeeamScope(repositories=("Wide", name)), week)


def test_an_extent_of_two_repositories_is_neither_s(
    vendor: Vendor, connect: Define, week: ReportingWeek, wide: Server
) -> None:
    wide.lists["scaleOutRepositories"].append({**SCALE_OUT, "id": "so2", "name": "Twice"})
    wide.lists["taskSessions"] = [task(1, repositoryId="so1"), task(2, "s2", repositoryId="r2")]
    wide.lists["backups"][1]["repositoryId"] = "r2"
    payload = hook(vendor, connect).fetch(VeeamScope(repositories=("Wide",)), week).payload
    assert [row["id"] for row in payload["tasks"]] == ["t1"]
    assert payload["warnings"] == [
        "1 task sessions and restore points are on a repository that the server does not list: r2"
    ]


def test_rows_on_a_repository_that_is_not_listed_are_counted_and_named(
    vendor: Vendor, connect: Define, week: ReportingWeek, server: Server
) -> None:
    server.lists["backups"][0]["repositoryId"] = "gone"
    server.lists["taskSessions"] = [task(1), task(2, repositoryId="gone"), task(3, "s2", repositoryId="lost")]
    server.lists["backups"][1]["repositoryId"] = "lost"
    server.lists["restorePoints"].append({"id": "p2", "name": "srv2", "creationTime": TIME, "backupId": "no"})
    scope = VeeamScope(job_prefix="ACME", repositories=("Repo",))
    payload = hook(vendor, connect).fetch(scope, week).payload
    assert [row["id"] for row in payload["tasks"]] == ["t1"]
    assert payload["warnings"] == [
        "1 restore points belong to no backup that could be read",
        "2 task sessions and restore points are on a repository that the server does not list: gone",
    ]
    assert hook(vendor, connect).fetch(VeeamScope(), week).payload["warnings"] == []


@pytest.mark.parametrize("place", [None, "00000000-0000-0000-0000-000000000000"])
@pytest.mark.parametrize(
    ("scope", "tests"),
    [
        (VeeamScope(repositories=("Repo",)), []),
        (VeeamScope(job_prefix="ACME", repositories=("Repo",)), []),
        (VeeamScope(job_prefix="ACME"), ["t8"]),
        (VeeamScope(), ["t8", "t9"]),
    ],
)
def test_test_restores_are_on_no_repository_and_miss_none(
    vendor: Vendor,
    connect: Define,
    week: ReportingWeek,
    server: Server,
    scope: VeeamScope,
    tests: list[str],
    place: str | None,
) -> None:
    session = server.lists["sessions"][0]
    server.lists["sessions"] += [
        {**session, "id": "s8", "jobId": "j8", "name": "ACME - Restore test"},
        {**session, "id": "s9", "jobId": "j9", "name": "BETA - Restore test"},
    ]
    sure = {"type": "SureBackup", "sessionType": "SureBackup", "repositoryId": place}
    server.lists["taskSessions"] = [task(1), task(8, "s8", **sure), task(9, "s9", **sure)]
    payload = hook(vendor, connect).fetch(scope, week).payload
    assert payload["warnings"] == []
    assert [row["id"] for row in payload["tasks"]] == ["t1", *tests]


def test_the_oldest_session_tells_how_far_history_reaches(
    vendor: Vendor, connect: Define, week: ReportingWeek, server: Server
) -> None:
    assert (
        hook(vendor, connect).fetch(VeeamScope(), week).payload["history_from"] == "2026-11-20T22:00:00+01:00"
    )
    server.lists["sessions"] = []
    server.lists["taskSessions"] = []
    assert hook(vendor, connect).fetch(VeeamScope(), week).payload["history_from"] is None


@pytest.mark.parametrize(
    ("name", "reply", "error"),
    [
        ("token", Reply(status=401, body={"errorCode": "AccessDenied"}), CredentialsRefusedError),
        ("token", Reply(status=400, body={"errorCode": "UnexpectedContent"}), CredentialsRefusedError),
        ("token", Reply(body={}), ChangedShapeError),
        ("serverTime", Reply(body={}), ChangedShapeError),
        ("backups", Reply(status=403, body={}), PermissionMissingError),
        ("scaleOutRepositories", Reply(status=403, body={}), PermissionMissingError),
        ("scaleOutRepositories", Reply(body={"data": None, "pagination": {}}), ChangedShapeError),
        ("backups", Reply(body={"data": None, "pagination": {}}), ChangedShapeError),
        ("backups", Reply(body={"data": [], "pagination": {"total": 2}}), IncompletePullError),
        ("backups", Reply(body={"data": [{"id": "b"}], "pagination": {"total": 2}}), IncompletePullError),
    ],
)
def test_trouble_has_a_name(
    vendor: Vendor,
    connect: Define,
    week: ReportingWeek,
    server: Server,
    name: str,
    reply: Reply,
    error: type[Exception],
) -> None:
    server.special[name] = reply
    with pytest.raises(error) as caught:
        hook(vendor, connect).fetch(VeeamScope(), week)
    assert type(caught.value) is error
    assert "s3cret" not in str(caught.value)


def test_the_connection_test_signs_in_and_asks_once(vendor: Vendor, connect: Define, server: Server) -> None:
    assert hook(vendor, connect).test_connection()[0] is True
    assert len(vendor.asked) == 2
