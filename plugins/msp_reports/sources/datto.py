"""Datto BCDR answers to the backups of one customer's week."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, Self

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from msp_reports.domain.customer import SourceBinding
from msp_reports.domain.errors import ConfigurationError, ForeignRowError
from msp_reports.domain.notes import noted
from msp_reports.domain.records import BackupMachine, BackupRun, Record
from msp_reports.domain.runs import week_runs
from msp_reports.domain.snapshot import Facts
from msp_reports.domain.week import ReportingWeek
from msp_reports.sources.rows import (
    CamelRow,
    Identity,
    MaybeText,
    RowReader,
    ScopeModel,
    Unique,
    Utc,
    as_utc,
    rows_of,
)

_PROVEN = frozenset({"1", "success", "true"})
_SHARE = "share"


class DattoScope(ScopeModel):
    """How Datto knows a customer: by organisation id, else by the client's exact name."""

    organization_id: Annotated[str | None, Field(coerce_numbers_to_str=True)] = None
    client: Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)] = ""
    rpo_hours: Annotated[int, Field(gt=0)] = 48

    kept_apart_by: ClassVar[str] = (
        "an organization_id alone and a client's name alone may mean one client of Datto's, so give the "
        "client's name beside the organization_id"
    )

    @model_validator(mode="after")
    def _is_identified(self) -> Self:
        if not self.organization_id and not self.client:
            raise ValueError("expected organization_id, client or both")
        return self

    def identities(self) -> tuple[Identity, ...]:
        known = (("organization", self.organization_id), ("client", self.client.casefold()))
        return tuple(Identity(entry, Unique.ON_ITS_SERVER) for entry in known if entry[1])

    def overlaps(self, other: Self) -> bool:
        """Tell whether one gives an id alone and one a name alone: only Datto knows whether they are one."""
        pairs = ((self, other), (other, self))
        return any(not one.client and not another.organization_id for one, another in pairs)

    def owns(self, appliance: Mapping[str, Any]) -> bool:
        """Tell whether an appliance is this customer's; assets inherit it from their appliance."""
        if self.organization_id:
            return str(appliance.get("organizationId")) == self.organization_id
        name = appliance.get("clientCompanyName") or appliance.get("organizationName") or ""
        return str(name).strip().casefold() == self.client.casefold()


def _as_moment(value: object) -> datetime | None:
    """Read epoch seconds; 0 and null mean never."""
    if value in {None, 0, "", "0"}:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise ValueError("expected epoch seconds")  # ruff: ignore[type-check-without-type-error] - pydantic reports a ValueError
    return datetime.fromtimestamp(float(value), UTC)


Moment = Annotated[datetime | None, BeforeValidator(_as_moment)]


class _Appliance(CamelRow):
    serial_number: str
    name: MaybeText = ""


class _Outcome(CamelRow):
    status: str | None = None
    error_message: MaybeText = ""


class _Screenshot(CamelRow):
    status: MaybeText = ""


class _Verification(CamelRow):
    screenshot_verification: _Screenshot | None = None


class _Backup(CamelRow):
    timestamp: Utc
    backup: _Outcome | None = None
    advanced_verification: _Verification | None = None

    @property
    def good(self) -> bool | None:
        """None: the vendor does not say."""
        status = self.backup.status if self.backup else None
        return None if status is None else status.casefold() == "success"

    @property
    def is_proven(self) -> bool:
        check = self.advanced_verification
        shot = check.screenshot_verification if check else None
        return shot is not None and shot.status.casefold() in _PROVEN


class _Asset(CamelRow):
    name: str
    volume: str
    type: MaybeText = "agent"
    is_paused: bool | None = None
    is_archived: bool | None = None
    last_snapshot: Moment = None
    last_screenshot_attempt: Moment = None
    last_screenshot_attempt_status: bool | None = None
    backups: tuple[_Backup, ...] | None = None

    @property
    def is_share(self) -> bool:
        return _SHARE in self.type.casefold()


def parse(payload: Mapping[str, Any], *, binding: SourceBinding, week: ReportingWeek) -> Facts:
    """Read appliances and machines (see `contract.Parse`)."""
    scope = binding.scope
    if not isinstance(scope, DattoScope):
        raise ConfigurationError("the Datto parser was given another system's scope")
    reader = RowReader()
    rows = rows_of(payload, "devices")
    for row in rows:
        if not scope.owns(row):
            raise ForeignRowError(f"Datto BCDR: appliance {row.get('serialNumber')} is another client's.")
    answers = assets if isinstance(assets := payload.get("assets"), dict) else {}
    # What was read before the week was over lacks its last runs: then nothing of its end is known.
    whole = as_utc(payload.get("standing_at") or week.end_utc) >= week.end_utc
    records: list[Record] = []
    for appliance in reader.read(_Appliance, rows, "appliance", key="serialNumber"):
        for asset in reader.read(_Asset, rows_of(answers, appliance.serial_number), "machine", key="name"):
            if not asset.is_archived:
                records += _machine_records(asset, appliance, scope, week, whole=whole)
    return Facts(
        records=tuple(records),
        rows_read=reader.rows_read,
        skipped=tuple(reader.skipped),
        approximations=(
            noted(
                "Machines, and which are paused, are those of the time of reading; Datto keeps no past state."
            ),
        ),
    )


def _machine_records(
    asset: _Asset, appliance: _Appliance, scope: DattoScope, week: ReportingWeek, *, whole: bool
) -> list[Record]:
    past = sorted(
        (run for run in asset.backups or () if run.timestamp < week.end_utc), key=lambda run: run.timestamp
    )
    runs = week_runs(
        [_run(asset, run) for run in past if run.good is not None],
        week,
        known=whole and bool(past) and past[0].timestamp <= week.start_utc,
    )
    last_good_known, last_good = _last_good(asset, past, week) if whole else (False, None)
    verification_known, verified = _verification(asset, past, week) if whole else (False, None)
    machine = BackupMachine(
        machine_id=asset.volume,
        name=asset.name,
        appliance=appliance.name or appliance.serial_number,
        kind=_SHARE if asset.is_share else "agent",
        paused=asset.is_paused is True,
        last_good_known=last_good_known,
        last_good_at=last_good,
        rpo_hours=scope.rpo_hours,
        runs_known=runs.known,
        runs_good=runs.good,
        runs_failed=runs.failed,
        verified_at=verified,
        verification_known=verification_known,
    )
    return [machine, *runs.runs]


def _run(asset: _Asset, run: _Backup) -> BackupRun:
    return BackupRun(
        machine_id=asset.volume,
        ended_at=run.timestamp,
        good=run.good is True,
        message=run.backup.error_message if run.backup else "",
    )


def _last_good(asset: _Asset, past: Sequence[_Backup], week: ReportingWeek) -> tuple[bool, datetime | None]:
    """Return whether it can be told, and the newest restore point before the week's end.

    A last snapshot after the week hides the one before it: then only the list of recent runs can tell.
    """
    found = [run.timestamp for run in past if run.good]
    if asset.last_snapshot is not None and asset.last_snapshot < week.end_utc:
        found.append(asset.last_snapshot)
    if found:
        return True, max(found)
    never = asset.last_snapshot is None and not any(run.good for run in asset.backups or ())
    return never, None


def _verification(
    asset: _Asset, past: Sequence[_Backup], week: ReportingWeek
) -> tuple[bool, datetime | None]:
    """Return whether it can be told, and the last proven restore before the week's end."""
    if asset.is_share:
        return False, None
    found = [run.timestamp for run in past if run.is_proven]
    attempt = asset.last_screenshot_attempt
    attempt_counts = attempt is not None and attempt < week.end_utc
    outcome = asset.last_screenshot_attempt_status
    if attempt is not None and attempt_counts and outcome:
        found.append(attempt)
    if found:
        return True, max(found)
    return attempt is None or (attempt_counts and outcome is not None), None
