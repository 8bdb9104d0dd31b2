"""A post is found again by the key in its card; a chat's pin is moved, a channel's post edited."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from msp_reports.delivery.chat_pin import ChatPin
from msp_reports.delivery.contract import CardPackage, NotSent, PinPackage, Receipt
from msp_reports.delivery.teams import StandingPost, TeamsChannel, TeamsChat
from msp_reports.domain.errors import DeliveryOutcomeUnknownError, DeliveryThrottledError

pytestmark = pytest.mark.airflow

CHANNEL, CHAT = "19:acme@thread.tacv2", "19:acme@thread.v2"
MESSAGES = f"/v1.0/teams/team-1/channels/{CHANNEL}/messages"
CHAT_MESSAGES = f"/v1.0/chats/{CHAT}/messages"
PINS = f"/v1.0/chats/{CHAT}/pinnedMessages"
POSTS = "/teams/v3/conversations"
SAY = f"{POSTS}/{CHAT}/activities"
STANDING = {"conversation_id": f"{CHANNEL};messageid=17", "activity_id": "17"}
ACTIVITY = f"{POSTS}/{CHANNEL};messageid=17/activities/17"


def a_card(thread: str = CHANNEL, standing: Mapping[str, str] | None = None) -> CardPackage:
    card = {"type": "AdaptiveCard", "body": ["Reference RPT-k1"]}
    return CardPackage(
        key="k1",
        tenant_id="t-1",
        thread_id=thread,
        summary="Weekly",
        card=card,
        team_id="team-1",
        standing=standing,
    )


def message(ident: str, text: str, **more: Any) -> dict[str, Any]:
    card = {"contentType": "application/vnd.microsoft.card.adaptive", "content": json.dumps({"body": [text]})}
    return {"id": ident, "body": {"content": "<attachment/>"}, "attachments": [card], **more}


def a_pin(replaces: str | None = None) -> PinPackage:
    return PinPackage(key="k1", chat_id=CHAT, message_id="m-2", replaces=replaces)


def pins(*messages: str) -> dict[str, Any]:
    return {"value": [{"id": f"pin-{ident}", "message": {"id": ident}} for ident in messages]}


def test_a_post_is_found_by_its_key(service: Any, bot: str, graph: str, reply: Any) -> None:
    rows = [message("18", "RPT-k2"), message("17", "Reference RPT-k1")]
    service.on("GET", MESSAGES, reply(body={"value": rows}))
    assert TeamsChannel(bot, graph=graph).look_up(a_card(), {}) == Receipt(remote_ids=STANDING)


def test_a_post_that_does_not_show_was_not_sent_once_it_would(
    service: Any, bot: str, graph: str, reply: Any
) -> None:
    service.on("GET", MESSAGES, reply(body={"value": [message("18", "RPT-k2")]}))
    found = TeamsChannel(bot, graph=graph).look_up(a_card(), {})
    assert found == NotSent(settles_after=timedelta(minutes=5))


def test_a_post_that_somebody_deleted_is_not_found(service: Any, bot: str, graph: str, reply: Any) -> None:
    gone = message("17", "RPT-k1", deletedDateTime="2026-11-23T08:00:00Z")
    service.on("GET", MESSAGES, reply(body={"value": [gone]}))
    assert isinstance(TeamsChannel(bot, graph=graph).look_up(a_card(), {}), NotSent)


def test_older_posts_are_on_further_pages(service: Any, bot: str, graph: str, reply: Any) -> None:
    def page(asked: Any) -> Any:
        if "$skiptoken" in asked.query:
            return reply(body={"value": [message("17", "RPT-k1")]})
        follow = f"{service.url}{MESSAGES}?$top=50&$skiptoken=50"
        return reply(body={"value": [message("18", "other")], "@odata.nextLink": follow})

    service.on("GET", MESSAGES, page)
    assert isinstance(TeamsChannel(bot, graph=graph).look_up(a_card(), {}), Receipt)


LONG_AGO = {"createdDateTime": "2025-01-06T08:00:00Z"}


@pytest.mark.parametrize(
    ("newer", "found"),
    [
        ({}, None),
        (LONG_AGO, NotSent(settles_after=timedelta(minutes=5))),
        ({**LONG_AGO, "lastModifiedDateTime": "2126-01-07T08:00:00Z"}, None),
    ],
)
def test_among_too_many_newer_posts_nothing_is_claimed(
    service: Any, bot: str, graph: str, reply: Any, newer: dict[str, str], found: Any
) -> None:
    follow = f"{service.url}{MESSAGES}?$top=50&$skiptoken=50"
    rows = [message("18", "other", **newer)]
    service.on("GET", MESSAGES, reply(body={"value": rows, "@odata.nextLink": follow}))
    assert TeamsChannel(bot, graph=graph).look_up(a_card(), {}) == found


def test_who_may_not_read_the_channel_claims_nothing(service: Any, bot: str, graph: str, reply: Any) -> None:
    service.on("GET", MESSAGES, reply(status=403, body={"error": {"code": "Forbidden"}}))
    assert TeamsChannel(bot, graph=graph).look_up(a_card(), {}) is None


def test_trouble_while_looking_is_looked_at_again(service: Any, bot: str, graph: str, reply: Any) -> None:
    service.on("GET", MESSAGES, reply(status=503, body={}))
    with pytest.raises(DeliveryThrottledError):
        TeamsChannel(bot, graph=graph).look_up(a_card(), {})


def test_a_message_in_a_chat_is_named_and_found(
    service: Any, bot: str, graph: str, ledger: Any, reply: Any
) -> None:
    service.on("POST", SAY, reply(status=201, body={"id": "m-2"}))
    service.on("GET", CHAT_MESSAGES, reply(body={"value": [message("m-2", "RPT-k1")]}))
    chat, wanted = TeamsChat(bot, graph=graph), {"conversation_id": CHAT, "activity_id": "m-2"}
    assert chat.send(a_card(CHAT), {}, ledger.append).remote_ids == wanted
    assert chat.look_up(a_card(CHAT), {}) == Receipt(remote_ids=wanted)


def test_a_chat_that_names_no_message_leaves_doubt(service: Any, bot: str, ledger: Any, reply: Any) -> None:
    service.on("POST", SAY, reply(status=201, body={}))
    with pytest.raises(DeliveryOutcomeUnknownError):
        TeamsChat(bot).send(a_card(CHAT), {}, ledger.append)


def test_the_standing_post_is_edited_and_nothing_posted(
    service: Any, bot: str, ledger: Any, reply: Any
) -> None:
    service.on("PUT", ACTIVITY, reply(body={"id": "17"}))
    post, package = StandingPost(bot), a_card(standing=STANDING)
    known = post.prepare(package, {}, ledger.append)
    assert post.send(package, known, ledger.append) == Receipt(remote_ids=STANDING)
    assert [asked.method for asked in service.asked] == ["PUT"]


@pytest.mark.parametrize("standing", [None, STANDING])
def test_where_none_stands_or_it_was_deleted_a_new_one_is_posted(
    service: Any, bot: str, ledger: Any, reply: Any, standing: Mapping[str, str] | None
) -> None:
    new = {"id": f"{CHANNEL};messageid=20", "activityId": "20"}
    service.on("POST", POSTS, reply(status=201, body=new))
    post, package = StandingPost(bot), a_card(standing=standing)
    known = post.prepare(package, standing or {}, ledger.append)
    assert post.send(package, known, ledger.append).remote_ids["activity_id"] == "20"


def test_the_weeks_message_is_pinned_and_the_last_ones_pin_taken_away(
    service: Any, graph: str, ledger: Any, reply: Any
) -> None:
    now = ["m-1", "of a colleague"]

    def pin(asked: Any) -> Any:
        now.append(asked.json["message@odata.bind"].rpartition("/")[2])
        return reply(status=201, body={"id": "pin-m-2"})

    def unpin(_: Any) -> Any:
        now.remove("m-1")
        return reply(status=204, raw=b"")

    service.on("GET", PINS, lambda _: reply(body=pins(*now)))
    service.on("POST", PINS, pin)
    service.on("DELETE", f"{PINS}/pin-m-1", unpin)
    receipt = ChatPin(graph).send(a_pin("m-1"), {}, ledger.append)
    assert receipt.remote_ids == {"message_id": "m-2", "pin_id": "pin-m-2"}
    assert now == ["of a colleague", "m-2"]


def test_what_is_pinned_is_not_pinned_again(service: Any, graph: str, ledger: Any, reply: Any) -> None:
    service.on("GET", PINS, reply(body=pins("m-2")))
    ChatPin(graph).send(a_pin("m-1"), {}, ledger.append)
    assert {asked.method for asked in service.asked} == {"GET"}


@pytest.mark.parametrize("standing", [(), ("m-1",), ("m-1", "m-2")])
def test_a_pin_is_done_when_ours_stands_alone(
    service: Any, graph: str, reply: Any, standing: tuple[str, ...]
) -> None:
    service.on("GET", PINS, reply(body=pins(*standing)))
    assert ChatPin(graph).look_up(a_pin("m-1"), {}) == NotSent()
    service.on("GET", PINS, reply(body=pins("m-2", "of a colleague")))
    assert isinstance(ChatPin(graph).look_up(a_pin("m-1"), {}), Receipt)


@pytest.mark.parametrize("body", [{}, {"message": "ok"}, {"value": "many"}])
def test_an_answer_that_lists_nothing_is_no_empty_list(
    service: Any, bot: str, graph: str, reply: Any, body: dict[str, str]
) -> None:
    service.on("GET", MESSAGES, reply(body=body))
    service.on("GET", PINS, reply(body=body))
    with pytest.raises(DeliveryThrottledError, match="without a list"):
        TeamsChannel(bot, graph=graph).look_up(a_card(), {})
    with pytest.raises(DeliveryThrottledError, match="without a list"):
        ChatPin(graph).look_up(a_pin(), {})
