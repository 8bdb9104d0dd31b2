"""Mail by Outlook (Exchange Online through Graph): an invisible draft first, then one call that sends it.

https://learn.microsoft.com/graph/api/resources/message. A draft keeps its immutable id when it is sent,
though not at once and not always (microsoft-graph-docs #1533); the extended property with the delivery's
key goes with it into Sent Items, so one of the two finds the copy.
"""

from __future__ import annotations

import time
from datetime import timedelta
from email.errors import MessageError
from functools import cached_property
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from msp_reports.delivery.contract import Address, Found, MailPackage, NotSent, Receipt, Record, RemoteIds
from msp_reports.delivery.exchange import Reply, exchange
from msp_reports.delivery.mail_headers import header_address, one_line
from msp_reports.delivery.mail_size import see_that_it_fits
from msp_reports.delivery.outlook_attachments import Attachments
from msp_reports.domain.errors import DeliveryError, DeliveryOutcomeUnknownError, DeliveryThrottledError
from msp_reports.hooks.graph import GraphHook

if TYPE_CHECKING:
    from collections.abc import Mapping

    from msp_reports.hooks.signed_in import SignedInSession

KEY_PROPERTY = "String {b2f9262a-9692-4dc1-aaa3-b4bff925c595} Name MspReportsDeliveryKey"
SETTLES_AFTER = timedelta(minutes=5)
"""How long a mail that Exchange took may still show as a draft: it is sent after the answer."""
_PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
"""Seconds between looks at a mail that was taken."""
_IMMUTABLE = {"Prefer": 'IdType="ImmutableId"'}
_FIELDS = "id,isDraft,internetMessageId"


class OutlookChannel:
    """Implements `Channel[MailPackage]`. The recipients see the name that the directory has of the sender."""

    def __init__(self, conn_id: str) -> None:
        self._hook = GraphHook(conn_id)

    def look(self, sender: str) -> str:
        """Sign in and look at a mailbox's sent mail. Nothing is made.

        Raises:
            DeliveryError: it cannot be done.
        """
        self._call("GET", f"{self._mailbox(sender)}/mailFolders/sentitems?$select=id").need("id")
        return f"reads the mailbox of {sender}"

    def prepare(self, package: MailPackage, known: RemoteIds, record: Record) -> RemoteIds:
        """Make the draft with its PDF, or complete the one that stands.

        Raises:
            DeliveryOutcomeUnknownError: it was sent already, or is gone since a send of it began.
        """
        see_that_it_fits(package, "outlook")
        draft = self._standing(package, known)
        if draft is None:
            draft = self._call("POST", f"{self._of(package)}/messages", json=message(package)).need("id")
        known = {**known, "message_id": draft}
        record(known)
        attachments = Attachments(self._session, f"{self._message(package, known)}/attachments")
        attachments.settle(_attachment_name(package), package.attachment)
        return known

    def send(self, package: MailPackage, known: RemoteIds, record: Record) -> Receipt:
        """Send the draft: one attempt. Exchange takes it (202) and sends it afterwards."""
        record({"sending_id": known["message_id"]})
        url = f"{self._message(package, known)}/send"
        if (
            self._call("POST", url, visible=True, accept=(HTTPStatus.NOT_FOUND,)).status
            != HTTPStatus.ACCEPTED
        ):
            raise DeliveryOutcomeUnknownError("Outlook: the draft is gone: somebody sent it or deleted it")
        for pause in _PAUSES:
            found = self._sight(package, known)
            if isinstance(found, Receipt):
                return found
            time.sleep(pause)
        raise DeliveryOutcomeUnknownError("Outlook took the mail but does not show it as sent")

    def look_up(self, package: MailPackage, known: RemoteIds) -> Found:
        """Sent is what is no draft any more, or stands in Sent Items with the delivery's key."""
        if "message_id" in known:
            mail = self._mail(package, known)
            if mail.status == HTTPStatus.OK:
                return NotSent(settles_after=SETTLES_AFTER) if _is_draft(mail) else _receipt(mail.body)
        sent = self._with_key(package, "sentitems")
        return _receipt(sent[0]) if sent else None

    def discard(self, package: MailPackage, known: RemoteIds) -> None:
        """Delete the draft of a mail that is not to be sent any more; one that was sent is left alone."""
        if "message_id" in known:
            mail = self._mail(package, known)
            if mail.status == HTTPStatus.OK and _is_draft(mail):
                self._call("DELETE", self._message(package, known), accept=(HTTPStatus.NOT_FOUND,))

    def _sight(self, package: MailPackage, known: RemoteIds) -> Found:
        """Look up a mail that was taken: no trouble in looking makes it unsent."""
        try:
            return self.look_up(package, known)
        except DeliveryThrottledError:
            return None
        except DeliveryError as trouble:
            raise DeliveryOutcomeUnknownError(f"Outlook took the mail, but: {trouble}") from None

    def _standing(self, package: MailPackage, known: RemoteIds) -> str | None:
        """Return the id of the draft that stands: by its id, else by the key, should its answer be lost."""
        if "message_id" in known:
            mail = self._mail(package, known)
            if mail.status == HTTPStatus.OK and _is_draft(mail):
                return known["message_id"]
            if mail.status == HTTPStatus.OK:
                raise DeliveryOutcomeUnknownError("Outlook: the draft was sent already")
        if self._with_key(package, "sentitems"):
            raise DeliveryOutcomeUnknownError("Outlook: the mail was sent already")
        if "message_id" in known and known.get("sending_id") == known["message_id"]:
            raise DeliveryOutcomeUnknownError("Outlook: the draft is gone since we began to send it")
        drafts = self._with_key(package, "drafts")
        return str(drafts[0]["id"]) if drafts else None

    def _mail(self, package: MailPackage, known: RemoteIds) -> Reply:
        url = f"{self._message(package, known)}?$select={_FIELDS}"
        return self._call("GET", url, accept=(HTTPStatus.NOT_FOUND,))

    def _with_key(self, package: MailPackage, folder: str) -> list[Mapping[str, Any]]:
        """Return the mails of a folder that have the delivery's key: `/messages` alone would list the
        deleted too."""
        has_key = f"ep/id eq '{KEY_PROPERTY}' and ep/value eq '{package.key}'"
        query = {"$select": _FIELDS, "$filter": f"singleValueExtendedProperties/Any(ep: {has_key})"}
        url = f"{self._of(package)}/mailFolders/{folder}/messages?{urlencode(query, quote_via=quote)}"
        return self._call("GET", url).rows()

    def _of(self, package: MailPackage) -> str:
        return self._mailbox(package.sender.email)

    def _mailbox(self, sender: str) -> str:
        return f"{self._hook.url}/users/{quote(sender, safe='@')}"

    def _message(self, package: MailPackage, known: RemoteIds) -> str:
        return f"{self._of(package)}/messages/{quote(known['message_id'], safe='')}"

    @cached_property
    def _session(self) -> SignedInSession:
        return self._hook.session()

    def _call(self, method: str, url: str, *, visible: bool = False, **options: Any) -> Reply:
        return exchange(
            self._session, method, url, channel="Outlook", visible=visible, headers=_IMMUTABLE, **options
        )


def message(package: MailPackage) -> dict[str, Any]:
    """Write the mail as Graph takes it: one message to all recipients, without its attachment.

    Raises:
        DeliveryError: an address or header is not one: a line break, no domain.
    """
    try:
        return {
            "subject": one_line(package.subject),
            "body": {"contentType": "html", "content": package.html},
            "toRecipients": [_recipient(address) for address in package.to],
            "ccRecipients": [_recipient(address) for address in package.cc],
            "replyTo": [_recipient(package.reply_to)],
            "singleValueExtendedProperties": [{"id": KEY_PROPERTY, "value": one_line(package.key)}],
        }
    except (MessageError, ValueError, IndexError) as trouble:
        raise DeliveryError(f"Outlook: a header of the mail is not valid: {trouble}") from None


def _recipient(address: Address) -> dict[str, dict[str, str]]:
    mailbox = header_address(address)
    return {"emailAddress": {"name": mailbox.display_name, "address": mailbox.addr_spec}}


def _attachment_name(package: MailPackage) -> str:
    try:
        return one_line(package.attachment_name)
    except ValueError as trouble:
        raise DeliveryError(f"Outlook: the attachment's name is not valid: {trouble}") from None


def _is_draft(mail: Reply) -> bool:
    is_draft = mail.body.get("isDraft")
    if not isinstance(is_draft, bool):
        raise DeliveryThrottledError("Outlook does not say whether the mail is a draft; trying again")
    return is_draft


def _receipt(mail: Mapping[str, Any]) -> Receipt:
    ids = {"message_id": mail.get("id"), "internet_message_id": mail.get("internetMessageId")}
    return Receipt(remote_ids={name: str(value) for name, value in ids.items() if value})
