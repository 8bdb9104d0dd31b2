"""A flow is started once with the card; its address is a secret and must be a flow's."""

from __future__ import annotations

import json
from typing import Any

import pytest

from msp_reports.delivery.contract import CardPackage, Receipt
from msp_reports.delivery.workflows import WorkflowsWebhook
from msp_reports.domain.errors import (
    ConfigurationError,
    DeliveryError,
    DeliveryOutcomeUnknownError,
    DeliveryThrottledError,
)

pytestmark = pytest.mark.airflow

FLOW = "/workflows/f-1/triggers/manual/paths/invoke"
CARD = CardPackage(key="k1", tenant_id="", thread_id="", summary="Weekly", card={"type": "AdaptiveCard"})


def connection(monkeypatch: pytest.MonkeyPatch, address: str, **extra: str) -> str:
    given = {"conn_type": "http", "password": address, "extra": extra}
    monkeypatch.setenv("AIRFLOW_CONN_FLOW_TEST", json.dumps(given))
    return "flow_test"


@pytest.fixture
def flow(service: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    return connection(monkeypatch, f"{service.url}{FLOW}?sig=s3cret", host="127.0.0.1")


def send(flow: str, ledger: Any) -> Receipt:
    webhook = WorkflowsWebhook(flow)
    return webhook.send(CARD, webhook.prepare(CARD, {}, ledger.append), ledger.append)


def test_the_card_is_wrapped_as_microsofts_template_expects_it(
    service: Any, flow: str, ledger: Any, reply: Any
) -> None:
    service.on("POST", FLOW, reply(status=202, raw=b""))
    assert send(flow, ledger) == Receipt()
    (asked,) = service.asked
    assert asked.query == {"sig": "s3cret"}
    assert asked.json["type"] == "message"
    assert asked.json["attachments"][0]["content"] == {"type": "AdaptiveCard"}
    assert "authorization" not in asked.headers


def test_a_flow_built_by_hand_may_want_the_bare_card(
    service: Any, ledger: Any, reply: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = connection(monkeypatch, f"{service.url}{FLOW}", host="127.0.0.1", wrapper="bare_card")
    service.on("POST", FLOW, reply(status=202, raw=b""))
    send(bare, ledger)
    assert service.asked[0].json == {"type": "AdaptiveCard"}


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        ({"status": 429, "headers": {"Retry-After": "7"}}, DeliveryThrottledError),
        ({"status": 502}, DeliveryOutcomeUnknownError),
        ({"hang_up": True}, DeliveryOutcomeUnknownError),
        ({"status": 202, "raw": b"<html>"}, DeliveryOutcomeUnknownError),
        ({"status": 404}, DeliveryError),
    ],
)
def test_each_answer_has_its_verdict_after_one_call(
    service: Any, flow: str, ledger: Any, reply: Any, answer: dict[str, Any], verdict: type[DeliveryError]
) -> None:
    service.on("POST", FLOW, reply(**answer))
    with pytest.raises(DeliveryError) as trouble:
        send(flow, ledger)
    assert type(trouble.value) is verdict
    assert "s3cret" not in str(trouble.value)
    assert len(service.asked) == 1


@pytest.mark.parametrize(
    "address",
    [
        "https://northwind.webhook.office.com/webhookb2/x/IncomingWebhook/y",
        "http://prod-1.westeurope.logic.azure.com/workflows/x",
        "https://logic.azure.com.evil.example/workflows/x",
        "https://evil.example/?x=.logic.azure.com",
        "not an address",
    ],
)
def test_what_is_no_flows_address_is_refused_unsent(
    service: Any, ledger: Any, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    with pytest.raises(ConfigurationError, match="Workflows webhook") as wrong:
        send(connection(monkeypatch, address), ledger)
    assert address not in str(wrong.value)


def test_a_flows_address_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    address = "https://prod-1.westeurope.logic.azure.com:443/workflows/x/triggers/manual/paths/invoke?sig=s"
    assert WorkflowsWebhook(connection(monkeypatch, address)).look() == (
        "flow at prod-1.westeurope.logic.azure.com"
    )


def test_nothing_can_be_asked_of_a_flow(flow: str) -> None:
    assert WorkflowsWebhook(flow).look_up(CARD, {}) is None
