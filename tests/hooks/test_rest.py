"""What the shared client makes of a vendor's troubles."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
import requests

from msp_reports.domain.errors import (
    ChangedShapeError,
    ConfigurationError,
    CredentialsRefusedError,
    PermissionMissingError,
    RetriableSourceError,
)
from msp_reports.hooks.rest import ATTEMPTS, HeaderAuth, RestClient
from msp_reports.hooks.verdicts import Redactor, UnexpectedStatusError, retry_after_seconds, same_origin
from tests.hooks.conftest import Reply, Vendor

pytestmark = pytest.mark.airflow
SECRET = 'tok/en+"1234'


def client() -> RestClient:
    return RestClient(label="Acme API", auth=HeaderAuth("Bearer t0ken-value"), secrets=["t0ken-value"])


@pytest.mark.parametrize(
    ("reply", "error", "asked"),
    [
        (Reply(status=401, body={"code": "Unauthorized"}), CredentialsRefusedError, 1),
        (Reply(status=403, body={}), PermissionMissingError, 1),
        (Reply(status=404, body={"message": "no such path"}), UnexpectedStatusError, 1),
        (Reply(status=400, raw=b"<html>"), UnexpectedStatusError, 1),
        (Reply(status=302, raw=b"", headers={"Location": "https://login.example"}), ChangedShapeError, 1),
        (Reply(status=429, body={}), RetriableSourceError, ATTEMPTS),
        (Reply(status=429, body={}, headers={"Retry-After": "31"}), RetriableSourceError, 1),
        (Reply(status=500, raw=b"oops"), RetriableSourceError, ATTEMPTS),
        (Reply(status=503, raw=b""), RetriableSourceError, ATTEMPTS),
        (Reply(body=[1, 2], cut=True), RetriableSourceError, ATTEMPTS),
        (Reply(raw=b'[{"id": 1}, {"i'), ChangedShapeError, 1),
        (
            Reply(raw=b"<!doctype html><p>Sign in", headers={"Content-Type": "text/html"}),
            ChangedShapeError,
            1,
        ),
        (Reply(raw=b""), ChangedShapeError, 1),
        (Reply(raw=b"[NaN]"), ChangedShapeError, 1),
        (Reply(raw=b"[" * 100_000), ChangedShapeError, 1),
    ],
)
def test_trouble_has_a_name_and_only_what_may_pass_is_asked_again(
    vendor: Vendor, reply: Reply, error: type[Exception], asked: int
) -> None:
    vendor.answer = lambda _: reply
    with client() as rest, pytest.raises(error, match="Acme API") as caught:
        rest.get(f"{vendor.url}/x")
    assert (len(vendor.asked), rest.requests) == (asked, 1)
    assert type(caught.value) is error
    assert caught.value.__cause__ is None


def test_retry_after_is_waited_for_up_to_half_a_minute(vendor: Vendor, naps: list[float]) -> None:
    replies = [Reply(status=429, body={}, headers={"Retry-After": "30"}), Reply(body=[1])]
    vendor.answer = lambda _: replies.pop(0)
    with client() as rest:
        assert rest.get(vendor.url).body == [1]
    assert naps == [30.0]


def test_a_longer_wait_is_left_to_the_task(vendor: Vendor, naps: list[float]) -> None:
    vendor.answer = lambda _: Reply(status=429, body={}, headers={"Retry-After": "120"})
    with client() as rest, pytest.raises(RetriableSourceError) as caught:
        rest.get(vendor.url)
    assert caught.value.retry_after == 120
    assert naps == []


def test_a_timeout_is_retriable_and_the_limits_are_set(
    vendor: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits: list[Any] = []

    def send(*_: object, **options: Any) -> requests.Response:
        limits.append(options["timeout"])
        raise requests.exceptions.ReadTimeout("t0ken-value")

    monkeypatch.setattr(requests.Session, "send", send)
    with client() as rest, pytest.raises(RetriableSourceError, match="ReadTimeout") as caught:
        rest.get(vendor.url)
    assert limits == [(5.0, 30.0)] * ATTEMPTS
    assert "t0ken" not in str(caught.value)


def test_a_secret_that_the_vendor_repeats_is_not_in_the_message(vendor: Vendor) -> None:
    vendor.answer = lambda _: Reply(status=401, body={"error": {"code": "x", "message": "bad t0ken-value"}})
    with client() as rest, pytest.raises(CredentialsRefusedError) as caught:
        rest.get(vendor.url)
    assert "t0ken" not in str(caught.value)
    assert "bad ***" in str(caught.value)


@pytest.mark.parametrize("bad", ["line\nbreak-secret", "smart-quote-“secret"])
def test_a_secret_that_cannot_be_sent_is_a_configuration_error_without_it(vendor: Vendor, bad: str) -> None:
    with RestClient(label="Acme", auth=HeaderAuth(bad), secrets=[bad]) as rest:
        with pytest.raises(ConfigurationError) as caught:
            rest.get(vendor.url)
    assert "secret" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_an_address_that_is_none_is_a_configuration_error() -> None:
    with client() as rest, pytest.raises(ConfigurationError):
        rest.get("gopher://acme")


def test_netrc_does_not_replace_the_connection_s_credentials(
    vendor: Vendor, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login other password other-secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    vendor.answer = lambda _: Reply(body=[])
    with client() as rest:
        rest.get(vendor.url)
    assert vendor.asked[0].headers["authorization"] == "Bearer t0ken-value"


def test_every_spelling_of_a_secret_is_redacted() -> None:
    redact = Redactor([SECRET, ""])
    spelled = ['tok/en+"1234', "tok%2Fen%2B%221234", 'tok/en+\\"1234', "dG9rL2VuKyIxMjM0"]
    assert [redact(f"<{text}>") for text in spelled] == ["<***>"] * 4


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("", None),
        ("12", 12.0),
        ("soon", None),
        ("²", None),
        ("-1", None),
        ("Wed, 21 Oct 2099 07:28:00 -99999999999999", None),
    ],
)
def test_retry_after_reads_seconds(header: str | None, seconds: float | None) -> None:
    assert retry_after_seconds(header) == seconds


def test_retry_after_reads_a_date() -> None:
    header = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    assert retry_after_seconds(header) == pytest.approx(90, abs=2)


@pytest.mark.parametrize(
    ("other", "same"),
    [
        ("https://api.example:443/b", True),
        ("http://api.example/b", False),
        ("https://api.example:8443/", False),
        ("https://api.example.evil/", False),
        ("https://api.example@evil/", False),
    ],
)
def test_origin_is_scheme_host_and_port(other: str, same: bool) -> None:
    assert same_origin("https://api.example/a", other) is same


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"code": "Unauthorized", "message": "no\nkey."}, "It said: Unauthorized no key."),
        ({"errors": [{"code": 7003, "message": "no route"}, {"code": 1}]}, "It said: 7003 no route."),
        ({"errors": [], "message": "none"}, "It said: none."),
        (
            {"error": "invalid_client", "error_description": "AADSTS7000215"},
            "It said: invalid_client AADSTS7000215.",
        ),
        (
            {"error": {"code": "X", "message": "", "innerError": {"request-id": "77"}}},
            "It said: X (request-id 77).",
        ),
        (["no", "object"], "at 127.0.0.1/x. Enter"),
    ],
)
def test_the_vendor_s_own_words_are_passed_on(vendor: Vendor, body: object, said: str) -> None:
    vendor.answer = lambda _: Reply(status=401, body=body)
    with client() as rest, pytest.raises(CredentialsRefusedError) as caught:
        rest.get(f"{vendor.url}/x")
    assert said in str(caught.value)


@pytest.mark.parametrize(("told", "waited"), [({}, 7.0), ({"Retry-After": "2"}, 2.0)])
def test_a_pause_known_from_the_vendors_limit_stands_in_where_none_is_told(
    vendor: Vendor, naps: list[float], told: dict[str, str], waited: float
) -> None:
    replies = [Reply(status=429, body={}, headers=told), Reply(body=[1])]
    vendor.answer = lambda _: replies.pop(0)
    with RestClient(label="A", throttle_pause=7.0) as patient:
        assert patient.get(vendor.url).body == [1]
    assert naps == [waited]
