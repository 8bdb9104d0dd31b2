from __future__ import annotations

import socket

import pytest
import requests

from msp_reports.hooks.site_probe import USER_AGENT, certificate_expiry, probe
from tests.hooks.conftest import Asked, Reply, Vendor

pytestmark = pytest.mark.airflow


def test_a_good_page_is_asked_for_once(vendor: Vendor) -> None:
    vendor.answer = lambda _: Reply(raw="Willkommen im Café".encode())
    result = probe(vendor.url, expect_text="Café")
    assert (result.ok, result.status_code, result.error_kind, result.cert_expires_at) == (
        True,
        200,
        None,
        None,
    )
    assert [a.headers["user-agent"] for a in vendor.asked] == [USER_AGENT]


@pytest.mark.parametrize(
    ("reply", "text", "kind", "status"),
    [
        (Reply(status=503, raw=b""), None, "http_status", 503),
        (Reply(raw=b"Service page"), "Welcome", "body", 200),
        (Reply(status=302, raw=b"", headers={"Location": "/again"}), None, "http_status", 302),
        (Reply(raw=b"half", cut=True), None, "connect", None),
    ],
)
def test_a_failure_is_confirmed_once_and_named(
    vendor: Vendor, reply: Reply, text: str | None, kind: str, status: int | None
) -> None:
    vendor.answer = lambda _: reply
    result = probe(vendor.url, expect_text=text)
    assert (result.ok, result.error_kind, result.status_code) == (False, kind, status)
    assert len(vendor.asked) == (12 if status == 302 else 2)


def test_a_charset_that_does_not_exist_is_read_as_utf_8(vendor: Vendor) -> None:
    vendor.answer = lambda _: Reply(raw=b"Welcome", headers={"Content-Type": "text/html; charset=bogus"})
    assert probe(vendor.url, expect_text="Welcome").ok


def test_a_failure_that_passes_is_none(vendor: Vendor) -> None:
    replies = [Reply(status=500, raw=b""), Reply(raw=b"ok")]
    vendor.answer = lambda _: replies.pop(0)
    assert probe(vendor.url).ok


def test_up_to_five_redirects_are_followed(vendor: Vendor) -> None:
    def answer(asked: Asked) -> Reply:
        step = int(asked.path.strip("/") or 0)
        return (
            Reply(raw=b"") if step == 5 else Reply(status=302, raw=b"", headers={"Location": f"/{step + 1}"})
        )

    vendor.answer = answer
    assert probe(vendor.url).ok


def test_only_the_expected_status_is_good(vendor: Vendor) -> None:
    vendor.answer = lambda _: Reply(status=401, raw=b"")
    assert probe(vendor.url, expect_status=frozenset({401})).ok
    assert not probe(vendor.url).ok


def test_nobody_listening_is_a_failed_connection() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    result = probe(f"http://127.0.0.1:{port}/")
    assert (result.ok, result.error_kind, result.status_code) == (False, "connect", None)


@pytest.mark.parametrize(
    ("trouble", "kind"),
    [
        (requests.exceptions.ReadTimeout(), "timeout"),
        (requests.exceptions.ConnectTimeout(), "timeout"),
        (requests.exceptions.SSLError("CERTIFICATE_VERIFY_FAILED"), "tls"),
        (requests.exceptions.ConnectionError("NameResolutionError: x"), "dns"),
        (requests.exceptions.InvalidURL("x"), "connect"),
        (UnicodeError("label too long"), "connect"),
    ],
)
def test_troubles_have_kinds(monkeypatch: pytest.MonkeyPatch, trouble: Exception, kind: str) -> None:
    def get(*_: object, **__: object) -> None:
        raise trouble

    monkeypatch.setattr(requests.Session, "get", get)
    assert probe("http://shop.example").error_kind == kind


def test_a_plain_site_has_no_certificate() -> None:
    assert certificate_expiry("http://shop.example") is None
