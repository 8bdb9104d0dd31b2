"""What of a mail becomes a header, whoever writes the headers: one line, and nothing that hides another."""

from __future__ import annotations

import unicodedata
from email.headerregistry import Address as HeaderAddress

from msp_reports.delivery.contract import Address

_BREAKS = frozenset({"Cc", "Zl", "Zp"})
"""Unicode categories of control characters and line breaks."""


def header_address(address: Address) -> HeaderAddress:
    """Return one mailbox (RFC 5322 3.4).

    Raises:
        ValueError, MessageError, IndexError: it is not one: a line break, two addresses, no domain.
    """
    if "@" not in address.email:
        raise ValueError(f"{address.email!r} has no @")
    return HeaderAddress(display_name=one_line(address.name), addr_spec=address.email)


def one_line(value: str) -> str:
    """Return the value of a header.

    Raises:
        ValueError: it holds a line break or control character.
    """
    if any(unicodedata.category(character) in _BREAKS for character in value):
        raise ValueError(f"{value!r} holds a line break or control character")
    return _literal(value)


def _literal(value: str) -> str:
    """Keep what looks like an encoded word (RFC 2047) from being decoded: it may hold a line break, which
    `email` would write out as the start of another header. A word joiner is not seen."""
    return value.replace("=?", "=\u2060?")
