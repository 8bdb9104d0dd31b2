"""Where the demo keeps its things, and the environment that Airflow runs in."""

from __future__ import annotations

import json
import os
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from demo.vendors.world import story_monday

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "demo"
CONFIG = Path(__file__).parent / "config"
_LOCAL_BUNDLE = "airflow.dag_processing.bundles.local.LocalDagBundle"
DAG_ID = "weekly_customer_reports"
USERS = {"admin": "admin", "jana": "op", "tom": "op", "aiko": "op"}
"""Airflow logins of the demo; each one's password is the name itself."""


@dataclass(frozen=True, slots=True)
class Setting:
    build: Path = BUILD
    airflow_port: int = int(os.environ.get("DEMO_AIRFLOW_PORT", "8080"))
    estate_port: int = int(os.environ.get("DEMO_ESTATE_PORT", "8901"))
    extra_dags: Path | None = None
    """A second folder of Dags: the benchmark's."""

    @property
    def airflow_url(self) -> str:
        return f"http://127.0.0.1:{self.airflow_port}"

    @property
    def estate_url(self) -> str:
        return f"http://127.0.0.1:{self.estate_port}"

    @property
    def config(self) -> Path:
        return self.build / "config"

    @property
    def outbox(self) -> Path:
        return self.build / "outbox"

    def write_config(self) -> None:
        """Copy the demo's customers and connections, with this machine's port and paths filled in."""
        for source in sorted(CONFIG.rglob("*.*")):
            target = self.config / source.relative_to(CONFIG)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(self._filled(source.read_text(encoding="utf-8")), encoding="utf-8")

    def connections(self) -> dict[str, dict[str, Any]]:
        loaded: dict[str, dict[str, Any]] = json.loads(
            (self.config / "connections.json").read_text(encoding="utf-8")
        )
        return loaded

    def environment(self, database: str, socket_dir: str) -> dict[str, str]:
        """Return the whole environment of Airflow's processes."""
        own = {
            "AIRFLOW_HOME": str(self.build / "airflow"),
            "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
            "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
            "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__MAX_MAP_LENGTH": "10000",
            "AIRFLOW__CORE__DEFAULT_TIMEZONE": "Europe/Berlin",
            "AIRFLOW__CORE__DEFAULT_TASK_RETRY_DELAY": "3",
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{self.airflow_url}/execution/",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": ",".join(f"{n}:{r}" for n, r in USERS.items()),
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(self._passwords()),
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": database,
            "AIRFLOW__DATABASE__EXTERNAL_DB_MANAGERS": "msp_reports.migration.ReportsDBManager",
            "AIRFLOW__API__HOST": "127.0.0.1",
            "AIRFLOW__API__PORT": str(self.airflow_port),
            "AIRFLOW__API__BASE_URL": self.airflow_url,
            "AIRFLOW__API__WORKERS": "1",
            "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(self.build / "airflow" / "logs"),
            "AIRFLOW__LOGGING__LOGGING_LEVEL": "INFO",
            "MSP_REPORTS_CONFIG": str(self.config),
            "AIRFLOW_CONN_MSP_REPORTS_DB": json.dumps({
                "conn_type": "postgres",
                "login": "postgres",
                "schema": "airflow",
                "extra": {"socket_dir": socket_dir},
            }),
        }
        own |= self._secrets()
        if self.extra_dags is not None:
            folders = {"dags-folder": own["AIRFLOW__CORE__DAGS_FOLDER"], "extra": str(self.extra_dags)}
            own["AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST"] = json.dumps([
                {"name": name, "classpath": _LOCAL_BUNDLE, "kwargs": {"path": path}}
                for name, path in folders.items()
            ])
        own |= {
            f"AIRFLOW_CONN_{name.upper()}": json.dumps(connection)
            for name, connection in self.connections().items()
        }
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
        return kept | own

    def _filled(self, text: str) -> str:
        filled = {"{port}": str(self.estate_port), "{build}": str(self.build)}
        filled["{story_monday}"] = story_monday().isoformat()
        for placeholder, value in filled.items():
            text = text.replace(placeholder, value)
        return text

    def _passwords(self) -> Path:
        path = self.build / "passwords.json"
        path.write_text(json.dumps({name: name for name in USERS}), encoding="utf-8")
        return path

    def _secrets(self) -> dict[str, str]:
        """Keys that must outlive a restart, made once per demo state."""
        path = self.build / "keys.json"
        if not path.exists():
            path.write_text(
                json.dumps({
                    "AIRFLOW__CORE__FERNET_KEY": urlsafe_b64encode(secrets.token_bytes(32)).decode(),
                    "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_urlsafe(48),
                    "AIRFLOW__API__SECRET_KEY": secrets.token_urlsafe(32),
                }),
                encoding="utf-8",
            )
            path.chmod(0o600)
        loaded: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
        return loaded
