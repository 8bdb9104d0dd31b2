from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from msp_reports.domain.errors import (
    ChangedShapeError,
    CredentialsRefusedError,
    FatalSourceError,
    IncompletePullError,
    PermissionMissingError,
    RetriableSourceError,
)
from msp_reports.domain.week import ReportingWeek
from msp_reports.hooks.datto import DattoHook
from msp_reports.sources.datto import DattoScope
from tests.hooks.conftest import Asked, Reply, Vendor

pytestmark = pytest.mark.airflow
SCOPE = DattoScope(client="ACME GmbH")
Define = Callable[..., str]
ASSET = {"name": "dc01", "volume": "v1", "lastScreenshotUrl": "https://secret.example/x.png", "backups": []}


def device(serial: str, client: str | None = "ACME GmbH", **more: Any) -> dict[str, Any]:
    return {
        "serialNumber": serial,
        "name": serial,
        "clientCompanyName": client,
        "internalIP": "192.0.2.5",
        **more,
    }


class Datto:
    """Three pages of one appliance each, the middle one another client's."""

    def __init__(self, assets: Any = None) -> None:
        self.devices = [device("DC1"), device("DC2", "BETA AG"), device("DC3")]
        self.assets = [ASSET] if assets is None else assets

    def __call__(self, asked: Asked) -> Reply:
        if asked.path.endswith("/asset"):
            return Reply(body=self.assets)
        page = int(asked.query["_page"])
        about = {"page": page, "perPage": 1, "totalPages": len(self.devices), "count": 1}
        return Reply(body={"pagination": about, "items": self.devices[page - 1 : page]})


def hook(vendor: Vendor, connect: Define) -> DattoHook:
    return DattoHook(connect("datto", f"{vendor.url}/v1"))


def test_all_pages_are_read_and_only_the_client_s_appliances_kept(
    vendor: Vendor, connect: Define, week: ReportingWeek
) -> None:
    vendor.answer = Datto()
    pull = hook(vendor, connect).fetch(SCOPE, week)
    assert [row["serialNumber"] for row in pull.payload["devices"]] == ["DC1", "DC3"]
    assert [(a.path, a.query["_page"]) for a in vendor.asked] == [
        ("/v1/bcdr/device", "1"),
        ("/v1/bcdr/device", "2"),
        ("/v1/bcdr/device", "3"),
        ("/v1/bcdr/device/DC1/asset", "1"),
        ("/v1/bcdr/device/DC3/asset", "1"),
    ]
    assert pull.requests == 5
    for unwanted in ("BETA", "secret.example", "192.0.2.5"):
        assert unwanted not in str(pull.payload)


@pytest.mark.parametrize(
    "answer",
    [
        [ASSET, ASSET],
        {"0": ASSET, "1": ASSET},
        {"pagination": {"page": 1, "totalPages": 1}, "items": [ASSET, ASSET]},
        {"0": ASSET, "1": ASSET, "pagination": {"page": 1, "totalPages": 1}},
    ],
)
def test_all_shapes_of_an_asset_list_are_read(
    vendor: Vendor, connect: Define, week: ReportingWeek, answer: Any
) -> None:
    vendor.answer = Datto(answer)
    assets = hook(vendor, connect).fetch(SCOPE, week).payload["assets"]
    assert {serial: [a["name"] for a in rows] for serial, rows in assets.items()} == {
        "DC1": ["dc01", "dc01"],
        "DC3": ["dc01", "dc01"],
    }


@pytest.mark.parametrize("answer", [[], {}, {"pagination": {"page": 1, "totalPages": 0}, "items": []}])
def test_an_appliance_without_machines_is_empty(
    vendor: Vendor, connect: Define, week: ReportingWeek, answer: Any
) -> None:
    vendor.answer = Datto(answer)
    assert hook(vendor, connect).fetch(SCOPE, week).payload["assets"] == {"DC1": [], "DC3": []}


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ("text", ChangedShapeError),
        ([1], ChangedShapeError),
        ({"items": None}, ChangedShapeError),
        ({"assets": [ASSET]}, ChangedShapeError),
        ({"code": "X", "message": "no"}, FatalSourceError),
    ],
)
def test_an_unknown_shape_is_no_empty_list(
    vendor: Vendor, connect: Define, week: ReportingWeek, answer: Any, error: type[Exception]
) -> None:
    vendor.answer = Datto(answer)
    with pytest.raises(error) as caught:
        hook(vendor, connect).fetch(SCOPE, week)
    assert type(caught.value) is error


def test_a_client_without_an_appliance_is_named(vendor: Vendor, connect: Define, week: ReportingWeek) -> None:
    vendor.answer = Datto()
    with pytest.raises(FatalSourceError, match="none of 3 appliances belongs to 'ACME'"):
        hook(vendor, connect).fetch(DattoScope(client="ACME"), week)


def test_hidden_appliances_are_left_out(vendor: Vendor, connect: Define, week: ReportingWeek) -> None:
    vendor.answer = datto = Datto()
    datto.devices[0]["hidden"] = True
    assert list(hook(vendor, connect).fetch(SCOPE, week).payload["assets"]) == ["DC3"]


@pytest.mark.parametrize("serial", [None, "", "../report", 7])
def test_a_serial_number_that_is_none_changes_the_shape(
    vendor: Vendor, connect: Define, week: ReportingWeek, serial: Any
) -> None:
    vendor.answer = datto = Datto()
    datto.devices[0]["serialNumber"] = serial
    with pytest.raises(ChangedShapeError):
        hook(vendor, connect).fetch(SCOPE, week)


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply(status=401, body={"code": "401", "message": "bad key"}), CredentialsRefusedError),
        (Reply(status=403, body={}), PermissionMissingError),
        (Reply(status=429, body={}, headers={"Retry-After": "60"}), RetriableSourceError),
        (Reply(status=504, raw=b""), RetriableSourceError),
        (Reply(body={"pagination": {"page": 2, "totalPages": 3}, "items": []}), IncompletePullError),
        (Reply(raw=b"<html>"), ChangedShapeError),
        (Reply(body=[], cut=True), RetriableSourceError),
    ],
)
def test_trouble_has_a_name(
    vendor: Vendor, connect: Define, week: ReportingWeek, reply: Reply, error: type[Exception]
) -> None:
    vendor.answer = lambda _: reply
    with pytest.raises(error) as caught:
        hook(vendor, connect).fetch(SCOPE, week)
    assert "s3cret" not in str(caught.value)


def test_the_connection_test_asks_once(vendor: Vendor, connect: Define) -> None:
    vendor.answer = Datto()
    assert hook(vendor, connect).test_connection()[0] is True
    assert len(vendor.asked) == 1
