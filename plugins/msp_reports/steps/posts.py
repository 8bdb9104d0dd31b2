"""The Teams side of a delivery: the file, the week's post, and what stands pinned until the next."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from msp_reports.customer_files import read_customer
from msp_reports.delivery.contract import CardPackage, PinPackage
from msp_reports.domain.routes import ChatRoute, TeamsRoute
from msp_reports.sources.catalog import load
from msp_reports.steps.ledger import deliver
from msp_reports.steps.model_json import load_model
from msp_reports.steps.packages import CHANNELS, Outbound, channel_file_package, delivery_key_of
from msp_reports.steps.rehearse import REHEARSED
from msp_reports.store.database import transaction
from msp_reports.store.deliveries import DeliveryRepository
from msp_reports.store.reports import ReportKey, ReportRepository
from msp_reports.store.standing_posts import StandingPost, StandingPostRepository

if TYPE_CHECKING:
    from msp_reports.store.reports import StoredReport

log = logging.getLogger(__name__)

Posted = Mapping[str, str]


def post_in_channel(key: ReportKey, route: TeamsRoute) -> dict[str, str]:
    """Put the PDF among the channel's files, post the week's card with a link to it, and edit the card into
    the post that stands.
    """
    link = None
    if route.graph is not None:
        link = deliver(key, "teams_file", channel_file_package).get("link")
    outcome = deliver(key, "teams", partial(card_package, link=link))
    if outcome["state"] == REHEARSED:
        return outcome
    _reached(key)
    if route.standing_post:
        outcome |= _edit_standing(key, route, link)
    return outcome


def post_in_chat(key: ReportKey, route: ChatRoute) -> dict[str, str]:
    """Post the week's message, pin it, and take the pin of the week before away."""
    outcome = deliver(key, "teams_chat", chat_package)
    if outcome["state"] == REHEARSED:
        return outcome
    _reached(key)
    place = route.chat_id
    before = _standing(key, place)
    if before is not None and before.is_later_than(key):
        return outcome | _left_alone(before)
    message = _ids(key, "teams_chat", place).get("activity_id")
    if message is None:
        return outcome | _wanted(
            f"only a person saw {key.customer}'s message of {key.week} arrive: pin it in the chat by hand, "
            "and take away the pin of the week before"
        )
    replaces = before.remote_ids["message_id"] if before is not None else None
    deliver(key, "teams_pin", partial(pin_package, message_id=message, replaces=replaces))
    _keep(key, place, {"message_id": message})
    return outcome


def _edit_standing(key: ReportKey, route: TeamsRoute, link: str | None) -> dict[str, str]:
    before = _standing(key, route.channel_id)
    if before is not None and before.is_later_than(key):
        return _left_alone(before)
    deliver(key, "teams_standing", partial(standing_package, link=link, before=before))
    post = _ids(key, "teams_standing", route.channel_id)
    if "activity_id" not in post:
        return _wanted(
            f"only a person saw {key.customer}'s standing post arrive, so it cannot be edited: next week "
            "makes another, to be pinned in its place"
        )
    _keep(key, route.channel_id, post)
    after = _standing(key, route.channel_id)
    if after is None or after.confirmed_by is not None:
        return {}
    return _wanted(
        f"pin the standing post in {key.customer}'s channel by hand (Teams lets no program do it), "
        f"then say `python -m msp_reports pinned {key.customer}`"
    )


def _wanted(what: str) -> dict[str, str]:
    log.warning(what)
    return {"wanted": what}


def card_package(report: StoredReport, *, link: str | None = None) -> Outbound | None:
    """The weekly card for the customer's channel. None: no channel."""
    return _for_channel(report, "teams", link=link)


def standing_package(
    report: StoredReport, *, link: str | None, before: StandingPost | None
) -> Outbound | None:
    """The same card, edited into the post that stands. None: none is kept."""
    return _for_channel(report, "teams_standing", link=link, standing=before.remote_ids if before else None)


def chat_package(report: StoredReport) -> Outbound | None:
    """The weekly card for the customer's group chat. None: no chat."""
    route = read_customer(report.customer).delivery.teams_chat
    if route is None:
        return None
    package = _card(report, "teams_chat", route.chat_id, route.tenant_id, link=None)
    channel = load(CHANNELS["teams_chat"])(route.connection, graph=route.graph)
    return Outbound(channel=channel, package=package, recipients=route.chat_id)


def pin_package(report: StoredReport, *, message_id: str, replaces: str | None) -> Outbound | None:
    """The week's message on top of the group chat. None: no chat."""
    route = read_customer(report.customer).delivery.teams_chat
    if route is None:
        return None
    package = PinPackage(
        key=delivery_key_of(report, "teams_pin", route.chat_id),
        chat_id=route.chat_id,
        message_id=message_id,
        replaces=replaces,
    )
    return Outbound(
        channel=load(CHANNELS["teams_pin"])(route.graph), package=package, recipients=route.chat_id
    )


def _for_channel(
    report: StoredReport, name: str, *, link: str | None, standing: Posted | None = None
) -> Outbound | None:
    route = read_customer(report.customer).delivery.teams
    if route is None:
        return None
    package = _card(
        report,
        name,
        route.channel_id,
        route.tenant_id,
        link=link,
        team_id=route.team_id,
        standing=standing,
    )
    channel = load(CHANNELS[name])(route.connection, graph=route.graph)
    return Outbound(channel=channel, package=package, recipients=route.channel_id)


def _card(
    report: StoredReport, name: str, thread_id: str, tenant_id: str, *, link: str | None, **more: Any
) -> CardPackage:
    from msp_reports.rendering.cards import card_summary, weekly_card

    model = load_model(report.model)
    key = delivery_key_of(report, name, thread_id)
    by_mail = read_customer(report.customer).delivery.mail is not None
    return CardPackage(
        key=key,
        tenant_id=tenant_id,
        thread_id=thread_id,
        summary=card_summary(model),
        card=weekly_card(model, key=key, by_mail=by_mail, link=link),
        **more,
    )


def _left_alone(standing: StandingPost) -> dict[str, str]:
    log.info("%s shows %s already: left as it is", standing.place, standing.week)
    return {"pinned": f"{standing.week}, a later report than this"}


def _standing(key: ReportKey, place: str) -> StandingPost | None:
    with transaction() as connection:
        return StandingPostRepository(connection).load(key.customer, place)


def _keep(key: ReportKey, place: str, remote_ids: Posted) -> None:
    with transaction() as connection:
        StandingPostRepository(connection).keep(key, place, remote_ids)


def _ids(key: ReportKey, channel: str, place: str) -> Posted:
    with transaction() as connection:
        entries = DeliveryRepository(connection).of_report(key)
    return next(
        entry.remote_ids for entry in entries if (entry.channel, entry.recipients) == (channel, place)
    )


def _reached(key: ReportKey) -> None:
    with transaction() as connection:
        ReportRepository(connection).mark_delivered(key)
