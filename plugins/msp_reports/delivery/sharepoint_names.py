"""Names that a SharePoint library takes.

https://support.microsoft.com/office/64883a5d-228e-48f5-b3d2-eb39e07630fa: restrictions and limitations in
OneDrive and SharePoint. ``#`` and ``%`` are allowed, and percent-encoded in an address.
"""

from __future__ import annotations

import re

_FORBIDDEN = frozenset('"*:<>?/\\|')
_EDGES = " .~"
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d|desktop\.ini)", re.IGNORECASE)
_INTERNAL = re.compile("_vti_", re.IGNORECASE)
_LONGEST = 100
"""A whole path may have 400 characters."""


def safe_name(text: str) -> str:
    """Return the nearest name that a library takes; of a name that it takes, the same."""
    printable = "".join("_" if c in _FORBIDDEN or not c.isprintable() else c for c in text)
    name = _INTERNAL.sub("-vti-", printable).strip(_EDGES)
    return f"{name}_" if not name or _RESERVED.fullmatch(name) else name


def customer_folder(name: str, code: str) -> str:
    """Return the folder of a customer: ``ACME Maschinenbau GmbH (acme)``.

    Two customers may share a folder above, have the same name, or names that a library does not tell apart
    (it ignores case). Their codes differ, so their folders do.
    """
    return f"{safe_name(name[:_LONGEST])} ({code})"
