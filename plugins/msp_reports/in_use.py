"""What the Dag file asks while it is parsed. Light: every task pays for it."""

from __future__ import annotations

import re
from pathlib import Path

from msp_reports.assets import config_dir
from msp_reports.sources.catalog import BY_SYSTEM, SOURCE_ORDER, SYSTEMS, SourceSpec

_ZONE = re.compile(r"""^["']?zone["']?\s*:\s*["']?([\w+/-]+)""", re.MULTILINE)
_SYSTEM = re.compile(rf"""(?<![\w-])({"|".join(BY_SYSTEM)})["']?[ \t]*:""")


def customer_paths() -> list[Path]:
    """Return the customers' files; names that begin with ``_`` or ``.`` are not customers."""
    return sorted((config_dir() / "customers").glob("[!_.]*.yaml"))


def misnamed_paths() -> list[Path]:
    """Return files that look like a customer's, but for their ending."""
    return sorted((config_dir() / "customers").glob("[!_.]*.yml"))


def provider_zone() -> str:
    """Return the zone of provider.yaml, UTC while there is none; `customer_files` validates it."""
    path = config_dir() / "provider.yaml"
    found = _ZONE.search(path.read_text(encoding="utf-8")) if path.exists() else None
    return found[1] if found else "UTC"


def systems_in_use() -> dict[str, tuple[SourceSpec, ...]]:
    """Return the systems that any customer file names, by source, both in the report's order.

    Only looks for the keys: a system that is named in a file which turns out to be wrong merely has
    a task that is skipped.
    """
    named: set[str] = set()
    for path in customer_paths():
        named.update(_SYSTEM.findall(path.read_text(encoding="utf-8", errors="replace")))
    by_source = {
        source: tuple(spec for spec in SYSTEMS if spec.source == source and spec.system in named)
        for source in SOURCE_ORDER
    }
    return {source: systems for source, systems in by_source.items() if systems}
