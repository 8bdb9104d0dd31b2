"""The speed budgets, each measured against something on this very machine: ``make bench``.

Ratios of one run are worth keeping; seconds are only worth as much as the machine.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from demo.airflow_api import AirflowApi
from demo.progress import Progress
from demo.run import Demo, started
from demo.setting import DAG_ID, ROOT, Setting

BUILD = ROOT / "build" / "bench"
EMPTY = "empty_week"
LIMIT = 900.0
ROUNDS = 7


@dataclass(frozen=True, slots=True)
class Figure:
    name: str
    measured: float
    budget: float
    unit: str

    @property
    def kept(self) -> bool:
        return self.measured <= self.budget


def main() -> int:
    figures = [parse_cost(), *week_cost()]
    for figure in figures:
        verdict = "kept" if figure.kept else "OVER"
        print(f"{figure.name:62} {figure.measured:8.2f} of {figure.budget:g} {figure.unit:10} {verdict}")
    BUILD.mkdir(parents=True, exist_ok=True)
    path = BUILD / "figures.json"
    path.write_text(json.dumps([asdict(figure) for figure in figures], indent=1) + "\n", encoding="utf-8")
    print(f"\n{path.relative_to(ROOT)}")
    return 0


def parse_cost() -> Figure:
    """CPU that executing the Dag file takes once airflow.sdk is imported, median of fresh processes."""
    env = os.environ | {
        "PYTHONPATH": f"{ROOT / 'plugins'}:{ROOT}",
        "MSP_REPORTS_CONFIG": str(ROOT / "demo" / "config"),
        "AIRFLOW_HOME": str(BUILD / "airflow"),
    }
    command = [sys.executable, "-W", "ignore", "-c", _PARSE, str(ROOT / "dags" / f"{DAG_ID}.py")]
    taken = [float(subprocess.check_output(command, env=env)) for _ in range(ROUNDS)]
    return Figure("parsing the Dag file, over importing airflow.sdk", statistics.median(taken), 60, "ms CPU")


def render_cost(demo: Demo, run_id: str) -> Figure:
    """CPU of drawing a four-page report of that run, warm, median."""
    from pypdf import PdfReader

    from msp_reports.rendering.pdf import render_pdf
    from msp_reports.steps.model_json import load_model

    rows = demo.database.rows("select model, pdf from msp_reports.report where run_id = %s", run_id)
    model = next(
        load_model(row["model"]) for row in rows if len(PdfReader(io.BytesIO(bytes(row["pdf"]))).pages) == 4
    )
    render_pdf(model)
    taken = []
    for _ in range(ROUNDS):
        began = time.process_time()
        render_pdf(model)
        taken.append(time.process_time() - began)
    return Figure("rendering a four-page report, modules loaded", statistics.median(taken), 0.7, "s CPU")


def week_cost() -> Iterator[Figure]:
    """Twelve customers until ready for review, against a Dag of the same shape with empty bodies."""
    _write_empty_dag(BUILD / "dags")
    with started(
        Setting(build=BUILD, airflow_port=8086, estate_port=8906, extra_dags=BUILD / "dags")
    ) as demo:
        with _highest_memory() as memory:  # looking takes time too, so this run is not timed
            _until_reviews(demo, DAG_ID)
        _until_reviews(demo, EMPTY)
        empty, _ = _until_reviews(demo, EMPTY)
        week, run_id = _until_reviews(demo, DAG_ID)  # as on any Monday: the week before is stored
        drawn = render_cost(demo, run_id)
    yield drawn
    yield Figure("12 customers ready for review, as multiple of empty bodies", week / empty, 1.5, "×")
    yield Figure("peak memory of any task", max(memory, default=0.0), 350, "MB")


def _until_reviews(demo: Demo, dag_id: str) -> tuple[float, str]:
    """Run a Dag; return the seconds from its start until the last review waits, and the run."""
    api = AirflowApi(demo.setting.airflow_url, dag_id=dag_id)
    api.unpause(dag_id)
    run_id = api.trigger({})
    demo.wait(f"{dag_id} {run_id}", Progress(api, run_id).drafted, LIMIT, pause=2)
    api.pause(dag_id)
    (row,) = demo.database.rows(
        "select extract(epoch from max(h.created_at) - min(r.start_date)) as seconds "
        "from hitl_detail h join task_instance t on t.id = h.ti_id "
        "join dag_run r on r.dag_id = t.dag_id and r.run_id = t.run_id where t.run_id = %s and t.dag_id = %s",
        run_id,
        dag_id,
    )
    return float(row["seconds"]), run_id


def _write_empty_dag(folder: Path) -> None:
    """The same Dag file, its verbs replaced by empty ones."""
    folder.mkdir(parents=True, exist_ok=True)
    source = (ROOT / "dags" / f"{DAG_ID}.py").read_text(encoding="utf-8")
    source = source.replace(f'dag_id="{DAG_ID}"', f'dag_id="{EMPTY}"')
    source = source.replace("from msp_reports.steps import tasks\n", _EMPTY_VERBS)
    (folder / f"{EMPTY}.py").write_text(source, encoding="utf-8")
    (folder / f"{EMPTY}.md").write_text("Empty bodies.", encoding="utf-8")


@contextmanager
def _highest_memory() -> Iterator[list[float]]:
    """Sample the memory of every task, in MB: its own pages, and its share of those it has in common with
    the worker that it was forked from (PSS)."""
    seen: list[float] = []
    stop = threading.Event()

    def watch() -> None:
        while not stop.wait(0.25):
            with contextlib.suppress(psutil.Error):  # tasks come and go while they are looked at
                seen.append(max((task.memory_full_info().pss / 1e6 for task in _tasks()), default=0.0))

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield seen
    finally:
        stop.set()
        thread.join()


def _tasks() -> list[psutil.Process]:
    """Processes that run a task: the leaves below the scheduler."""
    scheduler = next(p for p in psutil.Process().children() if "scheduler" in p.cmdline())
    below = scheduler.children(recursive=True)
    parents = {process.ppid() for process in below}
    return [process for process in below if process.pid not in parents]


_PARSE = """
import sys, time
import airflow.sdk
from airflow.sdk import DAG, CronDataIntervalTimetable, Param, TaskGroup, TriggerRule, task, task_group
began = time.process_time()
exec(compile(open(sys.argv[1]).read(), sys.argv[1], "exec"), {"__file__": sys.argv[1], "__name__": "dag"})
print((time.process_time() - began) * 1000)
"""

_EMPTY_VERBS = """
import types

from msp_reports.operators.review import ReviewForm


def _customers():
    return [{"code": f"c{n:02d}", "week": "2026-W47"} for n in range(12)]


def _form(report):
    boxes = {"summary": "x"}
    return ReviewForm(subject="x", body="x", reviewer_id="jana", reviewer_name="Jana", fields=boxes)


def list_customers():
    return _customers()


def collect(*, system, customer):
    return {}


def reconcile(*, customer):
    return {}


def render_report(*, customer):
    return {"code": customer["code"], "week": "2026-W47", "revision": 1}


def release_report(*, report, answer):
    return report


def email(*, report):
    return {}


def teams(*, report):
    return {}


def archive(*, report):
    return {}


def post_rollup(*, customers):
    return {}


def close_week(*, customers):
    return {}


tasks = types.SimpleNamespace(
    **{name: globals()[name] for name in (
        "list_customers", "collect", "reconcile", "render_report", "release_report", "email", "teams",
        "archive", "post_rollup", "close_week",
    )},
    review_form=_form,
    record_answer=lambda report, answer: None,
)
"""

if __name__ == "__main__":
    sys.exit(main())
