"""Rows of Microsoft Sentinel: a change in the log, and an incident of the list."""

from __future__ import annotations

import json
from typing import Annotated

from pydantic import BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_pascal

from msp_reports.sources.rows import CamelRow, MaybeText, Utc, VendorRow

_DEFENDER = ("xdr", "defender")
"""In the name of the provider that handed an incident on: ``Microsoft XDR``, before that ``Microsoft 365
Defender``. Sentinel's own incidents are from ``Azure Sentinel``."""
_MERGED = "redirected"
"""Label of an incident whose alerts went to another one in Defender: Defender counts it nowhere."""


def _label_names(value: object) -> tuple[str, ...]:
    """Read labels: a list of objects, which the log answers with as a text of JSON."""
    if isinstance(value, str):
        try:
            value = json.loads(value or "[]")
        except ValueError:
            raise ValueError("expected a JSON list of labels") from None
    rows = value if isinstance(value, list) else []
    return tuple(str(row.get("labelName")).casefold() for row in rows if isinstance(row, dict))


Name = Annotated[str, Field(min_length=1)]
Labels = Annotated[tuple[str, ...], BeforeValidator(_label_names)]


class Change(VendorRow):
    """A row of the table ``SecurityIncident``: the incident as a change left it."""

    model_config = ConfigDict(alias_generator=to_pascal)

    incident_name: Name
    title: MaybeText = ""
    severity: MaybeText = ""
    status: str
    created_time: Utc
    closed_time: Utc | None = None
    """When it was last closed; it stays when the incident is opened again."""
    last_modified_time: Utc
    provider_name: MaybeText = ""
    provider_incident_id: MaybeText = ""
    labels: Labels = ()

    @property
    def is_closed(self) -> bool:
        return self.status.casefold() == "closed"

    @property
    def is_handed_on(self) -> bool:
        return _is_defenders(self.provider_name)

    @property
    def is_merged(self) -> bool:
        return self.is_handed_on and _MERGED in self.labels


class Listed(CamelRow):
    """An incident of the list, as it stands now."""

    name: Name
    title: MaybeText = ""
    severity: MaybeText = ""
    status: str
    created_time_utc: Utc
    provider_name: MaybeText = ""
    provider_incident_id: MaybeText = ""

    @property
    def is_closed(self) -> bool:
        return self.status.casefold() == "closed"

    @property
    def is_handed_on(self) -> bool:
        return _is_defenders(self.provider_name)


def _is_defenders(provider: str) -> bool:
    return any(word in provider.casefold() for word in _DEFENDER)
