"""One Airflow pool per system: it bounds the calls in flight to that vendor."""

from __future__ import annotations

from dataclasses import dataclass

from msp_reports.sources.catalog import SYSTEMS


@dataclass(frozen=True, slots=True)
class PoolSpec:
    name: str
    slots: int
    description: str


POOLS = tuple(PoolSpec(spec.pool, spec.slots, f"Calls in flight to {spec.label}") for spec in SYSTEMS)
