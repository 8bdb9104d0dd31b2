"""A card is posted once, edited in place, and never posted again on a doubt."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from msp_reports.delivery.contract import CardPackage
from msp_reports.delivery.teams import TeamsChannel
from msp_reports.domain.errors import (
    DeliveryError,
    DeliveryOutcomeUnknownError,
    DeliveryThrottledError,
)

pytestmark = pytest.mark.airflow

CHANNEL = "19:acme@thread.tacv2"
POSTS = "/teams/v3/conversations"
POSTED = {"conversation_id": f"{CHANNEL};messageid=17", "activity_id": "17"}
ACTIVITY = f"{POSTS}/{CHANNEL};messageid=17/activities/17"


def a_card(words: str = "first") -> CardPackage:
    card = {"type": "AdaptiveCard", "body": [words]}
    return CardPackage(key="k1", tenant_id="t-1", channel_id=CHANNEL, summary="Weekly", card=card)


def send(bot: str, ledger: list[Mapping[str, str]]) -> Mapping[str, str]:
    return TeamsChannel(bot).send(a_card(), {}, ledger.append).remote_ids


def test_the_card_is_posted_in_the_channel_of_the_tenant(
    service: Any, bot: str, ledger: Any, reply: Any
) -> None:
    service.on("POST", POSTS, reply(status=201, body={"id": POSTED["conversation_id"], "activityId": "17"}))
    assert send(bot, ledger) == POSTED
    (asked,) = service.calls("POST", POSTS)
    assert asked.json["channelData"]["channel"] == {"id": CHANNEL}
    assert asked.json["tenantId"] == "t-1"
    assert asked.json["activity"]["attachments"][0]["content"] == dict(a_card().card)
    assert asked.headers["authorization"] == "Bearer tok-secret"


def test_preparing_shows_nothing(service: Any, bot: str, ledger: Any) -> None:
    assert TeamsChannel(bot).prepare(a_card(), {}, ledger.append) == {}
    assert service.asked == []


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_server_error_leaves_doubt_after_one_call(
    service: Any, bot: str, ledger: Any, reply: Any, status: int
) -> None:
    service.on("POST", POSTS, reply(status=status, body={}))
    with pytest.raises(DeliveryOutcomeUnknownError):
        send(bot, ledger)
    assert len(service.asked) == 1


def test_a_lost_answer_leaves_doubt_after_one_call(service: Any, bot: str, ledger: Any, reply: Any) -> None:
    service.on("POST", POSTS, reply(hang_up=True))
    with pytest.raises(DeliveryOutcomeUnknownError):
        send(bot, ledger)
    assert len(service.asked) == 1


@pytest.mark.parametrize("raw", [b"", b"<html>", b'{"id": ', b"[]", b"{}"])
def test_a_success_that_names_no_post_leaves_doubt(
    service: Any, bot: str, ledger: Any, reply: Any, raw: bytes
) -> None:
    service.on("POST", POSTS, reply(status=201, raw=raw))
    with pytest.raises(DeliveryOutcomeUnknownError):
        send(bot, ledger)
    assert len(service.asked) == 1


def test_throttling_is_not_sent_and_says_how_long(service: Any, bot: str, ledger: Any, reply: Any) -> None:
    service.on("POST", POSTS, reply(status=429, headers={"Retry-After": "17"}))
    with pytest.raises(DeliveryThrottledError) as trouble:
        send(bot, ledger)
    assert trouble.value.retry_after == 17
    assert len(service.asked) == 1


@pytest.mark.parametrize("status", [400, 403, 404, 413])
def test_a_refusal_is_certain_and_quotes_no_secret(
    service: Any, bot: str, ledger: Any, reply: Any, status: int
) -> None:
    service.on("POST", POSTS, reply(status=status, body={"error": {"code": "Nope"}}))
    with pytest.raises(DeliveryError) as trouble:
        send(bot, ledger)
    assert type(trouble.value) is DeliveryError
    assert "tok-secret" not in str(trouble.value)
    assert len(service.asked) == 1


def test_a_closed_door_is_safe_to_try_again(
    service: Any, bot: str, ledger: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = TeamsChannel(bot)
    channel.prepare(a_card(), {}, ledger.append)
    monkeypatch.setattr("msp_reports.hooks.teams_bot.TeamsBotHook.service_url", "http://127.0.0.1:9")
    with pytest.raises(DeliveryThrottledError):
        channel.send(a_card(), {}, ledger.append)


def test_an_edit_replaces_the_card_in_the_known_post(service: Any, bot: str, reply: Any) -> None:
    service.on("PUT", ACTIVITY, reply(body={"id": "17"}))
    TeamsChannel(bot).edit(a_card("second"), POSTED)
    (asked,) = service.asked
    assert (asked.method, asked.path) == ("PUT", ACTIVITY)
    assert asked.json["attachments"][0]["content"]["body"] == ["second"]


@pytest.mark.parametrize(("status", "verdict"), [(500, DeliveryThrottledError), (404, DeliveryError)])
def test_an_edit_never_leaves_doubt(
    service: Any, bot: str, reply: Any, status: int, verdict: type[DeliveryError]
) -> None:
    service.on("PUT", ACTIVITY, reply(status=status, body={}))
    with pytest.raises(verdict) as trouble:
        TeamsChannel(bot).edit(a_card(), POSTED)
    assert not isinstance(trouble.value, DeliveryOutcomeUnknownError)
    assert len(service.asked) == 1


def test_only_a_post_whose_id_came_back_is_found(service: Any, bot: str) -> None:
    found = TeamsChannel(bot).look_up(a_card(), POSTED)
    assert found is not None
    assert found.remote_ids == POSTED
    assert TeamsChannel(bot).look_up(a_card(), {}) is None
    assert service.asked == []


def test_an_answer_cut_in_the_middle_leaves_doubt(service: Any, bot: str, ledger: Any, reply: Any) -> None:
    cut = {"Content-Length": "500", "Connection": "close"}
    service.on("POST", POSTS, reply(status=201, raw=b'{"id"', headers=cut))
    with pytest.raises(DeliveryOutcomeUnknownError):
        send(bot, ledger)
    assert len(service.asked) == 1


@pytest.mark.parametrize("status", [302, 307, 308, 499])
def test_a_redirect_or_an_odd_refusal_is_certain(
    service: Any, bot: str, ledger: Any, reply: Any, status: int
) -> None:
    service.on("POST", POSTS, reply(status=status, headers={"Location": POSTS}))
    with pytest.raises(DeliveryError) as trouble:
        send(bot, ledger)
    assert type(trouble.value) is DeliveryError
    assert len(service.asked) == 1


def test_a_date_to_wait_for_is_understood(service: Any, bot: str, ledger: Any, reply: Any) -> None:
    moment = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    service.on("POST", POSTS, reply(status=429, headers={"Retry-After": moment}))
    with pytest.raises(DeliveryThrottledError) as trouble:
        send(bot, ledger)
    assert 60 < (trouble.value.retry_after or 0) <= 90
