"""A rehearsed delivery: everything but the sending calls. What would be sent is logged and returned."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from hashlib import sha256
from typing import TYPE_CHECKING

from msp_reports.customer_files import read_customer
from msp_reports.delivery.contract import Address, CardPackage, ChannelFilePackage, FilePackage, MailPackage
from msp_reports.steps.check import look_at

if TYPE_CHECKING:
    from msp_reports.steps.packages import Outbound
    from msp_reports.store.reports import ReportKey

log = logging.getLogger(__name__)

REHEARSED = "rehearsed"


def rehearse(key: ReportKey, channel: str, outbound: Outbound) -> dict[str, str]:
    """Look at the channel, changing nothing there, and tell what it would be given. No line is entered.

    Raises:
        DeliveryError: the channel cannot be reached, or may not be used: a delivery would fail, too.
    """
    seen = look_at(read_customer(key.customer).delivery, channel.partition("_")[0])
    told = {"state": REHEARSED, "channel": channel, **_told(outbound), "seen": seen or "not looked at"}
    log.info("a rehearsal: nothing is sent. It would be: %s", json.dumps(told, ensure_ascii=False))
    return told


def _told(outbound: Outbound) -> dict[str, str]:
    package = outbound.package
    if isinstance(package, MailPackage):
        return {
            "from": _addresses([package.sender]),
            "reply_to": _addresses([package.reply_to]),
            "to": _addresses(package.to),
            "cc": _addresses(package.cc),
            "subject": package.subject,
            **_file(package.attachment_name, package.attachment),
        }
    if isinstance(package, CardPackage):
        content = json.dumps(package.card, ensure_ascii=False).encode()
        return {"place": outbound.recipients, "summary": package.summary, **_file("card", content)}
    if isinstance(package, ChannelFilePackage):
        return {"place": outbound.recipients, **_file(package.name, package.content)}
    if isinstance(package, FilePackage):
        return {
            "place": "/".join((outbound.recipients, *package.path)),
            **_file(package.name, package.content),
        }
    return {"place": outbound.recipients, "package": type(package).__name__}


def _file(name: str, content: bytes | None) -> dict[str, str]:
    if content is None:
        return {}
    return {"file": name, "bytes": str(len(content)), "sha256": sha256(content).hexdigest()}


def _addresses(addresses: Iterable[Address]) -> str:
    return ", ".join(f"{address.name} <{address.email}>" for address in addresses)
