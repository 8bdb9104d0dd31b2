"""One call, one attempt; a token that has expired in between is renewed once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from msp_reports.delivery.exchange import exchange
from msp_reports.domain.errors import DeliveryError, DeliveryOutcomeUnknownError, DeliveryThrottledError
from msp_reports.hooks.rest import NoAuth
from msp_reports.hooks.signed_in import SignedInSession

pytestmark = pytest.mark.airflow


@pytest.fixture
def session() -> SignedInSession:
    """Has the tokens t-1, t-2 … in turn."""
    fetched: list[str] = []

    def fetch() -> str:
        fetched.append(f"t-{len(fetched) + 1}")
        return fetched[-1]

    return SignedInSession(fetch)


@pytest.fixture
def post(service: Any, session: SignedInSession) -> Callable[..., Any]:
    def post(*, visible: bool = True, **options: Any) -> Any:
        url = f"{service.url}/post"
        return exchange(session, "POST", url, channel="Post", visible=visible, json={"n": 1}, **options)

    return post


def tokens(service: Any) -> list[str | None]:
    return [asked.headers.get("authorization") for asked in service.calls("POST", "/post")]


@pytest.mark.parametrize("visible", [True, False])
def test_an_expired_token_is_renewed_and_the_call_made_with_the_new_one(
    service: Any, post: Any, reply: Any, visible: bool
) -> None:
    def answer(asked: Any) -> Any:
        return reply(status=401) if asked.headers["authorization"] == "Bearer t-1" else reply(body={"id": 1})

    service.on("POST", "/post", answer)
    assert post(visible=visible).body == {"id": 1}
    assert [asked.json for asked in service.asked] == [{"n": 1}, {"n": 1}]


@pytest.mark.parametrize("visible", [True, False])
def test_a_new_token_that_is_refused_too_is_final(service: Any, post: Any, reply: Any, visible: bool) -> None:
    service.on("POST", "/post", reply(status=401, body={"error": "no"}))
    with pytest.raises(DeliveryError, match="key or secret") as refused:
        post(visible=visible)
    assert type(refused.value) is DeliveryError
    assert tokens(service) == ["Bearer t-1", "Bearer t-2"]


def test_what_follows_a_renewal_is_judged_as_a_first_call(service: Any, post: Any, reply: Any) -> None:
    answers = [reply(status=401), reply(status=502)]
    service.on("POST", "/post", lambda _: answers.pop(0))
    with pytest.raises(DeliveryOutcomeUnknownError):
        post()
    assert len(service.asked) == 2


def test_a_sign_in_out_of_reach_leaves_the_call_unmade(service: Any, post: Any, reply: Any) -> None:
    session = SignedInSession(lambda: "t-1")

    def fail() -> str:
        raise DeliveryThrottledError("the desk is closed")

    session._fetch_token = fail
    service.on("POST", "/post", reply(status=401))
    with pytest.raises(DeliveryThrottledError, match="closed"):
        exchange(session, "POST", f"{service.url}/post", channel="Post", visible=True)
    assert len(service.asked) == 1


def test_a_call_without_the_sessions_token_is_not_renewed(service: Any, post: Any, reply: Any) -> None:
    service.on("POST", "/post", reply(status=401))
    with pytest.raises(DeliveryError):
        post(visible=False, auth=NoAuth())
    assert tokens(service) == [None]


@pytest.mark.parametrize("status", [408, 409, 412, 423, 425])
def test_a_race_that_nobody_sees_is_run_again(service: Any, post: Any, reply: Any, status: int) -> None:
    service.on("POST", "/post", reply(status=status, body={"error": "race"}))
    with pytest.raises(DeliveryThrottledError):
        post(visible=False)


def test_a_visible_call_that_timed_out_at_the_server_is_in_doubt(service: Any, post: Any, reply: Any) -> None:
    service.on("POST", "/post", reply(status=408, body={}))
    with pytest.raises(DeliveryOutcomeUnknownError):
        post(visible=True)


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        ({"body": {"error": {"code": "Gone"}}}, {"error": {"code": "Gone"}}),
        ({"raw": b"<html>"}, {}),
        ({"raw": b"[]"}, {}),
    ],
)
def test_an_accepted_refusal_is_returned_with_its_words(
    service: Any, post: Any, reply: Any, answer: dict[str, Any], body: dict[str, Any]
) -> None:
    service.on("POST", "/post", reply(status=404, **answer))
    found = post(accept=(404,))
    assert (found.status, found.body) == (404, body)
