"""LibreNMS has no paging: every list comes whole, and outages come device by device."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests

from msp_reports.domain.errors import (
    ChangedShapeError,
    ConfigurationError,
    CredentialsRefusedError,
    FatalSourceError,
    PermissionMissingError,
    RetriableSourceError,
)
from msp_reports.domain.week import ReportingWeek
from msp_reports.hooks.librenms import LibreNMSHook
from msp_reports.hooks.verdicts import UnexpectedStatusError
from msp_reports.sources.librenms import LibreNMSScope
from tests.hooks.conftest import Asked, Reply, Vendor

pytestmark = pytest.mark.airflow
SCOPE = LibreNMSScope(group="ACME")
API = "/api/v0"
Define = Callable[..., str]
SECRETS = {
    "community": "snmp-community",
    "authname": "snmp-user",
    "authpass": "snmp-authpass",
    "cryptopass": "snmp-cryptopass",
}


def device(number: Any, **more: Any) -> dict[str, Any]:
    return {
        "device_id": number,
        "hostname": f"sw{number}.example",
        "sysName": f"sw{number}",
        "last_polled": "2026-11-23 06:00:00",
        **SECRETS,
        **more,
    }


def ok(name: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {"status": "ok", name: rows}


class LibreNMS:
    """Three devices in the group ACME, and one of another customer's. Numbers may be text."""

    def __init__(self, number: Callable[[int], Any] = int) -> None:
        groups = [{"id": number(n), "name": name} for n, name in ((2, "ACME-LABS"), (31, "ACME"), (5, "31"))]
        self.bodies: dict[str, Any] = {
            "/system": ok("system", [{"local_ver": "26.7.0"}]),
            "/devicegroups": ok("groups", groups),
            "/devicegroups/31": ok("devices", [{"device_id": number(n)} for n in (17, 4, 9)]),
            "/devicegroups/5": ok("devices", [{"device_id": number(8)}]),
            "/devices": ok("devices", [device(number(n)) for n in (4, 8, 9, 17)]),
            **{
                f"/devices/{n}/outages": ok("outages", [{"going_down": n, "up_again": None}])
                for n in (4, 8, 9, 17)
            },
        }

    def __call__(self, asked: Asked) -> Reply:
        if asked.headers.get("x-auth-token") != "s3cret-value":
            return Reply(status=401, body={"message": "Unauthenticated."})
        body = self.bodies.get(asked.path.removeprefix(API))
        if isinstance(body, Reply):
            return body
        if body is None:
            return Reply(status=404, body={"status": "error", "message": "This API route doesn't exist."})
        return Reply(body=body)


def hook(vendor: Vendor, connect: Define, path: str = "", **parts: Any) -> LibreNMSHook:
    return LibreNMSHook(connect("librenms", f"{vendor.url}{path}", login=None, **parts))


def missing(message: str) -> Reply:
    return Reply(status=404, body={"status": "error", "message": message})


def test_a_pull_takes_three_requests_and_one_per_device_with_the_list_of_devices_last(
    vendor: Vendor, connect: Define, week: ReportingWeek
) -> None:
    vendor.answer = LibreNMS()
    pull = hook(vendor, connect).fetch(SCOPE, week)
    assert [asked.path.removeprefix(API) for asked in vendor.asked] == [
        "/devicegroups",
        "/devicegroups/31",
        "/devices/4/outages",
        "/devices/9/outages",
        "/devices/17/outages",
        "/devices",
    ]
    assert pull.requests == len(vendor.asked) == 6
    assert pull.payload["group"] == {"id": 31, "name": "ACME"}
    assert pull.payload["members"] == [4, 9, 17]
    assert pull.payload["watched"][-1] == {
        "device_id": 17,
        "last_polled": "2026-11-23 06:00:00",
        "outages": [{"going_down": 17, "up_again": None}],
    }


def test_three_thousand_devices_come_in_one_list(
    vendor: Vendor, connect: Define, week: ReportingWeek
) -> None:
    vendor.answer = librenms = LibreNMS()
    librenms.bodies["/devices"] = ok("devices", [device(n) for n in range(1, 3001)])
    librenms.bodies["/devicegroups/31"] = ok("devices", [{"device_id": n} for n in range(1, 3001)])
    pull = hook(vendor, connect).standing(SCOPE)
    assert pull.requests == 3
    assert [len(pull.payload["devices"]), pull.payload["devices"][-1]["device_id"]] == [3000, 3000]


def test_no_secret_and_nobody_else_s_device_is_kept(
    vendor: Vendor, connect: Define, week: ReportingWeek
) -> None:
    vendor.answer = LibreNMS()
    for payload in (
        hook(vendor, connect).fetch(SCOPE, week).payload,
        hook(vendor, connect).standing(SCOPE).payload,
    ):
        assert [row["device_id"] for row in payload["devices"]] == [4, 9, 17]
        assert {row["group_id"] for row in payload["devices"]} == {31}
        assert not any(secret in str(payload) for secret in (*SECRETS, *SECRETS.values(), "sw8"))


def test_a_group_is_found_by_its_exact_name_even_if_that_is_another_s_id(
    vendor: Vendor, connect: Define
) -> None:
    vendor.answer = LibreNMS()
    pull = hook(vendor, connect).standing(LibreNMSScope.model_validate({"group": 31}))
    assert [row["device_id"] for row in pull.payload["devices"]] == [8]


@pytest.mark.parametrize("wrap", [lambda body: body, lambda body: [body]])
@pytest.mark.parametrize("number", [int, str])
@pytest.mark.parametrize("path", ["", "/api/v0"])
def test_older_servers_wrap_answers_and_write_numbers_as_text(
    vendor: Vendor,
    connect: Define,
    week: ReportingWeek,
    wrap: Callable[[Any], Any],
    number: Callable[[int], Any],
    path: str,
) -> None:
    vendor.answer = librenms = LibreNMS(number)
    librenms.bodies = {name: wrap(body) for name, body in librenms.bodies.items()}
    payload = hook(vendor, connect, path).fetch(SCOPE, week).payload
    assert [row["device_id"] for row in payload["watched"]] == [4, 9, 17]
    assert payload["group"]["id"] == 31


@pytest.mark.parametrize("group", ["acme", "ACM", "ACME*", "2"])
def test_a_group_that_is_not_there_is_named(
    vendor: Vendor, connect: Define, week: ReportingWeek, group: str
) -> None:
    vendor.answer = LibreNMS()
    with pytest.raises(FatalSourceError, match=f"no device groups are named '{group}'".replace("*", r"\*")):
        hook(vendor, connect).fetch(LibreNMSScope(group=group), week)


@pytest.mark.parametrize(
    ("path", "reply", "error", "said"),
    [
        ("/devicegroups", missing("No device groups found"), FatalSourceError, "no device groups"),
        ("/devicegroups/31", missing("No devices found in group 31"), FatalSourceError, "has no devices"),
        ("/devicegroups", missing("This API route doesn't exist."), UnexpectedStatusError, "404"),
        ("/devices/9/outages", missing("Device not found"), UnexpectedStatusError, "404"),
        ("/devices/9/outages", Reply(status=403, body={}), PermissionMissingError, "403"),
        ("/devices", ok("devices", [device(4), device(9)]), PermissionMissingError, "1 of 3 devices"),
        ("/devices", Reply(status=401, body={"message": "Unauthenticated."}), CredentialsRefusedError, "401"),
        ("/devices", Reply(status=500, raw=b""), RetriableSourceError, "500"),
        ("/devices", Reply(body={}, cut=True), RetriableSourceError, "no answer"),
        ("/devices", {"status": "error", "message": "no"}, ChangedShapeError, "list of devices"),
        ("/devices", {"devices": [device(4)]}, ChangedShapeError, "did not answer with a list"),
        ("/devices", ok("devices", [{"hostname": "x"}]), ChangedShapeError, "device_id"),
        ("/devices", [], ChangedShapeError, "did not answer with a list"),
        (
            "/devices",
            {"status": "ok", "devices": {"4": device(4)}},
            ChangedShapeError,
            "did not answer with a list",
        ),
        ("/devices/9/outages", {"status": "ok"}, ChangedShapeError, "list of outages"),
        (
            "/devices/9/outages",
            {"status": "ok", "outages": None},
            ChangedShapeError,
            "did not answer with a list",
        ),
        ("/devicegroups", ok("groups", [{"name": "ACME"}]), ChangedShapeError, "no id"),
    ],
)
def test_trouble_has_a_name(
    vendor: Vendor,
    connect: Define,
    week: ReportingWeek,
    path: str,
    reply: Any,
    error: type[Exception],
    said: str,
) -> None:
    vendor.answer = librenms = LibreNMS()
    librenms.bodies[path] = reply
    with pytest.raises(error, match=said) as caught:
        hook(vendor, connect).fetch(SCOPE, week)
    assert type(caught.value) is error
    assert not any(secret in str(caught.value) for secret in ("s3cret", *SECRETS.values()))


def test_a_device_deleted_in_mid_pull_is_not_taken_for_one_that_was_up(
    vendor: Vendor, connect: Define, week: ReportingWeek
) -> None:
    """Its outages are answered by an empty list, so the list of devices must be younger than that."""
    vendor.answer = librenms = LibreNMS()
    librenms.bodies["/devices/9/outages"] = ok("outages", [])
    librenms.bodies["/devices"] = ok("devices", [device(4), device(17)])
    with pytest.raises(PermissionMissingError, match="deleted just now"):
        hook(vendor, connect).fetch(SCOPE, week)


@pytest.mark.parametrize(("name", "zone"), [(None, "UTC"), ("Europe/Vienna", "Europe/Vienna")])
def test_the_server_s_zone_is_the_connection_s(
    vendor: Vendor, connect: Define, week: ReportingWeek, name: str | None, zone: str
) -> None:
    vendor.answer = LibreNMS()
    assert hook(vendor, connect, extra={"timezone": name}).fetch(SCOPE, week).payload["zone"] == zone


def test_a_zone_that_does_not_exist_is_a_configuration_error(
    vendor: Vendor, connect: Define, week: ReportingWeek
) -> None:
    vendor.answer = LibreNMS()
    with pytest.raises(ConfigurationError, match="timezone"):
        hook(vendor, connect, extra={"timezone": "Mars/Base"}).fetch(SCOPE, week)


def test_the_connection_test_says_what_it_found(vendor: Vendor, connect: Define) -> None:
    vendor.answer = librenms = LibreNMS()
    assert hook(vendor, connect).test_connection() == (True, "LibreNMS 26.7.0: 3 device groups readable")
    librenms.bodies["/devicegroups"] = missing("No device groups found")
    assert hook(vendor, connect).test_connection() == (True, "LibreNMS 26.7.0: 0 device groups readable")
    passed, said = hook(vendor, connect, password="wrong-token").test_connection()
    assert (passed, "Unauthenticated" in said, "wrong-token" in said) == (False, True, False)


def test_a_server_may_have_an_authority_of_its_own(
    vendor: Vendor, connect: Define, monkeypatch: pytest.MonkeyPatch
) -> None:
    trusted = []
    ask = requests.Session.request

    def noted(session: requests.Session, *how: Any, **options: Any) -> requests.Response:
        trusted.append(options["verify"])
        return ask(session, *how, **options)

    monkeypatch.setattr(requests.Session, "request", noted)
    vendor.answer = LibreNMS()
    hook(vendor, connect, extra={"ca_bundle": "/etc/ssl/own.pem"}).standing(SCOPE)
    assert set(trusted) == {"/etc/ssl/own.pem"}
