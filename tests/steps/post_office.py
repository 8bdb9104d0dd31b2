"""In place of mail systems and files: what a customer gets, and what is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

from msp_reports.delivery.contract import ChannelFilePackage, MailPackage, Receipt
from msp_reports.delivery.mail_size import see_that_it_fits
from msp_reports.domain.errors import (
    DeliveryError,
    DeliveryOutcomeUnknownError,
    DeliveryThrottledError,
    RecipientRefusedError,
)
from msp_reports.steps import deliver
from msp_reports.steps.packages import CHANNELS
from msp_reports.steps.run import ReportRef
from msp_reports.store.database import transaction
from msp_reports.store.deliveries import DeliveryRepository
from msp_reports.store.ledger import Delivery, DeliveryState
from msp_reports.store.reports import ReportRepository
from tests.steps.sealed import KEY, WEEK

UWE, MIA, IDA = "uwe@acme.example", "mia@northwind.example", "ida@acme.example"
BOTH = f"{MIA},{UWE}"
"""Whom the customer's file names: Ida is to be added to it."""
REF = ReportRef(code="acme", week=WEEK, revision=1)


class Stop(Enum):
    """Where a worker may be when another overtakes it."""

    BEFORE_PLANNING = "before planning"
    BEFORE_THE_DRAFT = "before the draft"


@dataclass
class PostOffice:
    """A mail system that takes a mail for all of its recipients or for none, as both do; files beside it."""

    refused: set[str] = field(default_factory=set)
    trouble: dict[str, BaseException] = field(default_factory=dict)
    """What becomes of a mail to this address before it arrives."""
    lost: set[str] = field(default_factory=set)
    """Of a mail to this address the answer is lost: it arrives, and nothing shows that."""
    no_place: dict[type, Exception] = field(default_factory=dict)
    """Files that are not taken."""
    holds: dict[Stop, Callable[[], object]] = field(default_factory=dict)
    """What the first worker who comes there waits for."""
    drafts: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """That stand in the mailbox, by their ids: their recipients."""
    is_locked: bool = False
    """No draft can be deleted."""
    mails: list[MailPackage] = field(default_factory=list)
    filed: list[str] = field(default_factory=list)

    @property
    def inboxes(self) -> list[tuple[str, ...]]:
        """Recipients of each mail that arrived."""
        return [_recipients(mail) for mail in self.mails]

    def brought(self, key: str) -> bool:
        return any(mail.key == key for mail in self.mails)

    def copies(self, address: str) -> int:
        return sum(address in inbox for inbox in self.inboxes)

    def wait(self, stop: Stop) -> None:
        if stop in self.holds:
            self.holds.pop(stop)()

    def __call__(self, path: str) -> Any:
        self.wait(Stop.BEFORE_PLANNING)
        system = next(name for name, where in CHANNELS.items() if where == path)
        return lambda conn_id: _Window(self, system)


@dataclass(frozen=True)
class _Window:
    """One channel of it."""

    office: PostOffice
    system: str

    def prepare(self, package: Any, known: Mapping[str, str], record: Any) -> Mapping[str, str]:
        if isinstance(package, MailPackage):
            self.office.wait(Stop.BEFORE_THE_DRAFT)
            see_that_it_fits(package, self.system)
            self.office.drafts[package.key] = _recipients(package)
        record({"draft_id": package.key})
        return {"draft_id": package.key}

    def send(self, package: Any, known: Mapping[str, str], record: Any) -> Receipt:
        return self._mail(package) if isinstance(package, MailPackage) else self._file(package)

    def discard(self, package: MailPackage, known: Mapping[str, str]) -> None:
        if self.office.is_locked:
            raise DeliveryThrottledError("Gmail answered 429")
        self.office.drafts.pop(known.get("draft_id", ""), None)

    def look_up(self, package: Any, known: Mapping[str, str]) -> Receipt | None:
        is_lost = self.office.lost.intersection(_recipients(package))
        return Receipt() if self.office.brought(package.key) and not is_lost else None

    def _mail(self, package: MailPackage) -> Receipt:
        to = _recipients(package)
        if self.office.refused.intersection(to):
            raise RecipientRefusedError("Gmail answered 400: Invalid To header.")
        for address in to:
            if address in self.office.trouble:
                raise self.office.trouble[address]
        self.office.mails.append(package)
        del self.office.drafts[package.key]
        if self.office.lost.intersection(to):
            raise DeliveryOutcomeUnknownError("Gmail answered 504")
        return Receipt(remote_ids={"message_id": package.key})

    def _file(self, package: Any) -> Receipt:
        if type(package) in self.office.no_place:
            raise self.office.no_place[type(package)]
        place = "teams" if isinstance(package, ChannelFilePackage) else "drive"
        self.office.filed.append(f"{place}/{package.name}")
        return Receipt(link=f"https://{place}.example/{package.name}")


def _recipients(mail: MailPackage) -> tuple[str, ...]:
    return tuple(address.email for address in (*mail.to, *mail.cc))


def email() -> dict[str, str]:
    return deliver.email(report=REF)


def tried() -> None:
    with suppress(DeliveryError):
        email()


def standing() -> tuple[Delivery, ...]:
    with transaction() as connection:
        return DeliveryRepository(connection).of_report(KEY)


def states() -> dict[str, str]:
    """Of the mails that stand, by their recipients."""
    return {
        entry.recipients: entry.state.value for entry in standing() if entry.channel in {"gmail", "outlook"}
    }


def leave(recipients: str, state: DeliveryState, *, channel: str = "gmail") -> str:
    """As if a worker had been killed there; returns the delivery's key."""
    with transaction() as connection:
        ledger, digest = DeliveryRepository(connection), ReportRepository(connection).load(KEY).sha256
        entry = ledger.plan(KEY, channel=channel, recipients=recipients, digest=digest)
        ledger.record(entry.key, state)
    return entry.key


def report_state() -> str:
    with transaction() as connection:
        return ReportRepository(connection).load(KEY).state


def rewrite(config: Path, old: str, new: str) -> None:
    file = config / "customers" / "acme.yaml"
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def list_recipients(config: Path, addresses: Iterable[str]) -> None:
    """Let the customer's file have these, and no others."""
    file = config / "customers" / "acme.yaml"
    before, _, after = file.read_text("utf-8").partition("recipients:\n")
    rows = [f"  - {{role: cto, name: {one.partition('@')[0]}, email: {one}}}\n" for one in addresses]
    rest = after[after.index("sources:") :]
    file.write_text(f"{before}recipients:\n{''.join(rows)}{rest}", encoding="utf-8")
