"""A place that was deleted or a consent that was taken back: its error says what to do, the rest arrives.

Nothing is between the steps and the estate but the one channel that answers as told.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest
import requests

from demo.setting import Setting
from msp_reports.domain.errors import DeliveryError
from msp_reports.steps import deliver
from msp_reports.steps.notices import close_books
from msp_reports.steps.run import ReportRef
from msp_reports.store.database import transaction
from msp_reports.store.deliveries import DeliveryRepository
from tests.demo.conftest import estate, pointed  # noqa: F401 - fixtures
from tests.steps.sealed import KEY, WEEK, a_sealed_report

pytestmark = [pytest.mark.airflow, pytest.mark.db, pytest.mark.usefixtures("database")]

REF = ReportRef(code="acme", week=WEEK, revision=1)
STEPS = (deliver.email, deliver.teams, deliver.archive)
ONE_WAY = """\
delivery:
  gmail: {}
  teams:
    {connection: teams_bot, graph: graph_files, team_id: team-1, tenant_id: t-1, standing_post: true,
     channel_id: "19:UNIQUE@thread.tacv2"}
  drive: {connection: google_workspace, drive_id: drive-reports, folder_id: folder-UNIQUE}
"""
OTHER_WAY = """\
delivery:
  outlook: {connection: graph_mail, sender: reports@northwind-msp.example}
  teams_chat:
    {connection: teams_bot, graph: graph_files, tenant_id: t-1, chat_id: "19:UNIQUE@thread.v2"}
  sharepoint: {connection: graph_files, drive_id: "b!reports", folder: UNIQUE}
"""
ARCHIVED = {"drive", "drive_json", "drive_markdown"}
LIBRARY = {"sharepoint", "sharepoint_json", "sharepoint_markdown"}
CHANNEL, CHAT = {"teams_file", "teams", "teams_standing"}, {"teams_chat", "teams_pin"}

BROKEN = {
    # What fails, by which calls; what arrives all the same.
    "gmail": (ONE_WAY, "/gmail/v1", CHANNEL | ARCHIVED),
    "teams": (ONE_WAY, "/v3/conversations", {"gmail", "teams_file"} | ARCHIVED),
    "teams_file": (ONE_WAY, "/filesFolder", {"gmail"} | ARCHIVED),
    "drive_json": (ONE_WAY, "/drive/v3", {"gmail"} | CHANNEL),
    "outlook": (OTHER_WAY, "/users/", CHAT | LIBRARY),
    "teams_chat": (OTHER_WAY, "/v3/conversations", {"outlook"} | LIBRARY),
    "teams_pin": (OTHER_WAY, "/pinnedMessages", {"outlook", "teams_chat"} | LIBRARY),
    "sharepoint_json": (OTHER_WAY, "/drives/", {"outlook"} | CHAT),
}
TO_DO = {
    401: r"Check the key or secret of the connection",
    403: r"grant the permission named in README",
    404: r"check the id in the file|[Cc]orrect (drive_id|team_id)",
}
"""What the error says to do about a consent that was taken back, a right, a place that is gone."""


@pytest.fixture
def sealed_with(
    pointed: Setting,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[[str], None]:
    def sealed_with(routes: str) -> None:
        unique = uuid4().hex
        a_sealed_report(f"%PDF {unique}".encode())
        customers = tmp_path / "customers"
        customers.mkdir()
        provider = (pointed.config / "provider.yaml").read_text("utf-8")
        (tmp_path / "provider.yaml").write_text(provider, encoding="utf-8")
        known = (pointed.config / "customers" / "acme.yaml").read_text("utf-8").partition("delivery:")[0]
        text = known + routes.replace("UNIQUE", unique)
        (customers / "acme.yaml").write_text(text, encoding="utf-8")
        monkeypatch.setenv("MSP_REPORTS_CONFIG", str(tmp_path))

    return sealed_with


def answer(monkeypatch: pytest.MonkeyPatch, calls: str, status: int) -> None:
    """Let the vendor refuse calls to such an address."""
    send = requests.Session.send

    def answered(
        session: requests.Session, request: requests.PreparedRequest, **options: object
    ) -> requests.Response:
        if calls not in str(request.url):
            return send(session, request, **options)  # type: ignore[arg-type]
        refusal = requests.Response()
        refusal.status_code, refusal.request, refusal.url = status, request, str(request.url)
        refusal._content = json.dumps({"error": {"code": status, "message": "no"}}).encode()
        return refusal

    monkeypatch.setattr(requests.Session, "send", answered)


def deliver_all() -> list[DeliveryError]:
    """Run the delivering tasks as Airflow does: each for itself."""
    refused = []
    for step in STEPS:
        try:
            step(report=REF)
        except DeliveryError as trouble:
            refused.append(trouble)
    return refused


def channels(state: str) -> set[str]:
    with transaction() as connection:
        entries = DeliveryRepository(connection).of_report(KEY)
    return {entry.channel for entry in entries if entry.state.value == state}


@pytest.mark.parametrize("routes", [ONE_WAY, OTHER_WAY])
def test_with_nothing_broken_all_of_it_arrives(sealed_with: Callable[[str], None], routes: str) -> None:
    sealed_with(routes)
    assert deliver_all() == []
    assert close_books(KEY) == ()


@pytest.mark.parametrize("status", TO_DO)
@pytest.mark.parametrize("channel", BROKEN)
def test_what_is_refused_says_what_to_do_and_keeps_nothing_else_from_arriving(
    sealed_with: Callable[[str], None], monkeypatch: pytest.MonkeyPatch, channel: str, status: int
) -> None:
    routes, calls, arrives = BROKEN[channel]
    sealed_with(routes)
    answer(monkeypatch, calls, status)
    (refused,) = deliver_all()
    assert re.search(TO_DO[status], str(refused)), refused
    assert channels("sent") == arrives
    assert channels("failed") == {channel}
    told = {trouble.channel: trouble for trouble in close_books(KEY)}
    assert re.search(TO_DO[status], told[channel].reason)
    assert "Clear customer_report." in told[channel].to_do
