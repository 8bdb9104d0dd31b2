"""The demo: the whole weekly report on one machine.

python -m demo.run up      start, run the latest complete week, stay up until Ctrl-C
python -m demo.run once    the same unattended: review, wait, check, print, end
python -m demo.run reset   forget the state
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TypeVar

import requests

from demo.airflow_api import AirflowApi
from demo.database import ReportDatabase, embedded_postgres
from demo.outcome import check_outcome, print_table, write_summary
from demo.processes import Children, StoppedError, airflow, port_is_free, python
from demo.progress import Progress
from demo.reviews import Answers, answer_reviews, choose
from demo.setting import DAG_ID, ROOT, Setting

START_LIMIT = 180.0
RUN_LIMIT = 600.0

T = TypeVar("T")


@dataclass(slots=True)
class Timing:
    """Seconds that each part of the demo took."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def of(self, part: str) -> Iterator[None]:
        began = time.monotonic()
        yield
        self.seconds[part] = round(time.monotonic() - began, 1)


@dataclass(slots=True)
class Demo:
    setting: Setting
    children: Children
    api: AirflowApi
    database: ReportDatabase
    timing: Timing

    def wait(self, what: str, ready: Callable[[], T | None], limit: float, *, pause: float = 0.5) -> T:
        """Poll until `ready` gives something, or a component ends, or the limit is over.

        Args:
            pause: seconds between polls; each one takes from the two cores that do the work.
        """
        until = time.monotonic() + limit
        while time.monotonic() < until:
            self.children.check()
            found = ready()
            if found:
                return found
            time.sleep(pause)
        raise StoppedError(f"{what} took longer than {limit:.0f} s; logs: {self.setting.build / 'logs'}")


@contextmanager
def started(setting: Setting | None = None) -> Iterator[Demo]:
    """Start database, estate and Airflow; end all of them whatever happens."""
    setting, timing = setting or Setting(), Timing()
    for port, what in (
        (setting.airflow_port, "DEMO_AIRFLOW_PORT"),
        (setting.estate_port, "DEMO_ESTATE_PORT"),
    ):
        if not port_is_free(port):
            raise StoppedError(f"port {port} is in use; choose another: {what}=… make demo")
    setting.build.mkdir(parents=True, exist_ok=True)
    children = Children(setting.build / "logs")
    with embedded_postgres(setting.build / "pg") as server:
        try:
            began = time.monotonic()
            setting.write_config()
            env = setting.environment(server.airflow_url, server.socket_dir)
            _start_estate(setting, children)
            _migrate(setting, env)
            for component in ("api-server", "scheduler", "dag-processor"):
                children.start(component, airflow(component), env)
            database = ReportDatabase(server.socket_dir)
            demo = Demo(setting, children, AirflowApi(setting.airflow_url), database, timing)
            say("starting the estate and Airflow")
            demo.wait("the estate", lambda: _answers(f"{setting.estate_url}/estate/health"), START_LIMIT)
            database.seed_probes(setting)
            demo.wait("Airflow", lambda: demo.api.healthy() and demo.api.dag_exists(), START_LIMIT)
            timing.seconds["start"] = round(time.monotonic() - began, 1)
        except BaseException:
            children.end()
            raise
        with contextlib.ExitStack() as stack:
            stack.callback(children.end)
            yield demo


def up() -> int:
    with started() as demo:
        run_id = latest_week(demo)
        demo.wait("the week (drafts)", Progress(demo.api, run_id).drafted, RUN_LIMIT, pause=2)
        waiting = len(demo.api.reviews(run_id))
        say(
            f"{waiting} drafts wait for review: {demo.setting.airflow_url}/required_actions\n"
            if waiting
            else f"every draft of this week is answered ({demo.setting.airflow_url}); "
            "`make demo-reset` and `make demo` start over.\n"
        )
        say(
            "log in as jana, tom or aiko; the password is the name. Each draft is for its own account "
            "engineer: admin sees all of them and may answer none.\n"
            f"What the estate received: {demo.setting.outbox}\nCtrl-C ends everything; the state is kept."
        )
        demo.api.unpause("site_checks")
        Progress(demo.api, run_id).follow(demo.children.check)
    return 0


def once() -> int:
    shutil.rmtree(Setting().build, ignore_errors=True)  # what is checked must have happened in this run
    began = time.monotonic()
    with started() as demo:
        with demo.timing.of("draft"):
            run_id = latest_week(demo)
            demo.wait("the week (drafts)", Progress(demo.api, run_id).drafted, RUN_LIMIT, pause=2)
        with demo.timing.of("deliver"):
            answers = answer_until_ended(demo, run_id)
        demo.timing.seconds["total"] = round(time.monotonic() - began, 1)
        outcome = check_outcome(demo.setting, demo.api, demo.database, run_id, answers)
        print_table(outcome)
        path = write_summary(demo.setting, outcome, demo.timing.seconds)
    say(
        f"summary: {path.relative_to(ROOT)}; "
        + ", ".join(f"{k} {v} s" for k, v in demo.timing.seconds.items())
    )
    for fault in outcome.faults:
        print(f"WRONG: {fault}", file=sys.stderr)
    return 1 if outcome.faults else 0


def answer_until_ended(demo: Demo, run_id: str) -> Answers:
    """Answer the reviews of a run as they come, until the run has ended; return who was answered how."""
    answers, progress = choose(demo.api, run_id), Progress(demo.api, run_id)

    def answered_and_ended() -> bool:
        answer_reviews(demo.setting, demo.api, run_id, answers)
        return progress.ended()

    demo.wait(f"{run_id} (ended)", answered_and_ended, RUN_LIMIT, pause=2)
    return answers


def reset() -> int:
    shutil.rmtree(Setting().build, ignore_errors=True)
    say("the demo's state is forgotten")
    return 0


def say(text: str) -> None:
    print(text, flush=True)


def latest_week(demo: Demo) -> str:
    """Let the scheduler start the latest complete week, or find the one that stands."""
    demo.api.unpause(DAG_ID)
    run = demo.wait("the first run", demo.api.latest_run, START_LIMIT)
    return str(run["dag_run_id"])


def _start_estate(setting: Setting, children: Children) -> None:
    from demo.vendors.google_key import write_key

    write_key(setting.build, f"{setting.estate_url}/google/token")
    command = python("-m", "demo.vendors", "--port", str(setting.estate_port), "--build", str(setting.build))
    children.start("estate", command, os.environ | {"PYTHONPATH": str(ROOT)})


def _migrate(setting: Setting, env: dict[str, str]) -> None:
    """Migrate, unless these very versions were migrated to before: a second start is quick."""
    import subprocess

    stamp, wanted = setting.build / "migrated", _schema_version()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    say("migrating the database")
    log = setting.build / "logs" / "migrate.log"
    with log.open("wb") as output:
        done = subprocess.run(airflow("db", "migrate"), env=env, stdout=output, stderr=output, check=False)
    if done.returncode:
        raise StoppedError(f"airflow db migrate failed; log: {log}\n{log.read_text()[-2000:]}")
    stamp.write_text(wanted)


def _schema_version() -> str:
    digest = sha256((ROOT / "uv.lock").read_bytes())
    for path in sorted((ROOT / "include" / "sql" / "schema").glob("*.sql")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=2).ok
    except requests.RequestException:
        return False


def main() -> int:
    parser = argparse.ArgumentParser(prog="demo", description=__doc__)
    parser.add_argument("what", choices=["up", "once", "reset"])
    what = parser.parse_args().what
    try:
        return {"up": up, "once": once, "reset": reset}[what]()
    except StoppedError as stopped:
        print(stopped, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        say("\nended; nothing is left running")
        return 0 if what == "up" else 130


if __name__ == "__main__":
    sys.exit(main())
