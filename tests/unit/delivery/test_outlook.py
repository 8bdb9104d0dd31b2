"""One mail to everybody by Outlook: a draft with its PDF, sent once, found again whatever broke."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from msp_reports.delivery.contract import Address, NotSent, Receipt
from msp_reports.delivery.outlook import KEY_PROPERTY, OutlookChannel, message
from msp_reports.domain.errors import (
    DeliveryError,
    DeliveryOutcomeUnknownError,
    DeliveryThrottledError,
    RecipientRefusedError,
)
from tests.unit.delivery.mails import a_mail

pytestmark = pytest.mark.airflow

USER = "/v1.0/users/reports@northwind.example"
CREATE, DRAFT = f"{USER}/messages", f"{USER}/messages/m-1"
SEND, ATTACHMENTS = f"{DRAFT}/send", f"{DRAFT}/attachments"
SENT_ITEMS = f"{USER}/mailFolders/sentitems/messages"
DRAFTS = f"{USER}/mailFolders/drafts/messages"
KNOWN = {"message_id": "m-1"}
TRIED = {**KNOWN, "sending_id": "m-1"}
STANDING = {"id": "m-1", "isDraft": True, "internetMessageId": "<1@x>"}
SENT = {"id": "m-1", "isDraft": False, "internetMessageId": "<1@x>"}
NOTHING: dict[str, Any] = {"value": []}


@pytest.fixture(autouse=True)
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The channel does not really wait; how long it would have is kept."""
    taken: list[float] = []
    monkeypatch.setattr("msp_reports.delivery.outlook.time.sleep", taken.append)
    return taken


@pytest.fixture
def mailbox(service: Any, reply: Any) -> Any:
    """Holds nothing yet, takes a draft with its attachment, and sends it."""
    service.on("GET", SENT_ITEMS, reply(body=NOTHING))
    service.on("GET", DRAFTS, reply(body=NOTHING))
    service.on("GET", ATTACHMENTS, reply(body=NOTHING))
    service.on("POST", CREATE, reply(status=201, body=STANDING))
    service.on("POST", ATTACHMENTS, reply(status=201, body={"id": "a-1"}))
    service.on("POST", SEND, reply(status=202, raw=b""))
    service.on("GET", DRAFT, reply(body=SENT))
    return service


def prepare(graph: str, ledger: list[Mapping[str, str]], known: Mapping[str, str]) -> Mapping[str, str]:
    return OutlookChannel(graph).prepare(a_mail(), known, ledger.append)


def send(graph: str, ledger: list[Mapping[str, str]]) -> Mapping[str, str]:
    return OutlookChannel(graph).send(a_mail(), KNOWN, ledger.append).remote_ids


def test_both_recipients_are_in_one_mail_with_the_engineer_to_reply_to() -> None:
    mail = message(a_mail(to=(Address(name="Uwe, 'the' \"CTO\"", email="uwe@acme.example"),)))
    assert mail["toRecipients"] == [
        {"emailAddress": {"name": "Uwe, 'the' \"CTO\"", "address": "uwe@acme.example"}}
    ]
    assert [to["emailAddress"]["address"] for to in mail["ccRecipients"]] == ["mia@northwind.example"]
    assert [to["emailAddress"]["address"] for to in mail["replyTo"]] == ["jana@northwind.example"]
    assert mail["subject"] == "Weekly report – Müller & Söhne"
    assert mail["body"] == {"contentType": "html", "content": "<p>All good.</p>"}
    assert mail["singleValueExtendedProperties"] == [{"id": KEY_PROPERTY, "value": "k1"}]


@pytest.mark.parametrize(
    "parts",
    [
        {"subject": "Report\r\nBcc: eve@evil.example"},
        {"subject": "Report\u2028Bcc: eve@evil.example"},
        {"key": "k1\r\nBcc: eve@evil.example"},
        {"to": (Address(name="Uwe\nBcc: eve@evil.example", email="uwe@acme.example"),)},
        {"to": (Address(name="Uwe", email="uwe@acme.example\r\nBcc: eve@evil.example"),)},
        {"to": (Address(name="Uwe", email="uwe@acme.example, eve@evil.example"),)},
        {"cc": (Address(name="Mia", email="mia"),)},
        {"reply_to": Address(name="Jana\r\nBcc: eve@evil.example", email="jana@northwind.example")},
    ],
)
def test_a_header_cannot_be_smuggled_in(parts: dict[str, Any]) -> None:
    with pytest.raises(DeliveryError):
        message(a_mail(**parts))


def test_a_file_name_cannot_smuggle_a_header_in(mailbox: Any, graph: str, ledger: Any) -> None:
    package = a_mail(attachment_name="a.pdf\r\nBcc: eve@evil.example")
    with pytest.raises(DeliveryError, match="attachment's name"):
        OutlookChannel(graph).prepare(package, {}, ledger.append)
    assert mailbox.calls("POST", ATTACHMENTS) == []


def test_the_draft_is_recorded_before_its_pdf_goes_up(mailbox: Any, graph: str, ledger: Any) -> None:
    known_then: list[Any] = []
    created = mailbox.replies["POST", ATTACHMENTS]

    def attached(_: Any) -> Any:
        known_then.extend(ledger)
        return created

    mailbox.on("POST", ATTACHMENTS, attached)
    assert prepare(graph, ledger, {}) == KNOWN
    assert known_then == [KNOWN]
    assert all(asked.headers["prefer"] == 'IdType="ImmutableId"' for asked in mailbox.asked)


def test_a_draft_whose_answer_was_lost_is_found_by_its_key(
    mailbox: Any, graph: str, ledger: Any, reply: Any
) -> None:
    mailbox.on("GET", DRAFTS, reply(body={"value": [STANDING]}))
    assert prepare(graph, ledger, {}) == KNOWN
    assert mailbox.calls("POST", CREATE) == []
    (asked,) = mailbox.calls("GET", DRAFTS)
    assert asked.query["$filter"] == (
        f"singleValueExtendedProperties/Any(ep: ep/id eq '{KEY_PROPERTY}' and ep/value eq 'k1')"
    )


def test_a_draft_that_stands_is_used_again(mailbox: Any, graph: str, ledger: Any, reply: Any) -> None:
    mailbox.on("GET", DRAFT, reply(body=STANDING))
    assert prepare(graph, ledger, TRIED) == TRIED
    assert mailbox.calls("POST", CREATE) == []


def test_a_draft_that_was_deleted_before_any_send_is_made_anew(
    mailbox: Any, graph: str, ledger: Any, reply: Any
) -> None:
    mailbox.on("GET", f"{CREATE}/m-0", reply(status=404))
    assert prepare(graph, ledger, {"message_id": "m-0"}) == KNOWN


def test_a_draft_gone_since_a_send_began_is_never_made_anew(
    mailbox: Any, graph: str, ledger: Any, reply: Any
) -> None:
    """Exchange may be moving it at this very moment."""
    mailbox.on("GET", DRAFT, reply(status=404))
    with pytest.raises(DeliveryOutcomeUnknownError):
        prepare(graph, ledger, TRIED)
    assert mailbox.calls("POST", CREATE) == []


@pytest.mark.parametrize("known", [{}, {"message_id": "m-0"}, KNOWN])
def test_a_mail_that_was_sent_already_is_not_made_again(
    mailbox: Any, graph: str, ledger: Any, reply: Any, known: dict[str, str]
) -> None:
    mailbox.on("GET", SENT_ITEMS, reply(body={"value": [SENT]}))
    with pytest.raises(DeliveryOutcomeUnknownError):
        prepare(graph, ledger, known)
    assert mailbox.calls("POST", CREATE) == []
    assert isinstance(OutlookChannel(graph).look_up(a_mail(), known), Receipt)


@pytest.mark.parametrize(
    "trouble", [{"status": 500}, {"status": 429}, {"hang_up": True}, {"raw": b"<html>"}, {"raw": b"{}"}]
)
def test_trouble_with_a_draft_is_safe_to_try_again(
    mailbox: Any, graph: str, ledger: Any, reply: Any, trouble: dict[str, Any]
) -> None:
    mailbox.on("POST", CREATE, reply(**trouble))
    with pytest.raises(DeliveryThrottledError):
        prepare(graph, ledger, {})
    assert len(mailbox.calls("POST", CREATE)) == 1
    assert ledger == []


def test_a_refused_address_is_named_as_such(mailbox: Any, graph: str, ledger: Any, reply: Any) -> None:
    body = {"error": {"code": "ErrorInvalidRecipients", "message": "At least one recipient isn't valid."}}
    mailbox.on("POST", SEND, reply(status=400, body=body))
    with pytest.raises(RecipientRefusedError, match="customer's file"):
        send(graph, ledger)


@pytest.mark.parametrize(("status", "code"), [(413, "x"), (400, "ErrorMessageSizeExceeded")])
def test_a_mail_that_is_too_large_is_said_so(
    mailbox: Any, graph: str, ledger: Any, reply: Any, status: int, code: str
) -> None:
    mailbox.on("POST", SEND, reply(status=status, body={"error": {"code": code}}))
    with pytest.raises(DeliveryError, match="too large"):
        send(graph, ledger)


def test_the_draft_is_sent_by_its_id_once(mailbox: Any, graph: str, ledger: Any, naps: list[float]) -> None:
    assert send(graph, ledger) == {"message_id": "m-1", "internet_message_id": "<1@x>"}
    (asked,) = mailbox.calls("POST", SEND)
    assert asked.raw == b""
    assert ledger == [{"sending_id": "m-1"}]
    assert naps == []


def test_a_mail_that_is_taken_is_waited_for(
    mailbox: Any, graph: str, ledger: Any, reply: Any, naps: list[float]
) -> None:
    looks = [reply(body=STANDING), reply(status=503), reply(status=404), reply(body=SENT)]
    mailbox.on("GET", DRAFT, lambda _: looks.pop(0))
    assert send(graph, ledger)["message_id"] == "m-1"
    assert len(mailbox.calls("POST", SEND)) == 1
    assert len(naps) == 3


@pytest.mark.parametrize("look", [{"body": STANDING}, {"status": 503}, {"status": 403}, {"hang_up": True}])
def test_a_mail_that_is_taken_and_not_seen_as_sent_leaves_doubt(
    mailbox: Any, graph: str, ledger: Any, reply: Any, look: dict[str, Any], naps: list[float]
) -> None:
    mailbox.on("GET", DRAFT, reply(**look))
    with pytest.raises(DeliveryOutcomeUnknownError, match="took the mail"):
        send(graph, ledger)
    assert sum(naps) <= 61
    assert len(mailbox.calls("POST", SEND)) == 1


@pytest.mark.parametrize(
    "trouble", [{"status": 500}, {"status": 503}, {"status": 504}, {"hang_up": True}, {"status": 404}]
)
def test_a_send_in_doubt_is_not_repeated(
    mailbox: Any, graph: str, ledger: Any, reply: Any, trouble: dict[str, Any]
) -> None:
    mailbox.on("POST", SEND, reply(**trouble))
    with pytest.raises(DeliveryOutcomeUnknownError):
        send(graph, ledger)
    assert len(mailbox.calls("POST", SEND)) == 1


def test_throttling_is_not_sent_and_says_how_long(mailbox: Any, graph: str, ledger: Any, reply: Any) -> None:
    mailbox.on("POST", SEND, reply(status=429, headers={"Retry-After": "30"}))
    with pytest.raises(DeliveryThrottledError) as trouble:
        send(graph, ledger)
    assert trouble.value.retry_after == 30


def test_a_draft_that_stands_was_not_sent_but_may_be_yet(mailbox: Any, graph: str, reply: Any) -> None:
    mailbox.on("GET", DRAFT, reply(body=STANDING))
    assert OutlookChannel(graph).look_up(a_mail(), KNOWN) == NotSent(settles_after=timedelta(minutes=5))


def test_a_mail_under_another_id_is_found_in_sent_items(mailbox: Any, graph: str, reply: Any) -> None:
    mailbox.on("GET", DRAFT, reply(status=404))
    mailbox.on("GET", SENT_ITEMS, reply(body={"value": [{**SENT, "id": "m-9"}]}))
    found = OutlookChannel(graph).look_up(a_mail(), KNOWN)
    assert isinstance(found, Receipt)
    assert found.remote_ids["message_id"] == "m-9"


def test_a_mail_without_a_trace_cannot_be_told(mailbox: Any, graph: str, reply: Any) -> None:
    mailbox.on("GET", DRAFT, reply(status=404))
    assert OutlookChannel(graph).look_up(a_mail(), KNOWN) is None


@pytest.mark.parametrize("answer", [{"status": 503}, {"raw": b"{}"}, {"raw": b'{"isDraft": null}'}])
def test_looking_up_in_trouble_claims_nothing(
    mailbox: Any, graph: str, reply: Any, answer: dict[str, Any]
) -> None:
    mailbox.on("GET", DRAFT, reply(**answer))
    with pytest.raises(DeliveryThrottledError):
        OutlookChannel(graph).look_up(a_mail(), KNOWN)


def test_a_look_reads_the_senders_mailbox(mailbox: Any, graph: str, reply: Any) -> None:
    mailbox.on("GET", f"{USER}/mailFolders/sentitems", reply(body={"id": "f-1"}))
    assert OutlookChannel(graph).look("reports@northwind.example") == (
        "reads the mailbox of reports@northwind.example"
    )
    assert [asked.method for asked in mailbox.asked] == ["GET"]


@pytest.mark.parametrize(("stands", "deleted"), [(STANDING, 1), (SENT, 0)])
def test_only_what_is_a_draft_is_deleted(
    mailbox: Any, graph: str, reply: Any, stands: dict[str, Any], deleted: int
) -> None:
    mailbox.on("GET", DRAFT, reply(body=stands))
    mailbox.on("DELETE", DRAFT, reply(status=204, raw=b""))
    OutlookChannel(graph).discard(a_mail(), KNOWN)
    assert len(mailbox.calls("DELETE", DRAFT)) == deleted


def test_a_draft_that_is_gone_is_not_deleted_again(mailbox: Any, graph: str, reply: Any) -> None:
    mailbox.on("GET", DRAFT, reply(status=404, body={"error": {"code": "ErrorItemNotFound"}}))
    OutlookChannel(graph).discard(a_mail(), KNOWN)
    assert mailbox.calls("DELETE", DRAFT) == []
