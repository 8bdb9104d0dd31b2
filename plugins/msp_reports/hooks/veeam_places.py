"""Where a Veeam backup server keeps backups: its repositories, and the scale-out ones that join several.

REST 1.2, schema ScaleOutRepositoryModel. A task session may name the extent that it wrote to, or the whole.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from msp_reports.domain.errors import ConfigurationError

Row = Mapping[str, Any]


class Places:
    """The names of a server's repositories. An extent has the name of the scale-out repository it is in."""

    def __init__(self, label: str, repositories: Iterable[Row], scale_outs: Iterable[Row]) -> None:
        self._label = label
        own = {str(row.get("id")).lower(): str(row.get("name")) for row in repositories}
        whole: dict[str, set[str]] = defaultdict(set)
        for row in scale_outs:
            for uid in (row.get("id"), *_extents(row)):
                whole[str(uid).lower()].add(str(row.get("name")))
        self._names = {uid: {name} for uid, name in own.items()} | whole
        self._extents = {own[uid].casefold(): sorted(whole[uid]) for uid in whole if uid in own}

    def name(self, *uids: object) -> str:
        """Return the name of the first of the ids that is known. Empty: none is, or it is in two."""
        for uid in uids:
            found = self._names.get(str(uid).lower(), set())
            if len(found) == 1:
                return min(found)
        return ""

    def require(self, named: Iterable[str]) -> None:
        """Check the repositories that a customer's file names.

        Raises:
            ConfigurationError: the server has none of a name, or only an extent.
        """
        known = {name.casefold() for names in self._names.values() for name in names}
        for name in named:
            if name.casefold() in known:
                continue
            if name.casefold() in self._extents:
                raise ConfigurationError(
                    f"{self._label}: {name!r} is an extent of the scale-out repository "
                    f"{' and '.join(self._extents[name.casefold()])!r}. Name that one in repositories of the "
                    "customer's file."
                )
            raise ConfigurationError(
                f"{self._label}: the server has no repository named {name!r}. Correct repositories in the "
                "customer's file, or let the account see it: a missing right looks the same."
            )


def _extents(scale_out: Row) -> list[object]:
    """Return the ids of all that a scale-out repository joins, of its three tiers."""
    performance, capacity, archive = (
        scale_out.get(tier) or {} for tier in ("performanceTier", "capacityTier", "archiveTier")
    )
    joined = [*(performance.get("performanceExtents") or ()), *(capacity.get("extents") or ())]
    ids = [*(extent.get("id") for extent in joined), archive.get("extentId")]
    return [uid for uid in ids if uid]
