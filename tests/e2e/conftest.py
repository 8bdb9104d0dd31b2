"""One running demo for all of these tests: embedded PostgreSQL, the estate, Airflow with its scheduler."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests

from demo.processes import airflow
from demo.progress import Progress
from demo.run import Demo, latest_week, started
from demo.setting import DAG_ID, Setting

LIMIT = 900.0
_FETCHED = re.compile(r'"fetched_at": ?"[^"]*"')


@dataclass(frozen=True)
class Running:
    """What the tests ask of the running demo."""

    demo: Demo
    undisturbed: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Report models of the latest week as the first, scheduled run made them."""

    def trigger(
        self, conf: Mapping[str, Any], *, logical_date: str | None = None, until: str = "drafted"
    ) -> str:
        run_id = self.demo.api.trigger(dict(conf), logical_date)
        progress = Progress(self.demo.api, run_id)
        reached = progress.drafted if until == "drafted" else progress.ended
        self.demo.wait(f"{run_id} ({until})", reached, LIMIT, pause=2)
        return run_id

    def models(self, run_id: str) -> dict[str, dict[str, Any]]:
        """Return the report model of each customer of a run, without the times of fetching."""
        rows = self.demo.database.rows(
            "select customer, model::text as model from msp_reports.report where run_id = %s", run_id
        )
        return {row["customer"]: json.loads(_FETCHED.sub('"fetched_at": ""', row["model"])) for row in rows}

    def snapshots(self, customer: str, week: str) -> dict[str, str]:
        rows = self.demo.database.rows(
            "select system, status from msp_reports.snapshot where customer = %s and week = %s",
            customer,
            week,
        )
        return {row["system"]: row["status"] for row in rows}

    def outbox(self) -> dict[str, list[dict[str, Any]]]:
        told: dict[str, list[dict[str, Any]]] = requests.get(
            f"{self.demo.setting.estate_url}/estate/outbox", timeout=30
        ).json()
        return told

    def disturb(self, **fault: Any) -> None:
        requests.post(
            f"{self.demo.setting.estate_url}/estate/faults", json=fault, timeout=30
        ).raise_for_status()

    def undisturb(self) -> None:
        requests.delete(f"{self.demo.setting.estate_url}/estate/faults", timeout=30).raise_for_status()

    def exchanges(self, since: int = 0) -> list[dict[str, Any]]:
        lines = (self.demo.setting.build / "exchanges.jsonl").read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines[since:]]

    def airflow(self, *arguments: str) -> None:
        socket = self.demo.database.socket_dir
        address = f"postgresql+psycopg2://postgres:@/airflow?host={socket}"
        env = self.demo.setting.environment(address, socket)
        done = subprocess.run(airflow(*arguments), env=env, capture_output=True, check=False)
        assert done.returncode == 0, done.stdout.decode()[-2000:] + done.stderr.decode()[-2000:]

    def state(self, run_id: str) -> str:
        return str(self.demo.api.run(run_id)["state"])

    def returned(self, run_id: str, task_id: str) -> dict[str, Any]:
        """Return what a mapped task returned, by customer; nothing of those that were skipped."""
        path = f"/dags/{DAG_ID}/dagRuns/{run_id}/taskInstances/{task_id}/xcomEntries"
        codes, told = self.demo.api.customers(run_id), {}
        for entry in self.demo.api.call("GET", path, params={"limit": 100})["xcom_entries"]:
            if entry["key"] == "return_value":
                where = {"map_index": entry["map_index"]}
                value = self.demo.api.call("GET", f"{path}/return_value", params=where)["value"]
                told[codes[entry["map_index"]]] = json.loads(value) if isinstance(value, str) else value
        return told

    def task_log(self, run_id: str, task_id: str) -> str:
        path = f"/dags/{DAG_ID}/dagRuns/{run_id}/taskInstances/{task_id}/logs/1"
        return json.dumps(self.demo.api.call("GET", path))


@pytest.fixture(scope="session")
def running() -> Iterator[Running]:
    # Not in pytest's own folder: every other pytest closes that to the database's user.
    build = Path(tempfile.mkdtemp(prefix="msp-reports-e2e-"))
    build.chmod(0o755)
    with started(Setting(build=build, airflow_port=8085, estate_port=8905)) as demo:
        run_id = latest_week(demo)
        demo.wait("the latest week", Progress(demo.api, run_id).drafted, LIMIT, pause=2)
        running = Running(demo)
        running.undisturbed.update(running.models(run_id))
        yield running
    shutil.rmtree(build)
