"""Vendor rows read one by one: a row that cannot be read is counted, a list that cannot is refused."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Annotated, Any, ClassVar, Self, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from msp_reports.domain.errors import ChangedShapeError

_EARLIEST, _LATEST = 2, 9998
"""No zone can be taken off a time in the first or the last year there is."""

RowT = TypeVar("RowT", bound=BaseModel)


class VendorRow(BaseModel):
    """A row as the vendor documents it; fields that nobody reads are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", coerce_numbers_to_str=True)


class CamelRow(VendorRow):
    """A row of a vendor who writes ``camelCase``."""

    model_config = ConfigDict(alias_generator=to_camel)


class Unique(Enum):
    """How far nobody else has the same identity."""

    IN_THE_WORLD = "in the world"
    ON_ITS_SERVER = "on its server"
    """Another server may know another customer by it."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What a vendor knows a customer by."""

    value: Hashable
    unique: Unique
    reason: str = ""
    """Sentence: why no two customers may share it, where that is not plain."""


class ScopeModel(BaseModel):
    """A system's block of a customer file; a key too many is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kept_apart_by: ClassVar[str] = ""
    """What a file must say where `overlaps` finds two customers of one server not apart."""

    def identities(self) -> tuple[Identity, ...]:
        """What the vendor knows the customer by, options left out: no two customers may share one."""
        return (Identity(repr(self), Unique.ON_ITS_SERVER),)

    def overlaps(self, other: Self) -> bool:
        """Tell whether the same rows could be both customers', where equal identities do not show it."""
        return False


def as_utc(value: object) -> datetime:
    """Read an ISO 8601 time; without an offset it is UTC. Seven fractional digits are cut to six."""
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value).strip())
    except ValueError:
        raise ValueError("expected a time such as 2026-11-17T08:50:00Z") from None
    if not _EARLIEST <= moment.year <= _LATEST:
        raise ValueError(f"expected a time between the years {_EARLIEST} and {_LATEST}")
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def as_text(value: object) -> str:
    """Read a text that may be null."""
    return "" if value is None else str(value).strip()


Utc = Annotated[datetime, BeforeValidator(as_utc)]
MaybeText = Annotated[str, BeforeValidator(as_text)]
Epoch = Annotated[int, Field(ge=0, lt=10**11)]
"""Seconds since 1970. The bound is far off, and every time in milliseconds lies beyond it."""


def rows_of(payload: Mapping[str, Any], name: str) -> Sequence[Mapping[str, Any]]:
    """Return a named list of the payload.

    Raises:
        ChangedShapeError: it is missing or not a list of objects.
    """
    rows = payload.get(name)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ChangedShapeError(f"the payload has no list {name!r}; fetch the week again")
    return rows


class RowReader:
    """Reads rows into models, counting what was read and naming what was skipped."""

    def __init__(self) -> None:
        self.rows_read = 0
        self.skipped: list[str] = []

    def read(
        self,
        model: type[RowT],
        rows: Sequence[Mapping[str, Any]],
        what: str,
        *,
        key: str = "id",
        unread: list[Mapping[str, Any]] | None = None,
    ) -> list[RowT]:
        """Read the rows that can be read; the others are counted, and handed over in `unread`.

        Raises:
            ChangedShapeError: there are rows, and none of them can be.
        """
        self.rows_read += len(rows)
        read: list[RowT] = []
        for row in rows:
            try:
                read.append(model.model_validate(row))
            except (ValidationError, ArithmeticError, TypeError, ValueError, OSError) as fault:
                # Not only what pydantic finds: a list for a time, a year beyond all years come as they are.
                why = _first_fault(fault) if isinstance(fault, ValidationError) else type(fault).__name__
                self.skip(f"{what} {str(row.get(key))[:60]}: {why}")
                if unread is not None:
                    unread.append(row)
        if rows and not read:
            raise ChangedShapeError(
                f"none of {len(rows)} rows of {what} can be read ({self.skipped[-1]}); the vendor's answer "
                "has changed, the parser must follow"
            )
        return read

    def read_all(self, model: type[RowT], rows: Sequence[Mapping[str, Any]], what: str) -> list[RowT]:
        """Read rows that are the parts of one figure: without any of them it would be another figure.

        Raises:
            ChangedShapeError: one of them cannot be read.
        """
        self.rows_read += len(rows)
        try:
            return [model.model_validate(row) for row in rows]
        except ValidationError as fault:
            raise ChangedShapeError(
                f"a row of {what} cannot be read ({_first_fault(fault)}); the vendor's answer has changed, "
                "the parser must follow"
            ) from None

    def skip(self, line: str) -> None:
        self.skipped.append(line)


def unique(rows: Sequence[RowT], identity: Callable[[RowT], str]) -> list[RowT]:
    """Keep the last of rows with one identity, in order of first appearance."""
    return list({identity(row): row for row in rows}.values())


def _first_fault(fault: ValidationError) -> str:
    """Name the field and the expectation; never the value, which may be anybody's."""
    first = fault.errors(include_url=False, include_context=False, include_input=False)[0]
    return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
