"""Mail by Gmail: an invisible draft first, then one call that sends it.

https://developers.google.com/workspace/gmail/api/reference/rest/v1/users.drafts
"""

from __future__ import annotations

from datetime import timedelta
from email.errors import MessageError
from email.message import EmailMessage
from email.policy import SMTP
from functools import cached_property
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from msp_reports.delivery.contract import Found, MailPackage, NotSent, Receipt, Record, RemoteIds
from msp_reports.delivery.exchange import Reply, exchange
from msp_reports.delivery.mail_headers import header_address, one_line
from msp_reports.delivery.mail_size import see_that_it_fits
from msp_reports.delivery.multipart import related
from msp_reports.domain.errors import DeliveryError, DeliveryOutcomeUnknownError
from msp_reports.hooks.google_workspace import GMAIL_MODIFY, GoogleWorkspaceHook

if TYPE_CHECKING:
    import requests

ROOT = "https://gmail.googleapis.com"
KEY_HEADER = "X-MSP-Reports-Delivery-Key"
SETTLES_AFTER = timedelta(minutes=1)
"""How long a send that Gmail took may still show its draft: longer than it lets a caller wait."""


class GmailChannel:
    """Implements `Channel[MailPackage]`."""

    def __init__(self, conn_id: str) -> None:
        self._hook = GoogleWorkspaceHook(conn_id)
        self._sessions: dict[str, requests.Session] = {}

    def look(self, sender: str) -> str:
        """Sign in as a sender and read the mailbox's profile. Nothing is made.

        Raises:
            DeliveryError: it cannot be done.
        """
        session = self._hook.session([GMAIL_MODIFY], subject=sender)
        url = f"{self._root}/gmail/v1/users/me/profile"
        profile = exchange(session, "GET", url, channel="Gmail", visible=False).need("emailAddress")
        return f"signed in as {profile}"

    def prepare(self, package: MailPackage, known: RemoteIds, record: Record) -> RemoteIds:
        """Make the draft, or find the one that stands.

        Raises:
            DeliveryOutcomeUnknownError: somebody sent the draft by hand. The next attempt takes that as sent.
        """
        see_that_it_fits(package, "gmail")
        if "draft_id" in known:
            if self._draft(package, known).status == HTTPStatus.OK:
                return known
            if self._sent(package, known) is not None:
                raise DeliveryOutcomeUnknownError(
                    "Gmail: the draft was sent already; clear the task to enter it"
                )
        body, headers = related({"message": {}}, "message/rfc822", mime(package))
        url = f"{self._root}/upload/gmail/v1/users/me/drafts?uploadType=multipart"
        draft = self._call(package, "POST", url, visible=False, data=body, headers=headers)
        message = draft.need("message")
        created = {"draft_id": str(draft.need("id")), "thread_id": str(message.get("threadId") or "")}
        record(created)
        return {**known, **created}

    def send(self, package: MailPackage, known: RemoteIds, record: Record) -> Receipt:
        """Send the draft: one attempt."""
        url = f"{self._root}/gmail/v1/users/me/drafts/send"
        reply = self._call(
            package,
            "POST",
            url,
            visible=True,
            accept=(HTTPStatus.NOT_FOUND,),
            json={"id": known["draft_id"]},
        )
        if reply.status == HTTPStatus.NOT_FOUND:
            raise DeliveryOutcomeUnknownError("Gmail: the draft is gone: somebody sent it or deleted it")
        if "id" not in reply.body:
            raise DeliveryOutcomeUnknownError("Gmail accepted the draft but named no message")
        return _receipt(reply.body)

    def look_up(self, package: MailPackage, known: RemoteIds) -> Found:
        """Sent is what is no draft any more and stands in its thread as sent.

        A draft that still stands was not sent: Gmail deletes it with the sending.
        """
        if "draft_id" not in known:
            return None
        if self._draft(package, known).status == HTTPStatus.OK:
            return NotSent(settles_after=SETTLES_AFTER)
        return self._sent(package, known)

    def discard(self, package: MailPackage, known: RemoteIds) -> None:
        """Delete the draft of a mail that is not to be sent any more; one that was sent is none."""
        if "draft_id" in known:
            url = f"{self._root}/gmail/v1/users/me/drafts/{known['draft_id']}"
            self._call(package, "DELETE", url, visible=False, accept=(HTTPStatus.NOT_FOUND,))

    def _sent(self, package: MailPackage, known: RemoteIds) -> Receipt | None:
        if not known.get("thread_id"):
            return None
        url = f"{self._root}/gmail/v1/users/me/threads/{known['thread_id']}?format=minimal"
        thread = self._call(package, "GET", url, visible=False, accept=(HTTPStatus.NOT_FOUND,)).body
        messages = thread.get("messages") or ()
        sent = [message for message in messages if "SENT" in (message.get("labelIds") or ())]
        return _receipt(sent[0]) if sent else None

    def _draft(self, package: MailPackage, known: RemoteIds) -> Reply:
        url = f"{self._root}/gmail/v1/users/me/drafts/{known['draft_id']}?format=minimal"
        return self._call(package, "GET", url, visible=False, accept=(HTTPStatus.NOT_FOUND,))

    @cached_property
    def _root(self) -> str:
        return self._hook.root(ROOT)

    def _call(self, package: MailPackage, method: str, url: str, *, visible: bool, **options: Any) -> Reply:
        sender = package.sender.email
        if sender not in self._sessions:
            self._sessions[sender] = self._hook.session([GMAIL_MODIFY], subject=sender)
        return exchange(self._sessions[sender], method, url, channel="Gmail", visible=visible, **options)


def mime(package: MailPackage) -> bytes:
    """Write the mail (RFC 5322): one message to all recipients, the PDF attached if there is one.

    Raises:
        DeliveryError: an address or header is not one: a line break, no domain.
    """
    message = EmailMessage(policy=SMTP)
    try:
        message["From"] = header_address(package.sender)
        message["Reply-To"] = header_address(package.reply_to)
        message["To"] = [header_address(recipient) for recipient in package.to]
        if package.cc:
            message["Cc"] = [header_address(recipient) for recipient in package.cc]
        message["Subject"] = one_line(package.subject)
        message["Message-ID"] = f"<rpt-{package.key}@{package.sender.email.rpartition('@')[2]}>"
        message[KEY_HEADER] = package.key
        attachment_name = one_line(package.attachment_name)
    except (MessageError, ValueError, IndexError) as trouble:
        raise DeliveryError(f"Gmail: a header of the mail is not valid: {trouble}") from None
    message.set_content(package.text)
    message.add_alternative(package.html, subtype="html")
    if package.attachment is not None:
        message.add_attachment(
            package.attachment, maintype="application", subtype="pdf", filename=attachment_name
        )
    return message.as_bytes()


def _receipt(message: Any) -> Receipt:
    return Receipt(
        remote_ids={"message_id": str(message["id"]), "thread_id": str(message.get("threadId", ""))}
    )
