"""Datto BCDR: one client's appliances, protected machines and their recent backups."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar, Protocol

from requests.auth import HTTPBasicAuth

from msp_reports.domain.errors import ChangedShapeError, FatalSourceError
from msp_reports.domain.snapshot import Pull
from msp_reports.domain.week import ReportingWeek
from msp_reports.hooks.connection import Endpoint
from msp_reports.hooks.pagination import NumberedPaginator, read_pages
from msp_reports.hooks.rest import Answer, RestClient
from msp_reports.hooks.vendor import VendorHook

LABEL = "Datto BCDR"
PER_PAGE = 100
_DEVICE = (
    "serialNumber",
    "name",
    "model",
    "clientCompanyName",
    "organizationId",
    "organizationName",
    "hidden",
)
_ASSET = (
    "name",
    "assetId",
    "volume",
    "type",
    "isPaused",
    "isArchived",
    "lastSnapshot",
    "lastScreenshotAttempt",
    "lastScreenshotAttemptStatus",
    "backups",
)

Row = dict[str, Any]


class DattoClient(Protocol):
    """What is read of the scope."""

    @property
    def client(self) -> str: ...

    def owns(self, appliance: Row) -> bool: ...


class DattoHook(VendorHook):
    """Reads with the REST keys of the connection: login the public key, password the secret key.

    A pull needs one call per 100 appliances of the *provider*, as the list cannot be narrowed to a
    client, and one per appliance of the client: 2 to 4 requests for a usual customer. The vendor
    tolerates about 120 a minute.
    """

    conn_type = "datto"
    hook_name = "Datto BCDR"
    default_conn_name = "datto_default"
    field_labels: ClassVar = {"host": "API address", "login": "Public key", "password": "Secret key"}
    field_examples: ClassVar = {"host": "https://api.datto.com/v1"}

    def greet(self) -> str:
        endpoint = self.endpoint
        with _client(endpoint) as client:
            _rows(
                client,
                client.get(f"{endpoint.url}/bcdr/device", params={"_page": 1, "_perPage": 1}),
                "devices",
            )
            return f"{LABEL}: appliances readable at {endpoint.url}"

    def fetch(self, scope: DattoClient, week: ReportingWeek) -> Pull:
        return self.standing(scope)  # it knows no past: the parser takes of it what tells of the week

    def standing(self, scope: DattoClient) -> Pull:
        """Read the client's appliances and machines as they are now."""
        endpoint = self.endpoint
        with _client(endpoint) as client:
            everyone = _pages(client, f"{endpoint.url}/bcdr/device", "the list of appliances")
            mine = [row for row in everyone if scope.owns(row) and row.get("hidden") is not True]
            if not mine:
                raise FatalSourceError(
                    f"{LABEL}: none of {len(everyone)} appliances belongs to {scope.client!r}. Correct "
                    "organization_id or client in the customer's file, or widen the keys' restriction."
                )
            assets = {row["serialNumber"]: self._assets(client, endpoint, row) for row in mine}
            payload = {"devices": [_kept(row, _DEVICE) for row in mine], "assets": assets}
            return Pull(payload=payload, fetched_at=datetime.now(UTC), requests=client.requests)

    @staticmethod
    def _assets(client: RestClient, endpoint: Endpoint, appliance: Row) -> list[Row]:
        serial = appliance.get("serialNumber")
        if not isinstance(serial, str) or not serial.isalnum():
            raise ChangedShapeError(f"{LABEL}: an appliance has no serial number.")
        found = _pages(client, f"{endpoint.url}/bcdr/device/{serial}/asset", "the list of assets")
        return [_kept(row, _ASSET) for row in found]


def _client(endpoint: Endpoint) -> RestClient:
    return RestClient(
        label=LABEL,
        auth=HTTPBasicAuth(endpoint.login.encode(), endpoint.password.encode()),
        secrets=[endpoint.password, f"{endpoint.login}:{endpoint.password}"],
    )


def _pages(client: RestClient, url: str, what: str) -> list[Row]:
    """Read all pages. The underscores matter: ``page`` and ``perPage`` are ignored (reference 3.1)."""
    paginator = NumberedPaginator(label=LABEL)
    return [
        row
        for answer in read_pages(
            paginator, lambda page: client.get(url, params={"_page": page, "_perPage": PER_PAGE})
        )
        for row in _rows(client, answer, what)
    ]


def _rows(client: RestClient, answer: Answer, what: str) -> list[Row]:
    """Read a bare array, ``{"pagination", "items"}`` or an object keyed by index: all three are in use."""
    body = answer.body
    if isinstance(body, dict) and "code" in body:
        said = client.redact(f"{body['code']} {body.get('message')}")[:200]
        raise FatalSourceError(
            f"{LABEL}: {what} was refused. It said: {said}. Check the identifiers in the customer's file."
        )
    if isinstance(body, dict) and "items" in body:
        body = body["items"]
    elif isinstance(body, dict):
        body = [row for key, row in body.items() if key != "pagination" and key.isdecimal()] or (body or [])
    if not isinstance(body, list) or not all(isinstance(row, dict) for row in body):
        raise ChangedShapeError(
            f"{LABEL}: {what} is no list, has no items and is not keyed by index. Compare with the "
            "vendor's API documentation."
        )
    return body


def _kept(row: Row, names: tuple[str, ...]) -> Row:
    return {name: row.get(name) for name in names}
