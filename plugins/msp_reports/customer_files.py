"""Customer and provider files: text in, validated values out, every mistake by file, line and key.

One YAML file per customer in ``customers/``, one ``provider.yaml`` beside it. Secrets are never in
them; ids, addresses and thresholds are. The keys of a system's block are validated by the scope
model that the system's own module declares, so a new system needs no change here.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from itertools import combinations
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

import yaml
from pydantic import AfterValidator, BaseModel, Field, StringConstraints, ValidationError

from msp_reports.assets import config_dir
from msp_reports.delivery_files import Block, DeliveryFile, Mail, MailFile, RollupFile, Text, claims, routes
from msp_reports.domain.customer import (
    Customer,
    Engineer,
    Provider,
    Recipient,
    SourceBinding,
    Targets,
    Thresholds,
)
from msp_reports.domain.errors import CustomerFileError
from msp_reports.domain.language import ENGLISH
from msp_reports.domain.routes import DeliveryRoutes, MailRoute, TeamsRoute
from msp_reports.in_use import customer_paths, misnamed_paths
from msp_reports.languages import language_codes
from msp_reports.sources.catalog import BY_SYSTEM, load
from msp_reports.sources.rows import Identity, Unique

RUN_HOUR = time(6)
"""Monday, provider time: a customer's local week must be over by then."""

_WEEKS_CHECKED = 53

PROVIDER = "the provider's roll-up"

Path_ = tuple[str | int, ...]


def _known_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("expected an IANA time zone such as Europe/Berlin")
    return name


def _known_language(code: str) -> str:
    codes = language_codes()
    if code not in codes:
        raise ValueError(f"expected one of {', '.join(codes)}")
    return code


Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
Zone = Annotated[str, AfterValidator(_known_zone)]
LanguageCode = Annotated[str, AfterValidator(_known_language)]
Percent = Annotated[float, Field(gt=0, le=100)]
Day = Annotated[date, Field(ge=date(2000, 1, 1), lt=date(2100, 1, 1))]


class _Engineer(Block):
    id: Text
    name: Text
    email: Mail


class _Recipient(Block):
    role: Literal["cto", "account_owner"]
    name: Text
    email: Mail


class _Targets(Block):
    uptime: Percent = Targets().uptime
    site_availability: Percent = Targets().site_availability


class _CustomerFile(Block):
    code: Code
    name: Text
    zone: Zone | None = None
    language: LanguageCode | None = None
    service_start: Day
    engineer: _Engineer
    recipients: Annotated[tuple[_Recipient, ...], Field(min_length=1)]
    targets: _Targets = _Targets()
    thresholds: dict[str, float] = Field(default_factory=dict)
    sources: Annotated[dict[str, dict[str, Any]], Field(min_length=1)]
    delivery: DeliveryFile


class _ProviderFile(Block):
    name: Text
    zone: Zone
    language: LanguageCode = ENGLISH.code
    mail: MailFile
    rollup: RollupFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Customers:
    """All files of a folder: those that can be used, and why the others cannot."""

    usable: tuple[Customer, ...]
    left_out: tuple[CustomerFileError, ...]

    def codes(self) -> tuple[str, ...]:
        return tuple(customer.code for customer in self.usable)


def read_provider() -> Provider:
    """Read ``provider.yaml``.

    Raises:
        CustomerFileError: it is absent or wrong.
    """
    path = config_dir() / "provider.yaml"
    if not path.exists():
        raise CustomerFileError(
            file=str(path), line=None, key="provider.yaml", expected="the provider's own file; see README"
        )
    return parse_provider(path.read_text(encoding="utf-8"), file=path.name)


def read_customer(code: str) -> Customer:
    """Read one customer's file; its name is the code.

    Raises:
        CustomerFileError: it is absent or wrong.
    """
    path = config_dir() / "customers" / f"{code}.yaml"
    if not path.exists():
        raise CustomerFileError(file=path.name, line=None, key="code", expected="a file of this name")
    return parse_customer(path.read_text(encoding="utf-8"), file=path.name, provider=read_provider())


def read_customers() -> Customers:
    """Read every customer's file, in the order of their codes."""
    provider = read_provider()
    usable: list[Customer] = []
    left_out: list[CustomerFileError] = []
    left_out += [_not_yaml(path) for path in misnamed_paths()]
    for path in customer_paths():
        try:
            usable.append(parse_customer(path.read_text(encoding="utf-8"), file=path.name, provider=provider))
        except CustomerFileError as wrong:
            left_out.append(wrong)
        except (OSError, UnicodeDecodeError) as unreadable:
            left_out.append(
                CustomerFileError(
                    file=path.name, line=None, key="file", expected=f"UTF-8 text ({unreadable})"
                )
            )
    usable.sort(
        key=lambda customer: customer.code
    )  # the files' order differs: "acme-labs.yaml" < "acme.yaml"
    shared = (*_shared_identities(usable, provider), *_overlapping(usable))
    sharing = {wrong.file for wrong in shared}
    return Customers(
        usable=tuple(customer for customer in usable if f"{customer.code}.yaml" not in sharing),
        left_out=(*left_out, *shared),
    )


def _not_yaml(path: Path) -> CustomerFileError:
    return CustomerFileError(file=path.name, line=None, key="file", expected="a name that ends in .yaml")


def parse_provider(text: str, *, file: str) -> Provider:
    """Turn the text of provider.yaml into a value.

    Raises:
        CustomerFileError: the first mistake found.
    """
    content, lines = _load(text, file)
    shape = _validate(_ProviderFile, content, file=file, lines=lines)
    return Provider(
        name=shape.name,
        zone=shape.zone,
        language=shape.language,
        mail=MailRoute(**shape.mail.model_dump(exclude={"system"})),
        rollup=shape.rollup.route(),
        mail_system=shape.mail.system,
    )


def parse_customer(text: str, *, file: str, provider: Provider) -> Customer:
    """Turn the text of a customer's file into a value.

    Raises:
        CustomerFileError: the first mistake found.
    """
    content, lines = _load(text, file)
    shape = _validate(_CustomerFile, content, file=file, lines=lines)
    where = _Where(file, lines)
    if file != f"{shape.code}.yaml":
        raise where.wrong(("code",), f"expected the file's own name, {Path(file).stem!r}")
    zone = shape.zone or provider.zone
    if not week_is_over(zone, provider_zone=provider.zone, around=shape.service_start):
        raise where.wrong(
            ("zone",),
            f"in {zone} the week is not over on Monday 06:00 {provider.zone}; "
            "expected a zone that is at most six hours behind the provider's",
        )
    mailed = shape.delivery.gmail or shape.delivery.outlook
    if mailed and not any(r.role == "cto" for r in shape.recipients):
        raise where.wrong(("recipients",), "expected a recipient with role cto to address the mail to")
    return Customer(
        code=shape.code,
        name=shape.name,
        zone=zone,
        language=shape.language or provider.language,
        service_start=shape.service_start,
        engineer=Engineer(**shape.engineer.model_dump()),
        recipients=tuple(_recipients(shape.recipients)),
        sources=tuple(_bindings(shape.sources, where)),
        delivery=_routes(shape.delivery, provider, where),
        targets=Targets(**shape.targets.model_dump()),
        thresholds=_thresholds(shape.thresholds, where),
    )


def week_is_over(zone: str, *, provider_zone: str, around: date) -> bool:
    """Tell whether the local week has ended at every Monday run of a year, clock changes included."""
    monday = around - timedelta(days=around.isoweekday() - 1)
    runs = (
        datetime.combine(monday + timedelta(weeks=n), RUN_HOUR, ZoneInfo(provider_zone))
        for n in range(_WEEKS_CHECKED)
    )
    return all(run.astimezone(ZoneInfo(zone)).date() >= run.date() for run in runs)


@dataclass(frozen=True, slots=True)
class _Where:
    """A file and the line of each of its keys."""

    file: str
    lines: Mapping[Path_, int]

    def wrong(self, path: Path_, expected: str) -> CustomerFileError:
        found = path
        while found and found not in self.lines:
            found = found[:-1]
        key = ".".join(map(str, path)) or "file"
        return CustomerFileError(file=self.file, line=self.lines.get(found), key=key, expected=expected)


def _bindings(sources: Mapping[str, Mapping[str, Any]], where: _Where) -> Iterable[SourceBinding]:
    for system, block in sources.items():
        spec = BY_SYSTEM.get(system)
        if spec is None:
            raise where.wrong(("sources", system), f"expected one of {', '.join(BY_SYSTEM)}")
        connection = block.get("connection")
        if spec.hook is not None and not (isinstance(connection, str) and connection):
            raise where.wrong(
                ("sources", system, "connection"), "expected the id of an Airflow connection for this system"
            )
        keys = {key: value for key, value in block.items() if key != "connection"}
        scope = _validate(
            load(spec.scope), keys, file=where.file, lines=where.lines, below=("sources", system)
        )
        yield SourceBinding(system=system, connection=connection, scope=scope)


def _routes(delivery: DeliveryFile, provider: Provider, where: _Where) -> DeliveryRoutes:
    try:
        return routes(delivery, provider.mail, provider.mail_system)
    except ValueError as wrong:
        raise where.wrong(("delivery",), str(wrong)) from None


def _recipients(named: Iterable[_Recipient]) -> Iterable[Recipient]:
    """Who stands there twice gets the report once, in the first of the roles."""
    known: set[str] = set()
    for recipient in named:
        if recipient.email.lower() not in known:
            known.add(recipient.email.lower())
            yield Recipient(**recipient.model_dump())


def _thresholds(given: Mapping[str, float], where: _Where) -> Thresholds:
    known: dict[str, Any] = {field.name: type(field.default) for field in fields(Thresholds)}
    for name, value in given.items():
        if name not in known:
            raise where.wrong(("thresholds", name), f"expected one of {', '.join(known)}")
        if not (math.isfinite(value) and value >= 0):
            raise where.wrong(("thresholds", name), "expected a number that is not negative")
        if known[name] is int and value != int(value):
            raise where.wrong(("thresholds", name), "expected a whole number")
    chosen: dict[str, Any] = {name: known[name](value) for name, value in given.items()}
    return Thresholds(**chosen)


def _shared_identities(customers: Sequence[Customer], provider: Provider) -> Iterable[CustomerFileError]:
    """Name the customers that claim another's identity in a system, or another's channel or folder.

    What is unique in the world is claimed whatever the connection. What is unique on its server is
    claimed per connection id: that two ids lead to one server is not seen here, as the files know ids
    alone; each server is to have one connection.
    """
    owner: dict[Hashable, str] = {}
    if isinstance(provider.rollup, TeamsRoute):
        owner["teams", provider.rollup.channel_id] = PROVIDER
    for customer in customers:
        for claim in _claims(customer):
            first = owner.setdefault(claim.of, customer.code)
            if first != customer.code:
                yield _not_its_own(customer.code, claim.key, first, claim.reason)
                if first != PROVIDER:
                    yield _not_its_own(first, claim.key, customer.code, claim.reason)
                break


@dataclass(frozen=True, slots=True)
class _Claim:
    """What a customer alone may have, and the key of the file that claims it."""

    key: str
    of: Hashable
    reason: str = ""


def _claims(customer: Customer) -> Iterable[_Claim]:
    for binding in customer.sources:
        scope: Any = binding.scope  # a ScopeModel of sources/<system>.py
        identities: tuple[Identity, ...] = scope.identities()
        for identity in identities:
            server = binding.connection if identity.unique is Unique.ON_ITS_SERVER else None
            yield _Claim(
                f"sources.{binding.system}", (binding.system, server, identity.value), identity.reason
            )
    yield from (_Claim(f"delivery.{claim.key}", claim.of) for claim in claims(customer.delivery))


def _overlapping(customers: Sequence[Customer]) -> Iterable[CustomerFileError]:
    """Name the customers of one connection whose scopes do not keep their rows apart."""
    sharing: dict[tuple[str, str | None], list[tuple[str, Any]]] = {}
    for customer in customers:
        for binding in customer.sources:
            sharing.setdefault((binding.system, binding.connection), []).append((
                customer.code,
                binding.scope,
            ))
    for (system, _), scopes in sharing.items():
        for (code, scope), (other, another) in combinations(scopes, 2):
            if scope.overlaps(another):
                yield _not_apart(code, f"sources.{system}", other, scope.kept_apart_by)
                yield _not_apart(other, f"sources.{system}", code, scope.kept_apart_by)


def _not_its_own(code: str, key: str, other: str, reason: str = "") -> CustomerFileError:
    expected = f"expected an identity of its own; {other} has the same one"
    if reason:
        expected = f"{expected}: {reason}"
    return CustomerFileError(file=f"{code}.yaml", line=None, key=key, expected=expected)


def _not_apart(code: str, key: str, other: str, remedy: str) -> CustomerFileError:
    expected = f"expected what keeps its rows apart from those of {other} on the same connection: {remedy}"
    return CustomerFileError(file=f"{code}.yaml", line=None, key=key, expected=expected)


def _load(text: str, file: str) -> tuple[dict[str, Any], dict[Path_, int]]:
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        content = yaml.safe_load(text)
        lines = _lines_of(node, file)
    except (ArithmeticError, AttributeError, RecursionError, ValueError) as odd:
        # What PyYAML lets through of a date such as 2025-02-30, a tag without a value, a nest without end.
        raise CustomerFileError(
            file=file,
            line=None,
            key="yaml",
            expected=f"readable values ({odd or type(odd).__name__})",
        ) from None
    except yaml.YAMLError as broken:
        mark = getattr(broken, "problem_mark", None)
        line = mark.line + 1 if mark else None
        problem = getattr(broken, "problem", None) or "expected valid YAML"
        raise CustomerFileError(file=file, line=line, key="yaml", expected=problem) from None
    if not isinstance(content, dict) or node is None:
        raise CustomerFileError(file=file, line=1, key="file", expected="expected keys such as code and name")
    return content, lines


def _lines_of(node: yaml.Node | None, file: str) -> dict[Path_, int]:
    """Return the line of every key.

    Raises:
        CustomerFileError: a key stands twice; YAML would silently take the last.
    """
    found: dict[Path_, int] = {}
    for path, line in _lines(node, ()) if node is not None else ():
        if path in found:
            key = ".".join(map(str, path))
            raise CustomerFileError(
                file=file, line=line, key=key, expected=f"one such key; line {found[path]} has it already"
            )
        found[path] = line
    return found


def _lines(node: yaml.Node, path: Path_) -> Iterable[tuple[Path_, int]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            below = (*path, str(key.value))
            yield below, key.start_mark.line + 1
            yield from _lines(value, below)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield (*path, index), value.start_mark.line + 1
            yield from _lines(value, (*path, index))


def _validate(
    model: type[BaseModel], content: Any, *, file: str, lines: Mapping[Path_, int], below: Path_ = ()
) -> Any:
    try:
        return model.model_validate(content)
    except ValidationError as invalid:
        first = invalid.errors(include_url=False)[0]
        expected = "this key is not known" if first["type"] == "extra_forbidden" else str(first["msg"])
        raise _Where(file, lines).wrong((*below, *first["loc"]), expected) from None
