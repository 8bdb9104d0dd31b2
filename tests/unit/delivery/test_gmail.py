"""One mail to everybody, by a draft that is sent once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any

import pytest

from msp_reports.delivery.contract import Address, NotSent, Receipt
from msp_reports.delivery.gmail import KEY_HEADER, GmailChannel, mime
from msp_reports.domain.errors import (
    ConfigurationError,
    DeliveryError,
    DeliveryOutcomeUnknownError,
    DeliveryThrottledError,
)
from tests.unit.delivery.mails import a_mail

pytestmark = pytest.mark.airflow

ME = "/gmail/v1/users/me"
CREATE, SEND, DRAFT, THREAD = (
    f"/upload{ME}/drafts",
    f"{ME}/drafts/send",
    f"{ME}/drafts/r-1",
    f"{ME}/threads/t-1",
)
KNOWN = {"draft_id": "r-1", "thread_id": "t-1"}
NEW_DRAFT = {"id": "r-1", "message": {"id": "m-1", "threadId": "t-1", "labelIds": ["DRAFT"]}}
SENT = {"id": "m-2", "threadId": "t-1", "labelIds": ["SENT"]}


def read(raw: bytes) -> EmailMessage:
    message = message_from_bytes(raw, policy=SMTP)
    assert isinstance(message, EmailMessage)
    return message


def send(google: str, ledger: list[Mapping[str, str]]) -> Mapping[str, str]:
    return GmailChannel(google).send(a_mail(), KNOWN, ledger.append).remote_ids


def test_both_recipients_are_in_one_mail() -> None:
    mail = read(mime(a_mail()))
    assert [address.addr_spec for address in mail["To"].addresses] == ["uwe@acme.example"]
    assert [address.addr_spec for address in mail["Cc"].addresses] == ["mia@northwind.example"]
    assert mail["Reply-To"].addresses[0].addr_spec == "jana@northwind.example"
    assert mail["Subject"] == "Weekly report – Müller & Söhne"


def test_the_mail_carries_text_page_and_the_same_bytes() -> None:
    mail = read(mime(a_mail()))
    text, page = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert page is not None
    assert (text.get_content().strip(), page.get_content().strip()) == ("All good.", "<p>All good.</p>")
    (pdf,) = mail.iter_attachments()
    assert pdf.get_content_type() == "application/pdf"
    assert pdf.get_filename() == "acme-2026-W47.pdf"
    assert pdf.get_content() == a_mail().attachment


def test_a_mail_without_a_pdf_has_no_attachment() -> None:
    mail = read(mime(a_mail(attachment_name="", attachment=None)))
    assert list(mail.iter_attachments()) == []
    assert mail.get_body(("plain",)) is not None


def test_the_same_delivery_has_the_same_message_id() -> None:
    first, second = read(mime(a_mail())), read(mime(a_mail(text="other")))
    assert first["Message-ID"] == second["Message-ID"] == "<rpt-k1@northwind.example>"
    assert first[KEY_HEADER] == "k1"


@pytest.mark.parametrize(
    "parts",
    [
        {"subject": "Report\r\nBcc: eve@evil.example"},
        {"subject": "Report\nBcc: eve@evil.example"},
        {"subject": "Report\u2028Bcc: eve@evil.example"},
        {"attachment_name": "a.pdf\r\nBcc: eve@evil.example"},
        {"key": "k1\r\nBcc: eve@evil.example"},
        {"to": (Address(name="Uwe\u2028Bcc: eve@evil.example", email="uwe@acme.example"),)},
        {"to": (Address(name="Uwe\r\nBcc: eve@evil.example", email="uwe@acme.example"),)},
        {"to": (Address(name="Uwe", email="uwe@acme.example\r\nBcc: eve@evil.example"),)},
        {"to": (Address(name="Uwe", email="uwe@acme.example, eve@evil.example"),)},
        {"cc": (Address(name="Mia", email="mia"),)},
        {"sender": Address(name="N", email="reports@n.example>\r\nBcc: eve@evil.example")},
    ],
)
def test_a_header_cannot_be_smuggled_in(parts: dict[str, Any]) -> None:
    with pytest.raises(DeliveryError):
        mime(a_mail(**parts))


def test_the_draft_is_recorded_before_anything_is_sent(
    service: Any, google: str, ledger: Any, reply: Any
) -> None:
    service.on("POST", CREATE, reply(body=NEW_DRAFT))
    known = GmailChannel(google).prepare(a_mail(), {}, ledger.append)
    assert KNOWN.items() <= known.items()
    assert KNOWN.items() <= ledger[0].items()
    (asked,) = service.asked
    assert asked.query["uploadType"] == "multipart"
    assert b"Content-Type: message/rfc822" in asked.raw
    assert b"Message-ID: <rpt-k1@northwind.example>" in asked.raw


def test_a_draft_that_stands_is_used_again(service: Any, google: str, ledger: Any, reply: Any) -> None:
    service.on("GET", DRAFT, reply(body=NEW_DRAFT))
    assert GmailChannel(google).prepare(a_mail(), KNOWN, ledger.append) == KNOWN
    assert service.calls("POST", CREATE) == []


def test_a_draft_that_was_deleted_is_made_anew(service: Any, google: str, ledger: Any, reply: Any) -> None:
    service.on("POST", CREATE, reply(body={**NEW_DRAFT, "id": "r-2"}))
    known = GmailChannel(google).prepare(a_mail(), KNOWN, ledger.append)
    assert known["draft_id"] == "r-2"
    assert service.calls("POST", SEND) == []


def test_a_draft_sent_by_hand_is_not_sent_again(service: Any, google: str, ledger: Any, reply: Any) -> None:
    service.on("GET", THREAD, reply(body={"messages": [SENT]}))
    with pytest.raises(DeliveryOutcomeUnknownError):
        GmailChannel(google).prepare(a_mail(), KNOWN, ledger.append)
    assert service.calls("POST", CREATE) == []
    assert GmailChannel(google).look_up(a_mail(), KNOWN) is not None


@pytest.mark.parametrize(
    "trouble", [{"status": 500}, {"status": 429}, {"hang_up": True}, {"raw": b"<html>"}, {"raw": b"{}"}]
)
def test_trouble_with_a_draft_is_safe_to_try_again(
    service: Any, google: str, ledger: Any, reply: Any, trouble: dict[str, Any]
) -> None:
    service.on("POST", CREATE, reply(**trouble))
    with pytest.raises(DeliveryThrottledError):
        GmailChannel(google).prepare(a_mail(), {}, ledger.append)
    assert len(service.asked) == 1
    assert ledger == []


def test_the_draft_is_sent_by_its_id(service: Any, google: str, ledger: Any, reply: Any) -> None:
    service.on("POST", SEND, reply(body=SENT))
    sent = send(google, ledger)
    assert (sent["message_id"], sent["thread_id"]) == ("m-2", "t-1")
    (asked,) = service.asked
    assert asked.json == {"id": "r-1"}


@pytest.mark.parametrize(
    "trouble",
    [{"status": 500}, {"status": 503}, {"hang_up": True}, {"raw": b"<html>"}, {"raw": b"{}"}, {"raw": b""}],
)
def test_a_send_in_doubt_is_not_repeated(
    service: Any, google: str, ledger: Any, reply: Any, trouble: dict[str, Any]
) -> None:
    service.on("POST", SEND, reply(**trouble))
    with pytest.raises(DeliveryOutcomeUnknownError):
        send(google, ledger)
    assert len(service.calls("POST", SEND)) == 1


@pytest.mark.parametrize(("status", "reason"), [(429, "rateLimitExceeded"), (403, "userRateLimitExceeded")])
def test_throttling_is_not_sent_and_says_how_long(
    service: Any, google: str, ledger: Any, reply: Any, status: int, reason: str
) -> None:
    body = {"error": {"code": status, "errors": [{"reason": reason}]}}
    service.on("POST", SEND, reply(status=status, body=body, headers={"Retry-After": "30"}))
    with pytest.raises(DeliveryThrottledError) as trouble:
        send(google, ledger)
    assert trouble.value.retry_after == 30
    assert len(service.calls("POST", SEND)) == 1


def test_a_missing_permission_is_certain(service: Any, google: str, ledger: Any, reply: Any) -> None:
    service.on("POST", SEND, reply(status=403, body={"error": {"code": 403, "message": "forbidden"}}))
    with pytest.raises(DeliveryError) as trouble:
        send(google, ledger)
    assert type(trouble.value) is DeliveryError


def test_a_draft_gone_at_the_moment_of_sending_leaves_doubt(service: Any, google: str, ledger: Any) -> None:
    with pytest.raises(DeliveryOutcomeUnknownError):
        send(google, ledger)


def test_a_draft_that_stands_was_not_sent(service: Any, google: str, reply: Any) -> None:
    service.on("GET", DRAFT, reply(body=NEW_DRAFT))
    assert GmailChannel(google).look_up(a_mail(), KNOWN) == NotSent(settles_after=timedelta(minutes=1))


def test_a_draft_gone_and_sent_in_its_thread_was_sent(service: Any, google: str, reply: Any) -> None:
    service.on("GET", THREAD, reply(body={"messages": [{"id": "m-1", "labelIds": ["TRASH"]}, SENT]}))
    found = GmailChannel(google).look_up(a_mail(), KNOWN)
    assert isinstance(found, Receipt)
    assert found.remote_ids["message_id"] == "m-2"


def test_a_draft_gone_without_a_trace_cannot_be_told(service: Any, google: str, reply: Any) -> None:
    service.on("GET", f"{ME}/messages", reply(body={"resultSizeEstimate": 0}))
    assert GmailChannel(google).look_up(a_mail(), KNOWN) is None
    assert GmailChannel(google).look_up(a_mail(), {}) is None


def test_looking_up_in_trouble_claims_nothing(service: Any, google: str, reply: Any) -> None:
    service.on("GET", DRAFT, reply(status=503))
    with pytest.raises(DeliveryThrottledError):
        GmailChannel(google).look_up(a_mail(), KNOWN)


def test_a_token_that_expired_before_the_send_is_renewed(
    service: Any, google: str, ledger: Any, reply: Any
) -> None:
    answers = [reply(status=401, body={}), reply(body=SENT)]
    service.on("POST", SEND, lambda _: answers.pop(0))
    assert send(google, ledger)["message_id"] == "m-2"


def test_a_token_refused_twice_is_refused_for_good(
    service: Any, google: str, ledger: Any, reply: Any
) -> None:
    service.on("POST", SEND, reply(status=401, body={}))
    with pytest.raises(DeliveryError) as refused:
        send(google, ledger)
    assert type(refused.value) is DeliveryError
    assert len(service.calls("POST", SEND)) == 2


def test_a_token_desk_in_trouble_is_for_later(
    google: str, ledger: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from google.auth.exceptions import RefreshError
    from google.oauth2.service_account import Credentials

    def refresh(*_: object) -> None:
        raise RefreshError("internal_failure", retryable=True)  # type: ignore[no-untyped-call]

    monkeypatch.setattr(Credentials, "refresh", refresh)
    with pytest.raises(DeliveryThrottledError, match="internal_failure"):
        send(google, ledger)


def test_a_netrc_login_does_not_replace_the_token(
    service: Any, google: str, ledger: Any, reply: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n", encoding="utf-8")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    service.on("POST", SEND, reply(body=SENT))
    send(google, ledger)
    assert service.asked[0].headers["authorization"] == "Bearer tok-secret"


def test_a_missing_connection_is_named() -> None:
    with pytest.raises(ConfigurationError, match="not_there"):
        GmailChannel("not_there")


def test_a_draft_that_is_not_to_be_sent_any_more_is_deleted(service: Any, google: str, reply: Any) -> None:
    service.on("DELETE", DRAFT, reply(status=204, raw=b""))
    GmailChannel(google).discard(a_mail(), KNOWN)
    assert len(service.calls("DELETE", DRAFT)) == 1


@pytest.mark.parametrize("known", [{}, KNOWN])
def test_where_there_is_no_draft_none_is_deleted(service: Any, google: str, known: Mapping[str, str]) -> None:
    GmailChannel(google).discard(a_mail(), known)
    assert len(service.asked) == len(known) // 2
