"""Cloudflare's REST envelope and GraphQL Analytics API, and their refusals, which may come with 200.

developers.cloudflare.com/analytics/graphql-api: limits, errors, settings node.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Self

from msp_reports.domain.errors import (
    ChangedShapeError,
    CredentialsRefusedError,
    FatalSourceError,
    ForeignRowError,
    PermissionMissingError,
    RetriableSourceError,
    SourceError,
)
from msp_reports.hooks.rest import RestClient
from msp_reports.hooks.verdicts import UnexpectedStatusError, first_of

LABEL = "Cloudflare"
BUDGET_SECONDS = 300.0
"""The quota is counted over five minutes."""
_NUMBERS = ("notOlderThan", "maxDuration", "maxPageSize")

Row = dict[str, Any]


class TooOldError(FatalSourceError):
    """The zone's plan no longer keeps what was asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a zone's plan allows for one dataset (the settings node)."""

    enabled: bool
    kept: timedelta
    longest: timedelta
    page_size: int

    @classmethod
    def of(cls, settings: object) -> Self:
        """Read one dataset's settings. Null: the dataset is not open to this zone."""
        told = {"enabled": False} if settings is None else settings
        if not isinstance(told, dict) or not isinstance(told.get("enabled"), bool):
            raise ChangedShapeError(f"{LABEL}: the settings of a zone do not say whether it is enabled.")
        if not told["enabled"]:
            return cls(enabled=False, kept=timedelta(), longest=timedelta(), page_size=0)
        numbers = [number for name in _NUMBERS if type(number := told.get(name)) is int and number > 0]
        if len(numbers) < len(_NUMBERS):
            raise ChangedShapeError(f"{LABEL}: the settings of a zone lack one of {', '.join(_NUMBERS)}.")
        kept, longest, page_size = numbers
        return cls(
            enabled=True,
            kept=timedelta(seconds=kept),
            longest=timedelta(seconds=longest),
            page_size=page_size,
        )


class ZoneAnalytics:
    """Asks about one zone."""

    def __init__(self, client: RestClient, url: str, zone: str) -> None:
        self._client = client
        self._url = f"{url}/graphql"
        self._zone = zone

    def ask(self, selection: str, declared: str = "", **variables: Any) -> Row:
        """Ask for fields of the zone.

        Raises:
            TooOldError: the plan does not keep it.
            SourceError: any other refusal, by its name.
            ForeignRowError: the answer is of another zone.
        """
        query = (
            f"query Zone($zoneTag: string!{declared}) "
            f"{{ viewer {{ zones(filter: {{zoneTag: $zoneTag}}) {{ zoneTag {selection} }} }} }}"
        )
        try:
            body = self._client.post_read(
                self._url, body={"query": query, "variables": {"zoneTag": self._zone, **variables}}
            ).body
        except (UnexpectedStatusError, RetriableSourceError) as refusal:
            raise _named(str(refusal)) or refusal from None
        return self._zone_in(body)

    def _zone_in(self, body: object) -> Row:
        if not isinstance(body, dict) or "data" not in body:
            raise ChangedShapeError(f"{LABEL}: no GraphQL answer. Check that the host is the API's address.")
        if body.get("errors"):
            words = self._client.redact(str(first_of(body["errors"]).get("message")))[:200]
            raise _named(words) or ChangedShapeError(
                f"{LABEL}: the question was not understood. It said: {words}. Compare with the schema."
            )
        try:
            zones = body["data"]["viewer"]["zones"]
        except (KeyError, TypeError):
            raise ChangedShapeError(f"{LABEL}: the answer has no viewer.zones.") from None
        if not isinstance(zones, list) or not all(isinstance(zone, dict) for zone in zones):
            raise ChangedShapeError(f"{LABEL}: viewer.zones is no list of zones.")
        if not zones:
            raise PermissionMissingError(
                f"{LABEL}: zone {self._zone} is not visible to the token. Give it Analytics Read on the zone."
            )
        if [zone.get("zoneTag") for zone in zones] != [self._zone]:
            raise ForeignRowError(f"{LABEL}: asked for zone {self._zone} and got another one.")
        found: Row = zones[0]
        return found


def result_of(client: RestClient, url: str) -> Row:
    """Take the result out of the envelope: a failure may come with 200."""
    body: Any = client.get(url).body
    if not isinstance(body, dict) or not isinstance(body.get("success"), bool):
        raise ChangedShapeError(f"{LABEL}: the answer has no success. Check the connection's host.")
    result = body.get("result")
    if not body["success"] or not isinstance(result, dict):
        words = client.redact(str(first_of(body.get("errors")).get("message")))[:200]
        raise FatalSourceError(f"{LABEL}: the question was refused. It said: {words}.")
    return result


def rows_in(zone: Row, dataset: str) -> list[Row]:
    """Return a dataset's rows.

    Raises:
        ChangedShapeError: it is no list of objects.
    """
    rows = zone.get(dataset)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ChangedShapeError(f"{LABEL}: {dataset} is no list of rows.")
    return rows


def _throttled(message: str) -> SourceError:
    return RetriableSourceError(message, retry_after=BUDGET_SECONDS)


_REFUSALS: tuple[tuple[str, Callable[[str], SourceError], str], ...] = (
    ("cannot request data older than", TooOldError, "The zone's plan keeps less."),
    ("budget depleted", _throttled, "It may work in five minutes."),
    ("too many nodes, zones and accounts", _throttled, "It may work in five minutes."),
    ("consumed excessive resources", _throttled, "It may work in five minutes."),
    ("unable to execute query", RetriableSourceError, "It may work later."),
    ("too many queries in progress", RetriableSourceError, "It may work later."),
    ("internal server error", RetriableSourceError, "It may work later."),
    ("does not have access to the path", PermissionMissingError, "The zone's plan or the token forbids it."),
    ("not authorized", PermissionMissingError, "Give the token Analytics Read on the zone."),
    ("unauthorized", CredentialsRefusedError, "Enter a valid API token in the connection."),
    ("authentication error", CredentialsRefusedError, "Enter a valid API token in the connection."),
    ("time range is too large", FatalSourceError, "The plan's limits have changed; run again."),
    ("number of fields can't be more", FatalSourceError, "The zone's plan allows fewer fields."),
    ("limit must be positive", FatalSourceError, "The plan's limits have changed; run again."),
)


def _named(words: str) -> SourceError | None:
    """Name a refusal by the vendor's words. None: they are none that the vendor documents."""
    said = words.casefold()
    for part, error, advice in _REFUSALS:
        if part in said:
            return error(f"{LABEL}: {words.rstrip('. ')}. {advice}")
    return None
