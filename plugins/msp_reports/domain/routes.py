"""Where an approved report goes: one route per channel, with what identifies the place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class MailRoute:
    """A mailbox that sends, at Gmail or at Exchange Online."""

    connection: str
    sender: str
    sender_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamsRoute:
    """A channel that a bot posts to."""

    connection: str
    """Of the bot."""
    tenant_id: str
    channel_id: str
    team_id: str | None = None
    graph: str | None = None
    """Connection that may write the channel's files and read its posts. None: no file, no looking up."""
    standing_post: bool = False
    """Keep one post that a person pins once and that every week's report is edited into."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatRoute:
    """A group chat that a bot posts to, and whose message of the week Graph pins."""

    connection: str
    """Of the bot."""
    tenant_id: str
    chat_id: str
    graph: str
    """Connection that may pin messages of the chat."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookRoute:
    """A Workflows webhook: it takes cards, names none of them and edits none.

    The address is the connection's password: whoever has it can post.
    """

    connection: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DriveRoute:
    """A folder of a Google shared drive."""

    connection: str
    drive_id: str
    folder_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SharePointRoute:
    """A folder of a SharePoint document library."""

    connection: str
    drive_id: str
    folder: str
    """Path below the library's root, without slashes at its ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRoutes:
    """The channels of one customer. None: that channel is not in use."""

    gmail: MailRoute | None = None
    outlook: MailRoute | None = None
    teams: TeamsRoute | None = None
    teams_chat: ChatRoute | None = None
    drive: DriveRoute | None = None
    sharepoint: SharePointRoute | None = None

    @property
    def mail(self) -> MailRoute | None:
        return self.gmail or self.outlook

    def channels(self) -> Iterator[str]:
        """Yield the lines that the ledger has of a report once everything is delivered, archive last."""
        if self.gmail is not None:
            yield "gmail"
        if self.outlook is not None:
            yield "outlook"
        if self.teams is not None:
            yield from ("teams_file",) if self.teams.graph else ()
            yield "teams"
            yield from ("teams_standing",) if self.teams.standing_post else ()
        if self.teams_chat is not None:
            yield from ("teams_chat", "teams_pin")
        if self.drive is not None:
            yield "drive"
        if self.sharepoint is not None:
            yield "sharepoint"
