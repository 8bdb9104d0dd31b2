"""However Airflow split the address, it is put together again."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from msp_reports.domain.errors import ConfigurationError
from msp_reports.hooks.connection import read_endpoint

pytestmark = pytest.mark.airflow
Define = Callable[..., str]


@pytest.mark.parametrize(
    ("parts", "url"),
    [
        ({"host": "https://z.example/api_jsonrpc.php"}, "https://z.example/api_jsonrpc.php"),
        ({"host": "http://127.0.0.1:8901/connectwise/"}, "http://127.0.0.1:8901/connectwise"),
        ({"host": "api.example"}, "https://api.example"),
        ({"host": "api.example", "schema": "http", "port": 8080}, "http://api.example:8080"),
        ({"host": "api.example", "schema": "v1", "port": 8443}, "https://api.example:8443/v1"),
        ({"host": "https://api.example", "schema": "v1.0"}, "https://api.example/v1.0"),
        ({"host": "https://api.example/v1", "schema": "v1"}, "https://api.example/v1"),
        ({"host": "https://api.example:8443/v1", "port": 8443}, "https://api.example:8443/v1"),
        ({"host": "https://[::1]:8443/v1"}, "https://[::1]:8443/v1"),
        ({"host": "https://api.example/v1", "schema": "https"}, "https://api.example/v1"),
    ],
)
def test_an_address_in_json(connect: Define, parts: dict[str, object], url: str) -> None:
    assert read_endpoint(connect("datto", **parts)).url == url


@pytest.mark.parametrize(
    ("uri", "url"),
    [
        ("datto://public:secret-key@api.example:8443/v1", "https://api.example:8443/v1"),
        ("datto://public:secret-key@https%3A%2F%2Fapi.example%2Fv1", "https://api.example/v1"),
        ("datto://public:secret-key@api.example/https", "https://api.example"),
    ],
)
def test_an_address_in_a_uri(monkeypatch: pytest.MonkeyPatch, uri: str, url: str) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_DATTO_URI", uri)
    endpoint = read_endpoint("datto_uri")
    assert (endpoint.url, endpoint.login, endpoint.password) == (url, "public", "secret-key")


@pytest.mark.parametrize(
    "host", ["", "ftp://a", "https://", "https://user:pw@a", "https://a?x=1", "https://a#f", "https://a:x"]
)
def test_what_is_no_web_address_is_refused(connect: Define, host: str) -> None:
    with pytest.raises(ConfigurationError, match="web address"):
        _ = read_endpoint(connect("datto", host)).url


@pytest.mark.parametrize(("part", "value"), [("password", None), ("password", " "), ("login", "")])
def test_an_empty_field_is_named(connect: Define, part: str, value: object) -> None:
    with pytest.raises(ConfigurationError, match=part):
        read_endpoint(connect("datto", "https://a", **{part: value}))


@pytest.mark.parametrize(
    ("parts", "login", "password"),
    [
        ({"login": "", "password": ""}, "", ""),
        ({"login": ""}, "", "s3cret-value"),
        ({}, "public-key", "s3cret-value"),
    ],
)
def test_a_system_that_may_be_open_needs_no_password(
    connect: Define, parts: dict[str, str], login: str, password: str
) -> None:
    endpoint = read_endpoint(
        connect("blackbox", "https://a", **parts), needs_login=False, needs_password=False
    )
    assert (endpoint.login, endpoint.password) == (login, password)


def test_a_login_never_stands_without_its_password(connect: Define) -> None:
    with pytest.raises(ConfigurationError, match="password"):
        read_endpoint(connect("blackbox", "https://a", password=""), needs_login=False, needs_password=False)


def test_a_connection_that_is_not_defined_is_named() -> None:
    with pytest.raises(ConfigurationError, match="no_such_connection"):
        read_endpoint("no_such_connection")


def test_a_connection_that_cannot_be_read_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_BROKEN", "{not json")
    with pytest.raises(ConfigurationError, match="broken"):
        read_endpoint("broken")


def test_extras_are_texts(connect: Define) -> None:
    endpoint = read_endpoint(connect("defender", "https://a", extra=json.dumps({"tenant_id": " t ", "n": 7})))
    assert endpoint.text("tenant_id") == "t"
    assert endpoint.text("other", "default") == "default"
    for key in ("n", "missing"):
        with pytest.raises(ConfigurationError, match=key):
            endpoint.text(key)


def test_its_text_form_shows_no_secret(connect: Define) -> None:
    assert "s3cret" not in repr(read_endpoint(connect("datto", "https://a", extra={"k": "s3cret-value"})))
