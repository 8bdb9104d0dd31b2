"""What a mailbox of the estate holds, kept as files: a second start finds it again."""

from __future__ import annotations

import json
import secrets
import shutil
import time
from base64 import b64decode, b64encode
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from hashlib import sha256
from pathlib import Path
from typing import Any

SENDING_SECONDS = 0.2
"""Between 202 and the mail in Sent Items."""
_OVERHEAD = 237
"""Bytes that Exchange counts beside the file's own (microsoft-graph-docs #9796)."""


class NotMailError(Exception):
    """A body is not what Graph takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    id: str
    """The immutable one."""
    user: str
    content: dict[str, Any]
    """As it was created."""
    taken_at: float | None = None

    @property
    def is_draft(self) -> bool:
        return self.taken_at is None or time.time() < self.taken_at + SENDING_SECONDS

    @property
    def folder(self) -> str:
        return "drafts" if self.is_draft else "sentitems"

    @property
    def passing_id(self) -> str:
        return f"AAMk{sha256((self.id + self.folder).encode()).hexdigest()}"

    @property
    def internet_message_id(self) -> str:
        return f"<{self.id}@outlook.example>"

    @property
    def recipients(self) -> list[dict[str, Any]]:
        return [*self.content.get("toRecipients", ()), *self.content.get("ccRecipients", ())]

    def has(self, name: str, value: str) -> bool:
        """A property's name is compared with its case, its value without."""
        properties = self.content.get("singleValueExtendedProperties", ())
        return any(p["id"] == name and p["value"].lower() == value.lower() for p in properties)

    def taken(self, moment: float) -> Mail:
        return replace(self, taken_at=moment)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    name: str
    content_type: str
    content: bytes
    id: str = field(default_factory=lambda: f"AAkAtt{secrets.token_hex(12)}")

    @classmethod
    def read(cls, body: dict[str, Any]) -> Attachment:
        if body.get("@odata.type") != "#microsoft.graph.fileAttachment":
            raise NotMailError("The attachment type is not supported.")
        try:
            content = b64decode(body["contentBytes"], validate=True)
            return cls(name=body["name"], content_type=body["contentType"], content=content)
        except (KeyError, ValueError):
            raise NotMailError("The attachment is not valid.") from None

    def told(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "contentType": self.content_type,
            "size": len(self.content) + _OVERHEAD,
            "isInline": False,
            "contentBytes": b64encode(self.content).decode(),
        }


class MailStore:
    """``<id>/mail.json`` and ``<id>/<attachment>.json``."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def add(self, user: str, content: dict[str, Any]) -> Mail:
        try:
            for to in (*content["toRecipients"], *content.get("ccRecipients", ())):
                _ = to["emailAddress"]["address"]
            for entry in content.get("singleValueExtendedProperties", ()):
                _ = entry["id"].startswith("String {"), entry["value"].lower()
        except (KeyError, TypeError, AttributeError):
            raise NotMailError("The message is not valid.") from None
        mail = Mail(id=f"AAkALg{secrets.token_urlsafe(30)}", user=user, content=content)
        self.save(mail)
        return mail

    def save(self, mail: Mail) -> None:
        path = self._root / mail.id / "mail.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asdict(mail)), encoding="utf-8")

    def get(self, name: str) -> Mail | None:
        """Find a mail by its immutable id, or by the one that it has where it is now."""
        return next((mail for mail in self._all() if name in {mail.id, mail.passing_id}), None)

    def forget(self, mail: Mail) -> None:
        shutil.rmtree(self._root / mail.id)

    def find(self, folder: str, name: str, value: str) -> list[Mail]:
        return [mail for mail in self._all() if mail.folder == folder and mail.has(name, value)]

    def _all(self) -> Iterator[Mail]:
        for path in sorted(self._root.glob("*/mail.json")):
            yield Mail(**json.loads(path.read_text(encoding="utf-8")))

    def attachments(self, mail: Mail) -> list[Attachment]:
        found = []
        for path in sorted((self._root / mail.id).glob("AAkAtt*.json")):
            body = json.loads(path.read_text(encoding="utf-8"))
            found.append(replace(Attachment.read(body), id=path.stem))
        return found

    def attach(self, mail: Mail, attachment: Attachment) -> None:
        body = {"@odata.type": "#microsoft.graph.fileAttachment", **attachment.told()}
        path = self._root / mail.id / f"{attachment.id}.json"
        path.write_text(json.dumps(body), encoding="utf-8")

    def detach(self, mail: Mail, attachment: Attachment) -> None:
        (self._root / mail.id / f"{attachment.id}.json").unlink()


def eml_of(mail: Mail, attachments: list[Attachment]) -> bytes:
    """Write the mail as its recipients get it, with the property that a test tells it by as a header."""
    content, message = mail.content, EmailMessage(policy=SMTP)
    message["From"] = mail.user
    for header, key in (("To", "toRecipients"), ("Cc", "ccRecipients"), ("Reply-To", "replyTo")):
        if content.get(key):
            message[header] = [_address(entry["emailAddress"]) for entry in content[key]]
    message["Subject"] = content.get("subject", "")
    message["Message-ID"] = mail.internet_message_id
    for entry in content.get("singleValueExtendedProperties", ()):
        if entry["id"].endswith("Name MspReportsDeliveryKey"):
            message["X-MSP-Reports-Delivery-Key"] = entry["value"]
    message.set_content(content["body"]["content"], subtype=content["body"]["contentType"])
    for attachment in attachments:
        main, _, sub = attachment.content_type.partition("/")
        message.add_attachment(attachment.content, maintype=main, subtype=sub, filename=attachment.name)
    return message.as_bytes()


def _address(entry: dict[str, str]) -> Address:
    return Address(display_name=entry.get("name", ""), addr_spec=entry["address"])
