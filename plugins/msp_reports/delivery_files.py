"""The ``delivery`` block of a customer's file, and the channels in the provider's: text to routes."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints, model_validator

from msp_reports.delivery.sharepoint_names import safe_name
from msp_reports.domain.routes import (
    ChatRoute,
    DeliveryRoutes,
    DriveRoute,
    MailRoute,
    SharePointRoute,
    TeamsRoute,
    WebhookRoute,
)
from msp_reports.mail_addresses import mail_address

Text = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
Mail = Annotated[str, AfterValidator(mail_address)]
Thread = Annotated[str, StringConstraints(pattern=r"^19:.+@thread\.(tacv2|skype|v2)$")]
Channel = Annotated[str, StringConstraints(pattern=r"^19:.+@thread\.(tacv2|skype)$")]
Chat = Annotated[str, StringConstraints(pattern=r"^19:.+@thread\.v2$")]
"""A channel's thread is refused here: pinning in it answers 201 and shows nothing
(microsoft-graph-explorer-v4 #3814)."""


def _safe_path(path: str) -> str:
    wrong = next((name for name in path.split("/") if safe_name(name) != name), None)
    if wrong is not None:
        raise ValueError(
            f"expected folders that SharePoint takes, such as {safe_name(wrong)!r} for {wrong!r}"
        )
    return path


Folder = Annotated[str, StringConstraints(max_length=150), AfterValidator(_safe_path)]

R = TypeVar("R")


class Block(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class MailFile(Block):
    """How the provider sends, where a customer's file says nothing else."""

    system: Literal["gmail", "outlook"] = "gmail"
    connection: Text
    sender: Mail
    sender_name: Text


class _Mail(Block):
    connection: Text | None = None
    sender: Mail | None = None
    sender_name: Text | None = None


def _see_that_team_is_named(graph: str | None, team_id: str | None) -> None:
    if graph is not None and team_id is None:
        raise ValueError("graph needs team_id beside it: the id of the team that hosts the channel")


class TeamsFile(Block):
    connection: Text
    tenant_id: Text
    channel_id: Channel
    team_id: Text | None = None
    graph: Text | None = None
    standing_post: bool = False

    @model_validator(mode="after")
    def _team_is_named(self) -> TeamsFile:
        _see_that_team_is_named(self.graph, self.team_id)
        return self


class _Chat(Block):
    connection: Text
    tenant_id: Text
    chat_id: Chat
    graph: Text


class _Drive(Block):
    connection: Text
    drive_id: Text
    folder_id: Text


class _SharePoint(Block):
    connection: Text
    drive_id: Text
    folder: Folder = "Weekly reports"


class DeliveryFile(Block):
    gmail: _Mail | None = None
    outlook: _Mail | None = None
    teams: TeamsFile | None = None
    teams_chat: _Chat | None = None
    drive: _Drive | None = None
    sharepoint: _SharePoint | None = None

    @model_validator(mode="after")
    def _one_of_a_kind(self) -> DeliveryFile:
        for one, other in (("gmail", "outlook"), ("teams", "teams_chat"), ("drive", "sharepoint")):
            if getattr(self, one) is not None and getattr(self, other) is not None:
                raise ValueError(f"expected {one} or {other}, not both: the report would arrive twice")
        return self


class RollupFile(Block):
    """The internal channel: through the bot, or through a Workflows webhook."""

    connection: Text
    tenant_id: Text | None = None
    channel_id: Channel | None = None
    team_id: Text | None = None
    graph: Text | None = None
    webhook: bool = False

    @model_validator(mode="after")
    def _one_way_or_the_other(self) -> RollupFile:
        of_a_bot = (self.tenant_id, self.channel_id, self.team_id, self.graph)
        if self.webhook and any(of_a_bot):
            raise ValueError("a Workflows webhook takes connection alone: its address says which channel")
        if not self.webhook and not (self.tenant_id and self.channel_id):
            raise ValueError("a bot needs tenant_id and channel_id; a Workflows webhook needs webhook: true")
        _see_that_team_is_named(self.graph, self.team_id)
        return self

    def route(self) -> TeamsRoute | WebhookRoute:
        if self.tenant_id is None or self.channel_id is None:
            return WebhookRoute(connection=self.connection)
        return TeamsRoute(
            connection=self.connection,
            tenant_id=self.tenant_id,
            channel_id=self.channel_id,
            team_id=self.team_id,
            graph=self.graph,
        )


def routes(delivery: DeliveryFile, mail: MailRoute, system: str) -> DeliveryRoutes:
    """Return a customer's routes.

    Args:
        mail: the provider's own mailbox, for what the customer's file does not name.
        system: where that mailbox is; nothing of it is taken for a mailbox at the other.

    Raises:
        ValueError: the customer's mailbox is at the other system and not wholly named.
    """

    def completed(name: str, block: _Mail | None) -> MailRoute | None:
        if block is None:
            return None
        own = name == system
        connection = block.connection or (mail.connection if own else None)
        sender = block.sender or (mail.sender if own else None)
        if connection is None or sender is None:
            raise ValueError(
                f"expected connection and sender: the provider's own mailbox is at {system}, not {name}"
            )
        return MailRoute(
            connection=connection, sender=sender, sender_name=block.sender_name or mail.sender_name
        )

    return DeliveryRoutes(
        gmail=completed("gmail", delivery.gmail),
        outlook=completed("outlook", delivery.outlook),
        teams=_made(TeamsRoute, delivery.teams),
        teams_chat=_made(ChatRoute, delivery.teams_chat),
        drive=_made(DriveRoute, delivery.drive),
        sharepoint=_made(SharePointRoute, delivery.sharepoint),
    )


def _made(route: type[R], block: Block | None) -> R | None:
    return None if block is None else route(**block.model_dump())


@dataclass(frozen=True, slots=True)
class Claim:
    """A place that one customer alone may be delivered to, and the key of the file that names it."""

    key: str
    of: Hashable


def claims(delivery: DeliveryRoutes) -> Iterator[Claim]:
    """Yield the channels, chats and folders of a customer.

    Customers may share a folder in SharePoint: below it each has its own, named after its code too.
    """
    if delivery.teams:
        yield Claim("teams.channel_id", ("teams", delivery.teams.channel_id))
    if delivery.teams_chat:
        yield Claim("teams_chat.chat_id", ("teams", delivery.teams_chat.chat_id))
    if delivery.drive:
        yield Claim("drive.folder_id", ("drive", delivery.drive.folder_id))
