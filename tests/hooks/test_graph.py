"""Graph for delivery: one tenant, one token, every call once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from msp_reports.domain.errors import ChannelUnreachableError, ConfigurationError, DeliveryError
from msp_reports.hooks.graph import GraphHook
from tests.hooks.conftest import Asked, Reply, Vendor

pytestmark = pytest.mark.airflow

TENANT = "11111111-2222-3333-4444-555555555501"


def hook(vendor: Vendor, connect: Callable[..., str], host: str = "", **extra: Any) -> GraphHook:
    settings = {"tenant_id": TENANT, "token_url": f"{vendor.url}/login", **extra}
    return GraphHook(connect("http", host, extra=settings))


def desk(tokens: list[str]) -> Callable[[Asked], Reply]:
    """A token desk that hands these out, one each time."""

    def answer(asked: Asked) -> Reply:
        if asked.path == f"/login/{TENANT}/oauth2/v2.0/token":
            return Reply(body={"access_token": tokens.pop(0)})
        return Reply(body={"authorization": asked.headers.get("authorization")})

    return answer


def test_an_empty_host_is_graphs_own_address(vendor: Vendor, connect: Callable[..., str]) -> None:
    assert hook(vendor, connect).url == "https://graph.microsoft.com/v1.0"
    assert hook(vendor, connect, f"{vendor.url}/graph/v1.0/").url == f"{vendor.url}/graph/v1.0"


def test_it_signs_in_at_its_tenant_for_graph(vendor: Vendor, connect: Callable[..., str]) -> None:
    vendor.answer = desk(["token-one"])
    session = hook(vendor, connect).session()
    assert session.get(f"{vendor.url}/me").json() == {"authorization": "Bearer token-one"}
    assert vendor.asked[0].body["scope"] == "https://graph.microsoft.com/.default"
    assert vendor.asked[0].body["client_id"] == "public-key"


def test_signing_in_again_takes_a_new_token(vendor: Vendor, connect: Callable[..., str]) -> None:
    vendor.answer = desk(["token-one", "token-two"])
    session = hook(vendor, connect).session()
    session.sign_in()
    assert session.get(f"{vendor.url}/me").json() == {"authorization": "Bearer token-two"}


def test_a_refused_call_is_made_once(vendor: Vendor, connect: Callable[..., str]) -> None:
    vendor.answer = desk(["token-one"])
    session = hook(vendor, connect).session()
    vendor.answer = lambda _: Reply(status=401)
    assert session.post(f"{vendor.url}/send").status_code == 401
    assert [asked.path for asked in vendor.asked].count("/send") == 1


def test_a_refused_app_is_named_and_its_secret_is_not(vendor: Vendor, connect: Callable[..., str]) -> None:
    vendor.answer = lambda _: Reply(status=401, body={"error": "invalid_client"})
    with pytest.raises(DeliveryError, match="401") as refused:
        hook(vendor, connect).session()
    assert "s3cret-value" not in str(refused.value)
    assert hook(vendor, connect).test_connection()[0] is False


def test_a_token_desk_out_of_reach_is_for_later(vendor: Vendor, connect: Callable[..., str]) -> None:
    with pytest.raises(ChannelUnreachableError):
        hook(vendor, connect, token_url="http://127.0.0.1:9").session()


def test_a_connection_without_tenant_is_named(vendor: Vendor, connect: Callable[..., str]) -> None:
    with pytest.raises(ConfigurationError, match="tenant_id"):
        hook(vendor, connect, tenant_id="").session()


def test_the_connection_test_says_who_signed_in(vendor: Vendor, connect: Callable[..., str]) -> None:
    vendor.answer = desk(["token-one"])
    assert hook(vendor, connect).test_connection() == (True, "signed in as public-key")
