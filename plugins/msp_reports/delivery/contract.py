"""What a channel is given and what it gives back. Channels know no Airflow task, no SQL, no report model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

RemoteIds = Mapping[str, str]
"""What the vendor calls the thing: draft id, message id, activity id, file id."""

Record = Callable[[RemoteIds], None]
"""Commit remote ids to the ledger, at once, before the next call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    name: str
    email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MailPackage:
    """One mail to all recipients of one report, or to one of them."""

    key: str
    """Delivery key: the same for the same report, channel and recipients, whoever sends."""
    sender: Address
    reply_to: Address
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    subject: str
    text: str
    html: str
    attachment_name: str
    attachment: bytes | None
    """The PDF. None: nothing is attached, as to a notice or where the text links to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CardPackage:
    """One Adaptive Card for one channel or group chat."""

    key: str
    """Delivery key; the card's text carries it as ``RPT-<key>``, by which the post is found again."""
    tenant_id: str
    thread_id: str
    """Of the channel or chat."""
    summary: str
    """Shown in notifications."""
    card: Mapping[str, object]
    team_id: str | None = None
    """Team that hosts the channel."""
    standing: RemoteIds | None = None
    """Ids of the post that this card is edited into. None: there is none yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PinPackage:
    """One message to be pinned in its group chat."""

    key: str
    chat_id: str
    message_id: str
    replaces: str | None
    """Message of ours that was pinned before. None: there was none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePackage:
    """One file for the archive."""

    key: str
    drive_id: str
    folder_id: str
    path: tuple[str, ...]
    """Folder names below `folder_id`, outermost first."""
    name: str
    mime_type: str
    content: bytes
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelFilePackage:
    """One file for the files of a Teams channel."""

    key: str
    team_id: str
    channel_id: str
    name: str
    mime_type: str
    content: bytes
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Proof that the channel has it."""

    remote_ids: Mapping[str, str] = field(default_factory=dict)
    link: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotSent:
    """Proof that the channel does not have it: sending again makes no second copy."""

    settles_after: timedelta = timedelta(0)
    """Counted from the moment the send began. Until then a server may still be at it."""


Found = Receipt | NotSent | None
"""What looking up tells of a send whose end was not seen. None: it cannot be told."""
