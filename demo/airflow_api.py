"""The little of Airflow's REST API that the demo uses."""

from __future__ import annotations

import json
import time
from typing import Any

import requests

from demo.setting import DAG_ID

_TIMEOUT = 120
"""Seconds. A machine that is busy with six weeks of twelve customers answers late."""


class AirflowApi:
    """Calls as one user. The token is fetched at the first call."""

    def __init__(self, url: str, user: str = "admin", *, dag_id: str = DAG_ID) -> None:
        self._url = url
        self._user = user
        self._dag_id = dag_id
        self._session = requests.Session()

    def healthy(self) -> bool:
        """Tell whether API server, scheduler and Dag processor all answer."""
        try:
            health = requests.get(f"{self._url}/api/v2/monitor/health", timeout=5).json()
        except (requests.RequestException, ValueError):
            return False
        parts = ("metadatabase", "scheduler", "dag_processor")
        return all(health.get(part, {}).get("status") == "healthy" for part in parts)

    def call(self, method: str, path: str, **options: Any) -> Any:
        if "Authorization" not in self._session.headers:
            self._session.headers["Authorization"] = f"Bearer {self._token()}"
        answer = self._session.request(method, f"{self._url}/api/v2{path}", timeout=_TIMEOUT, **options)
        if not answer.ok:
            raise RuntimeError(f"{method} {path}: {answer.status_code} {answer.text[:400]}")
        return answer.json() if answer.content else None

    def dag_exists(self) -> bool:
        answer = self.call("GET", "/dags", params={"dag_id_pattern": self._dag_id})
        return any(dag["dag_id"] == self._dag_id for dag in answer["dags"])

    def unpause(self, dag_id: str) -> None:
        self.call("PATCH", f"/dags/{dag_id}", json={"is_paused": False})

    def pause(self, dag_id: str) -> None:
        self.call("PATCH", f"/dags/{dag_id}", json={"is_paused": True})

    def trigger(self, conf: dict[str, Any], logical_date: str | None = None) -> str:
        body = {"conf": conf, "logical_date": logical_date}
        run_id: str = self.call("POST", f"/dags/{self._dag_id}/dagRuns", json=body)["dag_run_id"]
        return run_id

    def latest_run(self) -> dict[str, Any] | None:
        params = {"order_by": "-logical_date", "limit": 1, "run_type": "scheduled"}
        runs = self.call("GET", f"/dags/{self._dag_id}/dagRuns", params=params)["dag_runs"]
        return runs[0] if runs else None

    def run(self, run_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.call("GET", f"/dags/{self._dag_id}/dagRuns/{run_id}")
        return found

    def task_instances(self, run_id: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while True:
            page = self.call(
                "GET",
                f"/dags/{self._dag_id}/dagRuns/{run_id}/taskInstances",
                params={"limit": 100, "offset": len(found)},
            )
            found += page["task_instances"]
            if len(found) >= page["total_entries"] or not page["task_instances"]:
                return found

    def customers(self, run_id: str) -> tuple[str, ...]:
        """Return the customer codes of a run, by map index; empty until they are listed."""
        path = f"/dags/{self._dag_id}/dagRuns/{run_id}/taskInstances/list_customers/xcomEntries/return_value"
        try:
            listed = self.call("GET", path)["value"]
        except RuntimeError:
            return ()
        listed = json.loads(listed) if isinstance(listed, str) else listed
        return tuple(str(entry["code"]) for entry in listed)

    def reviews(self, run_id: str) -> list[dict[str, Any]]:
        """Return the reviews that still wait for an answer."""
        answer = self.call(
            "GET",
            f"/dags/{self._dag_id}/dagRuns/{run_id}/hitlDetails",
            params={"limit": 100, "response_received": False},
        )
        found: list[dict[str, Any]] = answer["hitl_details"]
        return found

    def answer(self, instance: dict[str, Any], option: str, comments: dict[str, Any]) -> None:
        path = (
            f"/dags/{self._dag_id}/dagRuns/{instance['dag_run_id']}/taskInstances/"
            f"{instance['task_id']}/{instance['map_index']}/hitlDetails"
        )
        self.call("PATCH", path, json={"chosen_options": [option], "params_input": comments})

    def _token(self) -> str:
        for _ in range(10):
            answer = requests.post(
                f"{self._url}/auth/token",
                json={"username": self._user, "password": self._user},
                timeout=_TIMEOUT,
            )
            if answer.ok:
                token: str = answer.json()["access_token"]
                return token
            time.sleep(0.5)
        raise RuntimeError(f"{self._user} cannot log in: {answer.status_code} {answer.text[:200]}")
