"""The internal channel: each card is posted once, by a ledger of its own, and edited where that can be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from msp_reports.customer_files import read_provider
from msp_reports.delivery.contract import CardPackage
from msp_reports.domain.routes import TeamsRoute
from msp_reports.sources.catalog import load
from msp_reports.steps.ledger import alone, carry_out
from msp_reports.steps.packages import CHANNELS, Outbound
from msp_reports.store.database import transaction
from msp_reports.store.internal_messages import InternalMessageRepository
from msp_reports.store.ledger import KEY_LENGTH, Delivery, DeliveryState


@dataclass(frozen=True, slots=True, kw_only=True)
class InternalCard:
    """A card for the provider's own people."""

    key: str
    """Of its line in the ledger."""
    week: str
    kind: str
    """What the line is called: ``rollup`` or ``notice_post``."""
    summary: str
    """Shown in notifications."""
    draw: Callable[[str], dict[str, Any]]
    """Draw the card with a reference by which the post is found again."""


POSTED, EDITED, STANDS = "posted", "edited", "stands"


def can_edit() -> bool:
    """Tell whether a card that was posted can be changed: a webhook names none."""
    return isinstance(read_provider().rollup, TeamsRoute)


def stands(card: InternalCard) -> bool:
    """Tell whether the card was posted."""
    return _line(card).state is DeliveryState.SENT


def post(card: InternalCard) -> str:
    """Post a card unless it stands.

    Raises:
        DeliveryError: as `ledger.deliver` does.
    """
    if stands(card):
        return STANDS
    carry_out(InternalMessageRepository, card.key, _outbound(card))
    return POSTED


def post_or_edit(card: InternalCard) -> str:
    """Bring the card that stands up to date, or post it. ``stands``: only a person saw it arrive.

    Raises:
        DeliveryError: as `ledger.deliver` does.
    """
    with alone(f"edit {card.key}"):
        outbound = _outbound(card)  # drawn here: of two workers the later one shows the later picture
        line = _line(card)
        if line.state is DeliveryState.SENT:
            if "activity_id" not in line.remote_ids:
                return STANDS
            channel: Any = outbound.channel
            if channel.edit(outbound.package, line.remote_ids):
                return EDITED
            with transaction() as connection:
                InternalMessageRepository(connection).record(
                    card.key, DeliveryState.PREPARED, error="somebody deleted the post: made anew"
                )
    carry_out(InternalMessageRepository, card.key, outbound)
    return POSTED


def _line(card: InternalCard) -> Delivery:
    with transaction() as connection:
        return InternalMessageRepository(connection).plan(
            card.key, week=card.week, channel=card.kind, recipients="the internal channel"
        )


def _outbound(card: InternalCard) -> Outbound:
    route = read_provider().rollup
    reference = sha256(card.key.encode()).hexdigest()[:KEY_LENGTH]
    bot = route if isinstance(route, TeamsRoute) else None
    package = CardPackage(
        key=reference,
        tenant_id=bot.tenant_id if bot else "",
        thread_id=bot.channel_id if bot else "",
        team_id=bot.team_id if bot else None,
        summary=card.summary,
        card=card.draw(reference),
    )
    channel = (
        load(CHANNELS["teams"])(bot.connection, graph=bot.graph)
        if bot
        else load(CHANNELS["webhook"])(route.connection)
    )
    return Outbound(channel=channel, package=package, recipients="the internal channel")
