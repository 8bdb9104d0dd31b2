"""What all channels have in common, so that one step can drive each of them."""

from __future__ import annotations

from typing import Protocol, TypeVar

from msp_reports.delivery.contract import Found, Receipt, Record, RemoteIds

Package_contra = TypeVar("Package_contra", contravariant=True)


class Channel(Protocol[Package_contra]):
    """Prepare invisibly, send once, look up what became of it."""

    def __init__(self, conn_id: str) -> None: ...

    def prepare(self, package: Package_contra, known: RemoteIds, record: Record) -> RemoteIds:
        """Do all that a recipient cannot see. May be repeated; returns every id known by then."""
        ...

    def send(self, package: Package_contra, known: RemoteIds, record: Record) -> Receipt:
        """Make it visible: one attempt, no hidden repetition.

        Raises:
            DeliveryThrottledError: certainly not sent.
            DeliveryOutcomeUnknownError: it may have arrived.
            DeliveryError: refused.
        """
        ...

    def look_up(self, package: Package_contra, known: RemoteIds) -> Found:
        """Find out whether an earlier send arrived. Sends nothing; may be repeated."""
        ...
