"""The estate's receiving side: what is sent once is there once, and a draft reaches nobody."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import requests

from demo.setting import Setting
from demo.vendors.outbox import Outbox
from msp_reports.delivery.chat_pin import ChatPin
from msp_reports.delivery.contract import (
    Address,
    CardPackage,
    FilePackage,
    MailPackage,
    NotSent,
    PinPackage,
    Receipt,
)
from msp_reports.delivery.drive import DriveArchive
from msp_reports.delivery.gmail import GmailChannel
from msp_reports.delivery.teams import TeamsChannel, TeamsChat
from msp_reports.delivery.workflows import WorkflowsWebhook
from msp_reports.domain.errors import DeliveryError, DeliveryThrottledError

pytestmark = pytest.mark.airflow

PDF = b"%PDF-1.7 report"


def mail(key: str) -> MailPackage:
    return MailPackage(
        key=key,
        sender=Address(name='Northwind, "MSP"', email="reports@northwind-msp.example"),
        reply_to=Address(name="Jana", email="jana@northwind-msp.example"),
        to=(Address(name="Dr. Uwe Berg", email="uwe@acme.example"),),
        cc=(Address(name="Mia Lorenz", email="mia@northwind-msp.example"),),
        subject="ACME: weekly report 2026-W47",
        text="note",
        html="<p>note</p>",
        attachment_name="acme-2026-W47.pdf",
        attachment=PDF,
    )


def card(key: str) -> CardPackage:
    text = {"type": "TextBlock", "text": f"Reference RPT-{key}"}
    return CardPackage(
        key=key,
        tenant_id="t-1",
        thread_id="19:test@thread.tacv2",
        summary="Weekly report",
        card={"type": "AdaptiveCard", "version": "1.5", "body": [text]},
    )


def file(key: str, content: bytes = PDF) -> FilePackage:
    return FilePackage(
        key=key,
        drive_id="drive-reports",
        folder_id=f"folder-{key}",
        path=("O'Brien & Söhne", "2026", "Q4", "2026-W47"),
        name="obrien-2026-W47.pdf",
        mime_type="application/pdf",
        content=content,
        sha256=sha256(content).hexdigest(),
    )


def told(setting: Setting) -> dict[str, list[dict[str, Any]]]:
    outbox: dict[str, list[dict[str, Any]]] = requests.get(
        f"{setting.estate_url}/estate/outbox", timeout=30
    ).json()
    return outbox


def of(entries: list[dict[str, Any]], key: str) -> list[dict[str, Any]]:
    return [entry for entry in entries if entry["key"] == key]


def ignore(_: object) -> None:
    """Nobody keeps a ledger here."""


def test_a_draft_reaches_nobody_and_a_sent_one_is_no_draft_any_more(pointed: Setting) -> None:
    channel, package = GmailChannel("google_workspace"), mail("a1")
    known = channel.prepare(package, {}, ignore)
    assert of(told(pointed)["mails"], "a1") == []
    assert isinstance(channel.look_up(package, known), NotSent)
    channel.send(package, known, ignore)
    (received,) = of(told(pointed)["mails"], "a1")
    assert received["to"] == ['"Dr. Uwe Berg" <uwe@acme.example>']
    assert received["cc"] == ["Mia Lorenz <mia@northwind-msp.example>"]
    assert received["sha256"] == sha256(PDF).hexdigest()
    assert channel.look_up(package, known) is not None


def test_a_draft_that_is_discarded_is_gone_and_a_sent_mail_stays_known(pointed: Setting) -> None:
    channel, left, sent = GmailChannel("google_workspace"), mail("a3"), mail("a4")
    known = channel.prepare(left, {}, ignore)
    channel.discard(left, known)
    assert channel.look_up(left, known) is None
    known = channel.prepare(sent, {}, ignore)
    channel.send(sent, known, ignore)
    channel.discard(sent, known)
    assert isinstance(channel.look_up(sent, known), Receipt)


def test_another_users_mailbox_is_refused(pointed: Setting) -> None:
    package = replace(mail("a2"), sender=Address(name="x", email="ceo@northwind-msp.example"))
    with pytest.raises(DeliveryError, match="ceo@northwind"):
        GmailChannel("google_workspace").prepare(package, {}, ignore)


def test_a_post_is_edited_in_place(pointed: Setting) -> None:
    channel, package = TeamsChannel("teams_bot"), card("b1")
    receipt = channel.send(package, channel.prepare(package, {}, ignore), ignore)
    channel.edit(package, receipt.remote_ids)
    (post,) = of(told(pointed)["posts"], "b1")
    assert (post["activity_id"], post["edits"]) == (receipt.remote_ids["activity_id"], 1)


def test_a_chats_message_is_pinned_alone_of_ours(pointed: Setting) -> None:
    chat = "19:pins@thread.v2"
    sent = [_say(chat, key) for key in ("f1", "f2")]
    for message, before in ((sent[0], None), (sent[1], sent[0])):
        pin = PinPackage(key="f", chat_id=chat, message_id=message, replaces=before)
        ChatPin("graph_files").send(pin, {}, ignore)
        assert told(pointed)["pins"][chat] == [message]  # type: ignore[call-overload]


def _say(chat: str, key: str) -> str:
    package = replace(card(key), thread_id=chat)
    return TeamsChat("teams_bot").send(package, {}, ignore).remote_ids["activity_id"]


@pytest.mark.parametrize("kind", [TeamsChannel, TeamsChat])
def test_a_post_is_found_by_its_key_alone(pointed: Setting, kind: type[TeamsChannel]) -> None:
    thread = "19:found@thread.v2" if kind is TeamsChat else "19:found@thread.tacv2"
    package = replace(card(f"{kind.__name__}1"), thread_id=thread, team_id="team-1")
    teams = kind("teams_bot", graph="graph_files")
    assert isinstance(teams.look_up(package, {}), NotSent)
    teams.send(package, {}, ignore)
    found = teams.look_up(package, {})
    assert isinstance(found, Receipt)
    assert teams.edit(package, found.remote_ids)


def test_a_flow_posts_what_it_is_given(pointed: Setting) -> None:
    flow, package = WorkflowsWebhook("rollup_flow"), card("9a1")
    flow.send(package, flow.prepare(package, {}, ignore), ignore)
    assert len(of(told(pointed)["posts"], "9a1")) == 1


def test_a_channel_has_no_pins_whatever_graph_answers(pointed: Setting) -> None:
    pin = PinPackage(key="f", chat_id="19:test@thread.tacv2", message_id="m-1", replaces=None)
    with pytest.raises(DeliveryThrottledError, match="does not show"):
        ChatPin("graph_files").send(pin, {}, ignore)


def test_a_file_is_there_once_however_often_it_is_sent(pointed: Setting) -> None:
    channel, package = DriveArchive("google_workspace"), file("c1")
    known = channel.prepare(package, {}, ignore)
    first = channel.send(package, known, ignore)
    again = DriveArchive("google_workspace")
    assert again.send(package, again.prepare(package, known, ignore), ignore).link == first.link
    paths = [entry["path"] for entry in told(pointed)["files"] if "folder-c1" in entry["path"]]
    assert paths == ["drive/folder-c1/O'Brien & Söhne/2026/Q4/2026-W47/obrien-2026-W47.pdf"]


def test_other_bytes_under_the_same_name_are_refused(pointed: Setting) -> None:
    channel = DriveArchive("google_workspace")
    channel.send(file("d1"), channel.prepare(file("d1"), {}, ignore), ignore)
    with pytest.raises(DeliveryError, match="stands in the archive already"):
        channel.prepare(file("d1", b"other"), {}, ignore)


def test_what_was_received_is_found_again_after_a_restart(pointed: Setting) -> None:
    channel, package = TeamsChannel("teams_bot"), card("e1")
    channel.send(package, channel.prepare(package, {}, ignore), ignore)
    assert of(Outbox(Path(pointed.build)).told()["posts"], "e1")


def test_a_look_sees_what_would_be_written_to_and_changes_nothing(pointed: Setting) -> None:
    before = told(pointed)
    assert DriveArchive("google_workspace").look("drive-reports", "folder-acme") == (
        "folder acme may be written to"
    )
    sender = "reports@northwind-msp.example"
    assert GmailChannel("google_workspace").look(sender) == f"signed in as {sender}"
    assert TeamsChannel("teams_bot").look() == "the bot signs in"
    assert told(pointed) == before


@pytest.mark.parametrize(
    ("drive", "folder", "said"),
    [("drive-reports", "folder-nobody", "404"), ("another-drive", "folder-acme", "another-drive")],
)
def test_a_folder_that_is_not_there_or_of_another_drive_is_said_so(
    pointed: Setting, drive: str, folder: str, said: str
) -> None:
    with pytest.raises(DeliveryError, match=said):
        DriveArchive("google_workspace").look(drive, folder)


def test_a_look_into_another_users_mailbox_is_refused(pointed: Setting) -> None:
    with pytest.raises(DeliveryError, match="ceo@northwind"):
        GmailChannel("google_workspace").look("ceo@northwind-msp.example")
