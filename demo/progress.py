"""Which customer is where, told while it happens."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from demo.airflow_api import AirflowApi

_DONE = {"success", "failed", "skipped", "upstream_failed", "removed"}
_WAITING = {"awaiting_input", "deferred"}
_STAGES = (
    ("archived", "archive"),
    ("delivering", "release_report"),
    ("answered", "approve_report"),
    ("drafted", "render_report"),
    ("compared", "reconcile"),
)
_ORDER = (
    "failed",
    "collecting",
    *(stage for stage, _ in reversed(_STAGES)),
    "in review",
    "not sent",
)


class Progress:
    def __init__(self, api: AirflowApi, run_id: str) -> None:
        self._api = api
        self._run_id = run_id
        self._began = time.monotonic()
        self._said = ""
        self._listed: tuple[str, ...] = ()

    def follow(self, check: Callable[[], None]) -> None:
        """Report progress until interrupted."""
        while True:
            check()
            self._tell(self._api.task_instances(self._run_id))
            time.sleep(5)

    def drafted(self) -> bool:
        instances = self._api.task_instances(self._run_id)
        self._tell(instances)
        states = [i["state"] for i in instances if i["task_id"].endswith(".approve_report")]
        rolled_up = any(i["task_id"] == "post_rollup" and i["state"] in _DONE for i in instances)
        settled = states and all(state in _DONE | _WAITING for state in states)
        return bool(settled and rolled_up) or self.ended()

    def ended(self) -> bool:
        self._tell(self._api.task_instances(self._run_id))
        return self._api.run(self._run_id)["state"] in {"success", "failed"}

    def _codes(self) -> tuple[str, ...]:
        self._listed = self._listed or self._api.customers(self._run_id)
        return self._listed

    def _tell(self, instances: list[dict[str, Any]]) -> None:
        places: dict[str, list[str]] = {}
        for code, tasks in _by_customer(instances, self._codes()).items():
            places.setdefault(_stage(tasks), []).append(code)
        ranked = sorted(places.items(), key=lambda item: _ORDER.index(item[0]))
        line = " · ".join(f"{stage}: {', '.join(sorted(codes))}" for stage, codes in ranked)
        if line and line != self._said:
            self._said = line
            print(f"[{time.monotonic() - self._began:4.0f} s] {line}", flush=True)


def _by_customer(instances: list[dict[str, Any]], codes: Sequence[str]) -> dict[str, dict[str, str]]:
    grouped: dict[str, dict[str, str]] = {}
    for instance in instances:
        place = instance["map_index"]
        if 0 <= place < len(codes):
            task = instance["task_id"].removeprefix("customer_report.")
            grouped.setdefault(codes[place], {})[task] = instance["state"] or "waiting"
    return grouped


def _stage(tasks: dict[str, str]) -> str:
    if tasks.get("approve_report") in _WAITING:
        return "in review"
    if tasks.get("approve_report") == "skipped":
        return "not sent"
    if "failed" in tasks.values():
        return "failed"
    for stage, task in _STAGES:
        if tasks.get(task) == "success":
            return stage
    return "collecting"
