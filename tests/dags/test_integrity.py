"""Every Dag file parses, holds what it should, and loads nothing heavy."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from msp_reports.domain.routes import (
    ChatRoute,
    DeliveryRoutes,
    DriveRoute,
    MailRoute,
    SharePointRoute,
    TeamsRoute,
)
from msp_reports.steps.deliveries import TASKS, task_of
from tests.conftest import CUSTOMER, PROVIDER

pytestmark = pytest.mark.airflow

ROOT = Path(__file__).parents[2]
EXPECTED = {"weekly_customer_reports", "site_checks", "source_snapshots"}
HEAVY = (
    "pandas",
    "numpy",
    "weasyprint",
    "googleapiclient",
    "fastapi",
    "azure",
    "requests",
    "psycopg2.extras",
)

PROBE = """
import json, sys
import airflow.sdk
from airflow.sdk import DAG, task
before = set(sys.modules)
sys.path.insert(0, {plugins!r})
import importlib.util
dags = {{}}
for path in {paths!r}:
    spec = importlib.util.spec_from_file_location("dag_under_test", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for value in list(vars(module).values()):
        if isinstance(value, DAG):
            dags[value.dag_id] = {{
                "file": path,
                "tasks": {{
                    t.task_id: [t.pool, t.retries, t.owner, t.trigger_rule.value, sorted(t.upstream_task_ids)]
                    for t in value.tasks
                }},
                "doc": bool(value.doc_md), "tags": sorted(value.tags), "catchup": value.catchup,
                "zone": str(value.timetable._timezone) if hasattr(value.timetable, "_timezone") else None,
            }}
print(json.dumps({{"dags": dags, "loaded": sorted(set(sys.modules) - before)}}))
"""


@pytest.fixture(scope="module")
def parsed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """Parse every Dag file in a process of its own, as Airflow does."""
    folder = tmp_path_factory.mktemp("config")
    (folder / "customers").mkdir()
    (folder / "provider.yaml").write_text(PROVIDER, encoding="utf-8")
    (folder / "customers" / "acme.yaml").write_text(CUSTOMER, encoding="utf-8")
    script = PROBE.format(plugins=str(ROOT / "plugins"), paths=[str(p) for p in dag_files()])
    environment = os.environ | {
        "MSP_REPORTS_CONFIG": str(folder),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
    }
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )
    loaded: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return loaded


def dag_files() -> list[Path]:
    return sorted((ROOT / "dags").glob("*.py"))


def test_each_file_is_one_dag_of_the_same_name(parsed: dict[str, dict[str, dict[str, str]]]) -> None:
    assert {path.stem for path in dag_files()} == EXPECTED
    assert {name: Path(dag["file"]).stem for name, dag in parsed["dags"].items()} == {n: n for n in EXPECTED}


def test_parsing_loads_nothing_heavy(parsed: dict[str, list[str]]) -> None:
    """Every task pays for what the Dag file imports."""
    assert [name for name in HEAVY if name in parsed["loaded"]] == []


def test_only_systems_in_use_have_a_task_each_with_its_own_pool(
    parsed: dict[str, dict[str, dict[str, dict[str, list[str]]]]],
) -> None:
    tasks = parsed["dags"]["weekly_customer_reports"]["tasks"]
    collecting = {name: pool for name, (pool, *_) in tasks.items() if pool != "default_pool"}
    assert collecting == {
        "customer_report.uptime.zabbix": "zabbix_api",
        "customer_report.tickets.connectwise": "connectwise_api",
    }


def test_nothing_that_sends_can_run_without_the_review(
    parsed: dict[str, dict[str, dict[str, dict[str, list[list[str]]]]]],
) -> None:
    tasks = parsed["dags"]["weekly_customer_reports"]["tasks"]
    upstream = {name: set(values[4]) for name, values in tasks.items()}

    def above(name: str) -> set[str]:
        return upstream[name] | {further for direct in upstream[name] for further in above(direct)}

    for sender in (
        "customer_report.deliver.email",
        "customer_report.deliver.teams",
        "customer_report.archive",
    ):
        assert {"customer_report.approve_report", "customer_report.release_report"} <= above(sender)


def test_the_tasks_that_the_ledger_tells_people_to_clear_are_the_dags(
    parsed: dict[str, dict[str, dict[str, object]]],
) -> None:
    assert set(TASKS.values()) <= set(parsed["dags"]["weekly_customer_reports"]["tasks"])  # type: ignore[call-overload]


def test_every_channel_of_the_ledger_has_its_task() -> None:
    a_drive = DriveRoute(connection="c", drive_id="d", folder_id="f")
    shelf = SharePointRoute(connection="c", drive_id="d", folder="f")
    post = TeamsRoute(connection="c", tenant_id="t", channel_id="19:x", graph="g", standing_post=True)
    chat = ChatRoute(connection="c", tenant_id="t", chat_id="19:y", graph="g")
    mail = MailRoute(connection="c", sender="a@x.example", sender_name="A")
    routes = DeliveryRoutes(
        gmail=mail, outlook=mail, teams=post, teams_chat=chat, drive=a_drive, sharepoint=shelf
    )
    assert {task_of(channel) for channel in routes.channels()} == set(TASKS.values())


def test_every_dag_has_the_defaults_a_document_and_a_tag(
    parsed: dict[str, dict[str, dict[str, object]]],
) -> None:
    for dag in parsed["dags"].values():
        assert dag["doc"]
        assert dag["tags"] == ["customer reports"]
        assert dag["catchup"] is False


def test_dag_files_hold_no_logic() -> None:
    """No loops over data, no branches, no try: what a Dag file does is wire."""
    for path in dag_files():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        logic = [node for node in ast.walk(tree) if isinstance(node, ast.If | ast.Try | ast.While)]
        assert logic == [], path.name
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 200


def test_only_the_registration_file_is_executed_as_a_plugin() -> None:
    """A package module executed under its bare name would replace the standard library's."""
    ignored = (ROOT / "plugins" / ".airflowignore").read_text(encoding="utf-8").split()
    assert ignored == ["msp_reports/", "airflow_local_settings.py"]
    executed = {path.name for path in (ROOT / "plugins").glob("*.py")} - set(ignored)
    assert executed == {"msp_reports_plugin.py"}


PRELOADED = """
import json, sys
sys.argv = ["airflow", {component!r}]
import airflow.settings
airflow.settings.initialize()
print(json.dumps(sorted({{"pandas", "weasyprint"}} & set(sys.modules))))
"""


@pytest.mark.parametrize(
    ("component", "loaded"),
    [("scheduler", ["pandas", "weasyprint"]), ("celery", ["pandas", "weasyprint"]), ("api-server", [])],
)
def test_what_every_task_needs_is_loaded_where_tasks_are_forked_from(
    component: str, loaded: list[str], tmp_path: Path
) -> None:
    environment = os.environ | {
        "AIRFLOW_HOME": str(tmp_path),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
    }
    script = PRELOADED.format(component=component)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )
    assert json.loads(done.stdout.splitlines()[-1]) == loaded


def test_readme_says_of_every_system_what_it_can_tell_about_a_past_week() -> None:
    from msp_reports.sources.catalog import SYSTEMS

    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    missing = [s.system for s in SYSTEMS if f"| {s.label} | {s.past} | {s.reach} |" not in readme]
    assert missing == []
