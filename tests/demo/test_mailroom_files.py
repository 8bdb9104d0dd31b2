"""The estate's libraries: a file once at its path, by whoever may, and never over other bytes."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import requests
from starlette.testclient import TestClient

from demo.setting import Setting
from demo.vendors.outbox import Outbox
from demo.vendors.sharepoint import LIBRARY, TENANT
from demo.vendors.tokens import DESK
from msp_reports.delivery import drive, library
from msp_reports.delivery.channel_files import ChannelFiles
from msp_reports.delivery.contract import ChannelFilePackage, FilePackage, NotSent
from msp_reports.delivery.drive import DriveArchive
from msp_reports.delivery.sharepoint import SharePointArchive
from msp_reports.domain.errors import DeliveryError

pytestmark = pytest.mark.airflow

PDF = b"%PDF-1.7 report"
LARGE = b"%PDF-1.7 large " * 400_000
GRAPH = "/graph/v1.0"
FILE = f"{GRAPH}/drives/{LIBRARY}/items/root:/strict/a.pdf"
FAIL = {"@microsoft.graph.conflictBehavior": "fail"}


def a_file(name: str, content: bytes = PDF) -> FilePackage:
    return FilePackage(
        key=name,
        drive_id=LIBRARY,
        folder_id="root",
        path=("Reviews", "O'Brien & 100 % #1 (obrien)", "2026", "Q4", "2026-W47"),
        name=f"{name}.pdf",
        mime_type="application/pdf",
        content=content,
        sha256=sha256(content).hexdigest(),
    )


def a_channel_file(content: bytes = PDF) -> ChannelFilePackage:
    return ChannelFilePackage(
        key="k",
        team_id="team-1",
        channel_id="19:files@thread.tacv2",
        name="files-2026-W47.pdf",
        mime_type="application/pdf",
        content=content,
        sha256=sha256(content).hexdigest(),
    )


def files(setting: Setting, name: str) -> list[dict[str, Any]]:
    told = requests.get(f"{setting.estate_url}/estate/outbox", timeout=30).json()["files"]
    return [entry for entry in told if f"/{name}" in entry["path"]]


def ignore(_: object) -> None:
    """Nobody keeps a ledger here."""


def send(channel: Any, package: Any) -> Any:
    return channel.send(package, channel.prepare(package, {}, ignore), ignore)


@pytest.mark.parametrize(("name", "content"), [("small", PDF), ("large", LARGE)])
def test_a_file_is_there_once_however_often_it_is_sent(pointed: Setting, name: str, content: bytes) -> None:
    assert (len(content) > library.SMALL) is (name == "large")
    package = a_file(name, content)
    assert SharePointArchive("graph_files").look_up(package, {}) == NotSent()
    first = send(SharePointArchive("graph_files"), package)
    assert send(SharePointArchive("graph_files"), package) == first
    (stored,) = files(pointed, f"{name}.pdf")
    assert (stored["where"], stored["sha256"]) == ("sharepoint", package.sha256)
    assert stored["path"] == f"sharepoint/{'/'.join(package.path)}/{name}.pdf"
    assert stored["id"] == first.remote_ids["item_id"]


def test_other_bytes_are_refused_in_any_case_of_the_name(pointed: Setting) -> None:
    send(SharePointArchive("graph_files"), a_file("taken"))
    other = replace(a_file("taken", b"other"), name="TAKEN.pdf")
    for act in (SharePointArchive("graph_files").prepare, SharePointArchive("graph_files").send):
        with pytest.raises(DeliveryError, match="other bytes than approved"):
            act(other, {}, ignore)
    assert [entry["sha256"] for entry in files(pointed, "taken.pdf")] == [sha256(PDF).hexdigest()]


def test_a_channels_file_is_no_archive(pointed: Setting) -> None:
    first = send(ChannelFiles("graph_files"), a_channel_file())
    assert send(ChannelFiles("graph_files"), a_channel_file()).link == first.link
    (stored,) = files(pointed, "files-2026-W47.pdf")
    assert stored["where"] == "channel"
    assert stored["path"] == "channel/files/Weekly reports/files-2026-W47.pdf"
    with pytest.raises(DeliveryError, match="other bytes than approved"):
        send(ChannelFiles("graph_files"), a_channel_file(b"other"))


def test_a_large_file_for_drive_goes_up_in_ranges_once(pointed: Setting) -> None:
    assert len(LARGE) > drive.SMALL
    package = replace(a_file("ranges", LARGE), drive_id="drive-reports", folder_id="folder-ranges")
    channel = DriveArchive("google_workspace")
    known = channel.prepare(package, {}, ignore)
    first = channel.send(package, known, ignore)
    assert DriveArchive("google_workspace").send(package, known, ignore).link == first.link
    assert [entry["sha256"] for entry in files(pointed, "ranges.pdf")] == [package.sha256]


def test_a_library_that_is_not_there_is_said_so(pointed: Setting) -> None:
    with pytest.raises(DeliveryError, match="b!gone is not there"):
        SharePointArchive("graph_files").look("b!gone")
    assert "/b!reports is there" in SharePointArchive("graph_files").look(LIBRARY)
    told = ChannelFiles("graph_files").look("team-1", "19:files@thread.tacv2")
    assert "/files is there" in told


def test_what_was_received_is_found_again_after_a_restart(client: TestClient, tmp_path: Path) -> None:
    from demo.vendors.app import build_app

    client.put(f"{FILE}:/content", content=PDF, headers=signed())
    with TestClient(build_app(tmp_path)) as again:
        assert again.put(f"{FILE}:/content", params=FAIL, content=b"x", headers=signed()).status_code == 409
        assert again.get(FILE, headers=signed()).json()["size"] == len(PDF)
    assert [entry["where"] for entry in Outbox(tmp_path).told()["files"]] == ["sharepoint"]


def signed(tenant: str = TENANT, app: str = "demo-graph-files", resource: str = "graph.microsoft.com") -> Any:
    return {"Authorization": f"Bearer {DESK.issue(tenant, app, f'https://{resource}/.default')}"}


@pytest.mark.parametrize(
    "other",
    [{"tenant": "another"}, {"app": "demo-defender-app"}, {"resource": "management.azure.com"}],
    ids=lambda other: next(iter(other)),
)
def test_another_tenant_app_or_scope_may_nothing(client: TestClient, other: dict[str, str]) -> None:
    answer = client.put(f"{FILE}:/content", content=PDF, headers=signed(**other))
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "accessDenied")
    assert client.put(f"{FILE}:/content", content=PDF).status_code == 401
    assert client.get(FILE, headers=signed()).status_code == 404


def test_a_put_replaces_unless_it_is_told_to_fail(client: TestClient) -> None:
    statuses = [
        client.put(f"{FILE}:/content", params=params, content=content, headers=signed()).status_code
        for params, content in ((FAIL, b"1"), (FAIL, b"22"), ({}, b"333"))
    ]
    assert statuses == [201, 409, 200]
    assert client.get(FILE, headers=signed()).json()["size"] == 3


def test_names_that_a_library_does_not_take_are_refused(client: TestClient) -> None:
    for name in ("a*.pdf", " a.pdf", "a.", "~a"):
        place = f"{GRAPH}/drives/{LIBRARY}/items/root:/{name}:/content"
        assert client.put(place, content=PDF, headers=signed()).status_code == 400


def test_an_upload_session_is_strict(client: TestClient) -> None:
    start = f"{GRAPH}/drives/{LIBRARY}/items/root"
    opened = client.post(f"{start}:/strict/a.pdf:/createUploadSession", json={}, headers=signed())
    assert opened.status_code == 404, "the folder has to be there"
    folder = {"name": "strict", "folder": {}, **FAIL}
    made = [client.post(f"{start}/children", json=folder, headers=signed()).status_code for _ in range(2)]
    assert made == [201, 409]
    session = client.post(
        f"{start}:/strict/a.pdf:/createUploadSession", json={"item": FAIL}, headers=signed()
    )
    url, unit = session.json()["uploadUrl"], 320 * 1024

    def put(first: int, size: int, **headers: str) -> int:
        span = {"Content-Range": f"bytes {first}-{first + size - 1}/{unit + 5}"}
        return client.put(url, content=b"x" * size, headers={**span, **headers}).status_code

    assert put(0, unit, **signed()) == 401
    assert put(0, 100) == 400
    assert put(0, unit) == 202
    assert put(0, unit) == 416
    assert client.get(FILE, headers=signed()).status_code == 404
    assert put(unit, 5) == 201
    assert put(unit, 5) == 404
    assert client.get(FILE, headers=signed()).json()["size"] == unit + 5
